"""sum and mean over a mask of axes, in the order of N6.

A tile is one output where the reduced elements lie in a row or are gathered; else a strip of at
most STRIP columns; where these are few, one chunk of one, see `parts`.  The 32 lanes of a strip are
32 rows of workspace; rows are added to them one by one, or 32 at once where these lie side by
side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.broadcast import WALK_BYTES, walk_to
from anhvm.kernels.cpu.columns_ir import make_add, make_fold
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import (
    address,
    attribute,
    last_tile,
    load_f32,
    planned,
    shared,
    store_f32,
)
from anhvm.kernels.cpu.parts import chunks_of, over_chunks, split
from anhvm.kernels.cpu.reduce_ir import CHUNK, LANES, rsum_row
from anhvm.kernels.cpu.reduction import GATHER_BYTES, counts, gather, walks
from anhvm.kernels.cpu.target import tile

STRIP = 128
_ZERO = np.float32(0)
_ONE = np.float32(1)
_AHEAD = 8  # rows
_WIDTH = tile().lanes
_add, _begin = (make_add(_WIDTH, fresh) for fresh in (False, True))
_tree = make_fold(_WIDTH)
BUFFER = 4 * max(LANES * STRIP, CHUNK)


@njit(error_model="numpy")
def _strips(inner: Any) -> Any:
    return (inner + STRIP - 1) // STRIP


@njit(error_model="numpy")
def plan_regular(p: Any, outer: Any, count: Any, inner: Any) -> Any:
    """Plans `regular` over an operand of dims (outer, count, inner)."""
    if inner <= 1:
        return planned(p, outer * inner, BUFFER + 4 * chunks_of(count))
    parts = max(chunks_of(count), 1) * min(inner, STRIP)
    return planned(p, outer * _strips(inner), BUFFER + 4 * parts)


@njit(error_model="numpy")
def plan(p: Any) -> Any:
    """Workspace: walks, a buffer of lanes or a chunk, and the sum of each chunk (and column)."""
    count, kept, inner, is_regular = counts(p, 0, attribute(p, 0))
    if is_regular and inner > 1:
        return plan_regular(p, kept // inner, count, inner)
    return planned(p, kept, GATHER_BYTES + BUFFER + 4 * chunks_of(count))


@njit(error_model="numpy")
def ahead_of(step: Any) -> Any:
    """How many bytes ahead memory is asked for, where rows are `step` elements apart."""
    return max(4 * _AHEAD * step, 1024)


@njit(error_model="numpy")
def absent(lanes: Any, rows: Any, wide: Any) -> None:
    """The lanes that no row reaches become +0."""
    for j in range(rows * wide, LANES * wide):
        store_f32(lanes, j, _ZERO)


@njit(error_model="numpy")
def fold(lanes: Any, wide: Any, to: Any) -> None:
    """The tree of N6 in each of `wide` columns; narrow rows are added many at once."""
    if wide >= _WIDTH:
        _tree(lanes, wide, to, wide)
        return
    half = LANES // 2
    while half:
        _add(lanes, lanes + 4 * half * wide, 0, half * wide)
        half //= 2
    for j in range(wide):
        store_f32(to, j, load_f32(lanes, j))


@njit(error_model="numpy")
def _chunk_strip(x: Any, rows: Any, step: Any, wide: Any, lanes: Any, to: Any) -> None:
    """One chunk of N6 in each of `wide` columns; row r begins at element r * step."""
    ahead, together = ahead_of(step), LANES if step == wide else 1
    for row in range(0, rows, together):
        lane, count = lanes + 4 * (row % LANES) * wide, min(together, rows - row) * wide
        if row < LANES:
            _begin(lane, x + 4 * row * step, ahead, count)
        else:
            _add(lane, x + 4 * row * step, ahead, count)
    absent(lanes, rows, wide)
    fold(lanes, wide, to)


@njit(error_model="numpy")
def strip(x: Any, count: Any, step: Any, wide: Any, y: Any, divisor: Any, ws: Any) -> None:
    """Sums down `wide` columns, divided; chunk sums are reduced like the elements."""
    parts = ws + BUFFER
    while True:
        chunks = chunks_of(count)
        for c in range(max(chunks, 1)):
            rows = min(CHUNK, count - c * CHUNK)
            _chunk_strip(x + 4 * c * CHUNK * step, rows, step, wide, ws, parts + 4 * c * wide)
        if chunks <= 1:
            break
        x, count, step = parts, chunks, wide
    for j in range(wide):
        store_f32(y, j, load_f32(parts, j) / divisor)


@njit(error_model="numpy")
def gathered(x: Any, walk: Any, axes: Any, count: Any, ws: Any) -> Any:
    """The sum of `count` elements in the order of a walk."""
    parts = ws + BUFFER
    chunks = chunks_of(count)
    for c in range(chunks):
        length = min(CHUNK, count - c * CHUNK)
        gather(x, walk, axes, c * CHUNK, length, ws)
        store_f32(parts, c, rsum_row(ws, length))
    return load_f32(parts, 0) if chunks == 1 else rsum_row(parts, chunks)


@njit(error_model="numpy")
def regular(
    x: Any, count: Any, inner: Any, y: Any, divisor: Any, lo: Any, hi: Any, ws: Any
) -> None:
    """Tiles [lo, hi) of the sums over the middle of (outer, count, inner), divided."""
    if inner <= 1:
        for t in range(lo, hi):
            store_f32(y, t, rsum_row(x + 4 * t * count, count) / divisor)
        return
    for t in range(lo, hi):
        outer, first = t // _strips(inner), t % _strips(inner) * STRIP
        wide, at = min(STRIP, inner - first), 4 * (outer * inner + first)
        start = x + 4 * (outer * count * inner + first)
        strip(start, count, inner, wide, y + at, divisor, ws)


@njit(error_model="numpy")
def sum_parts(p: Any, mask: Any, y: Any, divisor: Any, ws: Any) -> None:
    """The last tile: the sums of what `over_chunks` left, divided."""
    count, kept, inner, is_regular = counts(p, 0, mask)
    if is_regular and inner > 1:
        tiles = kept // inner * _strips(inner)
        regular(shared(p), chunks_of(count), inner, y, divisor, 0, tiles, ws)
    else:
        regular(shared(p), chunks_of(count), 1, y, divisor, 0, kept, ws)


@njit(error_model="numpy")
def _row(x: Any, count: Any, to: Any) -> None:
    store_f32(to, 0, rsum_row(x, count))


_parts = over_chunks(_row, _chunk_strip, STRIP)


def _sum(mean: bool) -> Functions:
    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        mask = attribute(p, 0)
        count, _, inner, is_regular = counts(p, 0, mask)
        divisor = np.float32(count) if mean else _ONE  # dividing by 1 changes no bit
        x, y = address(p, 0), address(p, 1)
        if shared(p):
            last = last_tile(p)
            _parts(p, mask, lo, min(hi, last), ws)
            if hi > last:
                sum_parts(p, mask, y, divisor, ws)
        elif is_regular:
            regular(x, count, inner, y, divisor, lo, hi, ws)
        else:
            kept_axes, reduced_axes = walks(p, 0, mask, ws)
            walk, room = ws + WALK_BYTES, ws + GATHER_BYTES
            for t in range(lo, hi):
                at = x + 4 * walk_to(ws, kept_axes, t)
                store_f32(y, t, gathered(at, walk, reduced_axes, count, room) / divisor)
        return 1

    return Functions(split(plan), run)


FUNCTIONS: Mapping[str, Functions] = {"sum": _sum(False), "mean": _sum(True)}
