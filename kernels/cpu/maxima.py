"""max, argmax and what their gradients need, over a mask of axes (N3).

f32 are compared as integer keys in the order of the numbers, NaN above all; so a maximum is an
integer maximum, which vectorises.  Where position matters -0 shares the key of +0, and the first
element that has the greatest key wins.  A tile is one output, or a strip of neighbouring columns;
where these are few, one chunk of one, see `parts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.broadcast import WALK_BYTES, walk_on, walk_to
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import (
    address,
    attribute,
    last_tile,
    load_f32,
    load_i32,
    numel,
    planned,
    shared,
    store_f32,
    store_i32,
)
from anhvm.kernels.cpu.parts import chunks_of, over_chunks, split
from anhvm.kernels.cpu.reduce_ir import CHUNK
from anhvm.kernels.cpu.reduction import GATHER_BYTES, counts, walks
from anhvm.kernels.cpu.scalar_math import bits_f32, f32_bits

STRIP = 256
SHORT = 16  # rows too short for vectors
_WORKSPACE = GATHER_BYTES + max(8 * STRIP, 4 * CHUNK)
_ZERO = np.float32(0)
_ONE = np.float32(1)
_MINUS_ONE = np.float32(-1)
_NAN = np.float32(np.nan)
_NAN_KEY = np.int32(0x7FFFFFFF)
_LEAST = np.int32(-(2**31))
_MINUS_ZERO = np.int32(-1)
_MAGNITUDE = np.int32(0x7FFFFFFF)
_SIGN = np.int32(31)


@njit(error_model="numpy")
def key32(x: Any) -> Any:
    """An i32 that orders f32: NaN on top, -0 just below +0."""
    bits = f32_bits(x)
    key = np.int32(bits ^ np.int32(np.int32(bits >> _SIGN) & _MAGNITUDE))
    return key if x == x else _NAN_KEY


@njit(error_model="numpy")
def unkey32(key: Any) -> Any:
    """The f32 of a key."""
    bits = np.int32(key ^ np.int32(np.int32(key >> _SIGN) & _MAGNITUDE))
    return _NAN if key == _NAN_KEY else bits_f32(bits)


@njit(error_model="numpy")
def place32(x: Any) -> Any:
    """The key of x where position matters: equal values have equal keys."""
    key = key32(x)
    return np.int32(0) if key == _MINUS_ZERO else key


@njit(error_model="numpy")
def row_max(x: Any, count: Any) -> Any:
    """Greatest of `count` >= 1 contiguous elements."""
    best = _LEAST
    for i in range(count):
        best = max(best, key32(load_f32(x, i)))
    return unkey32(best)


@njit(error_model="numpy")
def _row_place(x: Any, count: Any) -> Any:
    """Position of the first greatest of contiguous elements."""
    if count <= SHORT:
        top, first = place32(load_f32(x, 0)), 0
        for i in range(1, count):
            key = place32(load_f32(x, i))
            if key > top:
                top, first = key, i
        return np.int32(first)
    best = _LEAST
    for i in range(count):
        best = max(best, place32(load_f32(x, i)))
    at = np.int32(count)
    for i in range(count):
        at = min(at, np.int32(i) if place32(load_f32(x, i)) == best else np.int32(count))
    return at


@njit(error_model="numpy")
def _side_by_side(count: Any, step: Any, wide: Any) -> Any:
    """How many rows are taken as one: of narrow columns, as many as fill a strip."""
    return max(1, min(STRIP // wide, count)) if step == wide else 1


@njit(error_model="numpy")
def _strip_places(x: Any, count: Any, step: Any, wide: Any, keys: Any, places: Any) -> None:
    """Greatest key and its first row for each of `wide` columns."""
    group = _side_by_side(count, step, wide)
    across, whole = group * wide, count // group
    for j in range(across):
        store_i32(keys, j, place32(load_f32(x, j)))
        store_i32(places, j, np.int32(0))
    for r in range(1, whole):
        row = x + 4 * r * group * step
        for j in range(across):
            key, best = place32(load_f32(row, j)), load_i32(keys, j)
            store_i32(places, j, np.int32(r) if key > best else load_i32(places, j))
            store_i32(keys, j, max(key, best))
    for j in range(wide):
        best, at = load_i32(keys, j), load_i32(places, j) * group
        for q in range(1, group):
            key, here = load_i32(keys, q * wide + j), load_i32(places, q * wide + j) * group + q
            if key > best or (key == best and here < at):
                best, at = key, here
        for r in range(whole * group, count):
            key = place32(load_f32(x, r * step + j))
            if key > best:
                best, at = key, r
        store_i32(places, j, np.int32(at))


@njit(error_model="numpy")
def _row_max(x: Any, count: Any, sign: Any) -> Any:
    """Greatest of `sign` times contiguous elements."""
    best = _LEAST
    for i in range(count):
        best = max(best, key32(sign * load_f32(x, i)))
    return unkey32(best)


@njit(error_model="numpy")
def _strip_max(x: Any, count: Any, step: Any, wide: Any, keys: Any, sign: Any) -> None:
    """Greatest key of each of `wide` columns, of `sign` times the elements."""
    group = _side_by_side(count, step, wide)
    across, whole = group * wide, count // group
    for j in range(across):
        store_i32(keys, j, key32(sign * load_f32(x, j)))
    for r in range(1, whole):
        row = x + 4 * r * group * step
        for j in range(across):
            store_i32(keys, j, max(key32(sign * load_f32(row, j)), load_i32(keys, j)))
    for j in range(wide, across):
        store_i32(keys, j % wide, max(load_i32(keys, j), load_i32(keys, j % wide)))
    for r in range(whole * group, count):
        for j in range(wide):
            store_i32(keys, j, max(key32(sign * load_f32(x, r * step + j)), load_i32(keys, j)))


@njit(error_model="numpy")
def _walked_place(x: Any, walk: Any, axes: Any, count: Any) -> Any:
    """Position of the first greatest element of a walk."""
    offset = walk_to(walk, axes, 0)
    best, at = place32(load_f32(x, offset)), 0
    for i in range(1, count):
        offset = walk_on(walk, axes, offset)
        key = place32(load_f32(x, offset))
        if key > best:
            best, at = key, i
    return at


@njit(error_model="numpy")
def _walked_max(x: Any, walk: Any, axes: Any, count: Any, sign: Any) -> Any:
    offset = walk_to(walk, axes, 0)
    best = key32(sign * load_f32(x, offset))
    for _ in range(1, count):
        offset = walk_on(walk, axes, offset)
        best = max(best, key32(sign * load_f32(x, offset)))
    return unkey32(best)


@njit(error_model="numpy")
def _plan(p: Any) -> Any:
    _, kept, inner, regular = counts(p, 0, attribute(p, 0))
    tiles = kept
    if regular and inner > 1:
        tiles = kept // inner * ((inner + STRIP - 1) // STRIP)
    return planned(p, tiles, _WORKSPACE)


def _extreme(sign: np.float32) -> Functions:
    """max for sign 1, min for -1: the greatest of -x, with its sign turned back."""

    @njit(error_model="numpy")
    def row(x: Any, count: Any, to: Any) -> None:
        store_f32(to, 0, sign * _row_max(x, count, sign))

    @njit(error_model="numpy")
    def strip(x: Any, count: Any, step: Any, wide: Any, keys: Any, to: Any) -> None:
        _strip_max(x, count, step, wide, keys, sign)
        for j in range(wide):
            store_f32(to, j, sign * unkey32(load_i32(keys, j)))

    @njit(error_model="numpy")
    def regular(x: Any, count: Any, inner: Any, y: Any, lo: Any, hi: Any, ws: Any) -> None:
        """Tiles [lo, hi) over the middle of (outer, count, inner)."""
        strips = (inner + STRIP - 1) // STRIP
        for t in range(lo, hi):
            outer, first = t // strips, t % strips * STRIP
            start, to = x + 4 * (outer * count * inner + first), y + 4 * (outer * inner + first)
            if inner == 1:
                row(start, count, to)
            else:
                strip(start, count, inner, min(STRIP, inner - first), ws, to)

    parts = over_chunks(row, strip, STRIP)

    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        mask, last = attribute(p, 0), last_tile(p)
        count, kept, inner, is_regular = counts(p, 0, mask)
        x, y = address(p, 0), address(p, 1)
        if shared(p):
            parts(p, mask, lo, min(hi, last), ws)
            if hi > last:
                chunks, wide = chunks_of(count), inner if is_regular else 1
                tiles = kept // wide * ((wide + STRIP - 1) // STRIP)
                regular(shared(p), chunks, wide, y, 0, tiles, ws)
        elif is_regular:
            regular(x, count, inner, y, lo, hi, ws)
        else:
            kept_axes, axes = walks(p, 0, mask, ws)
            for t in range(lo, hi):
                at = x + 4 * walk_to(ws, kept_axes, t)
                store_f32(y, t, sign * _walked_max(at, ws + WALK_BYTES, axes, count, sign))
        return 1

    return Functions(split(_plan), run)


@njit(error_model="numpy")
def _row_part(x: Any, count: Any, to: Any) -> None:
    store_i32(to, 0, _row_place(x, count))


@njit(error_model="numpy")
def _strip_part(x: Any, count: Any, step: Any, wide: Any, ws: Any, to: Any) -> None:
    places = ws + 4 * STRIP
    _strip_places(x, count, step, wide, ws, places)
    for j in range(wide):
        store_i32(to, j, load_i32(places, j))


_places = over_chunks(_row_part, _strip_part, STRIP)


@njit(error_model="numpy")
def _clear(p: Any, y: Any, lo: Any, hi: Any) -> None:
    """The shares of tiles [lo, hi) of an output like operand 0 become +0."""
    size, tiles = numel(p, 0), last_tile(p)
    each = (size + tiles - 1) // tiles
    for i in range(lo * each, min(hi * each, size)):
        store_f32(y, i, _ZERO)


@njit(error_model="numpy")
def _best(p: Any, mask: Any, t: Any, ws: Any) -> Any:
    """Offset and place of the first greatest of kept element t, out of those of its chunks."""
    count, _, inner, regular = counts(p, 0, mask)
    kept_axes, axes = walks(p, 0, mask, ws)
    x, parts, chunks = address(p, 0), shared(p), chunks_of(count)
    wide = inner if regular else 1
    outer, column = t // wide, t % wide
    best, best_offset, best_place = _LEAST, 0, np.int32(0)
    for c in range(chunks):
        place = load_i32(parts, (outer * chunks + c) * wide + column) + c * CHUNK
        if regular:
            offset = (outer * count + place) * inner + column
        else:
            offset = walk_to(ws, kept_axes, t) + walk_to(ws + WALK_BYTES, axes, place)
        key = place32(load_f32(x, offset))
        if c == 0 or key > best:
            best, best_offset, best_place = key, offset, np.int32(place)
    return best_offset, best_place


def _place_wise(operands: int, finish: Any, clear: bool) -> Functions:
    """A kernel that uses the place of the maximum of operand 0.

    ``finish(u, y, t, offset, place)`` gets the addresses of operand 1 and the output, the number of
    the kept element, and the offset of its maximum in operand 0.  With `clear`, an output of the
    shape of operand 0 becomes +0 first.
    """

    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        mask = attribute(p, 0)
        count, kept, inner, regular = counts(p, 0, mask)
        x, u, y = address(p, 0), address(p, operands - 1), address(p, operands)
        if shared(p):
            last = last_tile(p)
            _places(p, mask, lo, min(hi, last), ws)
            if clear:
                _clear(p, y, lo, min(hi, last))
            for t in range(kept if hi > last else 0):
                offset, place = _best(p, mask, t, ws)
                finish(u, y, t, offset, place)
        elif regular and inner > 1:
            strips, keys = (inner + STRIP - 1) // STRIP, ws + GATHER_BYTES
            places = keys + 4 * STRIP
            for t in range(lo, hi):
                outer, first = t // strips, t % strips * STRIP
                wide = min(STRIP, inner - first)
                base = outer * count * inner + first
                _strip_places(x + 4 * base, count, inner, wide, keys, places)
                if clear:
                    for r in range(count):
                        for j in range(wide):
                            store_f32(y, base + r * inner + j, _ZERO)
                for j in range(wide):
                    place = load_i32(places, j)
                    finish(u, y, outer * inner + first + j, base + place * inner + j, place)
        elif regular:
            for t in range(lo, hi):
                base = t * count
                place = _row_place(x + 4 * base, count)
                if clear:
                    for r in range(count):
                        store_f32(y, base + r, _ZERO)
                finish(u, y, t, base + place, place)
        else:
            kept_axes, axes = walks(p, 0, mask, ws)
            walk = ws + WALK_BYTES
            for t in range(lo, hi):
                base = walk_to(ws, kept_axes, t)
                place = np.int32(_walked_place(x + 4 * base, walk, axes, count))
                if clear:
                    offset = walk_to(walk, axes, 0)
                    for _ in range(count):
                        store_f32(y, base + offset, _ZERO)
                        offset = walk_on(walk, axes, offset)
                finish(u, y, t, base + walk_to(walk, axes, place), place)
        return 1

    return Functions(split(_plan), run)


@njit(error_model="numpy")
def _store_place(u: Any, y: Any, t: Any, offset: Any, place: Any) -> None:
    store_i32(y, t, place)


@njit(error_model="numpy")
def _scatter(u: Any, y: Any, t: Any, offset: Any, place: Any) -> None:
    store_f32(y, offset, load_f32(u, t))


@njit(error_model="numpy")
def _pick(u: Any, y: Any, t: Any, offset: Any, place: Any) -> None:
    store_f32(y, t, load_f32(u, offset))


FUNCTIONS: Mapping[str, Functions] = {
    "max": _extreme(_ONE),
    "min": _extreme(_MINUS_ONE),
    "argmax": _place_wise(1, _store_place, False),
    "max_grad": _place_wise(2, _scatter, True),
    "max_pick": _place_wise(2, _pick, False),
}
