"""Sums of squares in the lanes of N6, and the variance: over a mask of axes.

The lanes take acc = fma(d, d, acc) with d = x - shift, the shift +0 or a mean; chunk results are
then summed as N6 does.  Tiles are those of `sums`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from anhvm.kernels.cpu import sums
from anhvm.kernels.cpu.broadcast import WALK_BYTES, walk_to
from anhvm.kernels.cpu.columns_ir import make_square
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import (
    address,
    attribute,
    last_tile,
    load_f32,
    load_i32,
    load_i64,
    shared,
    store_f32,
    store_i64,
)
from anhvm.kernels.cpu.parts import over_chunks, split
from anhvm.kernels.cpu.reduce_ir import CHUNK, LANES, rsum_row, tree
from anhvm.kernels.cpu.reduction import GATHER_BYTES, counts, gather, walks
from anhvm.kernels.cpu.target import tile
from anhvm.kernels.cpu.vector_ir import Emitter, i64

STRIP = sums.STRIP
_WIDTH = tile().lanes
_add, _begin = (make_square(_WIDTH, fresh) for fresh in (False, True))
_ZERO = np.float32(0)


@intrinsic
def _chunk(typingctx: Any, address: Any, count: Any, shift: Any) -> Any:
    """One chunk: `count` f32, at most CHUNK, at the address; shift is f32."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        start, number, mean = args
        e = Emitter(builder, _WIDTH)
        means = e.splat(mean)
        vectors = LANES // _WIDTH

        def row(index: Any, totals: Any) -> Any:
            at = e.offset(start, builder.mul(index, i64(LANES)))
            results = []
            for v, total in enumerate(totals):
                d = builder.fsub(e.load(builder.add(at, i64(4 * v * _WIDTH))), means)
                results.append(e.fma(d, d, total))
            return results

        rows = builder.sdiv(number, i64(LANES))
        totals = e.loop(rows, [e.zero] * vectors, row)
        done = builder.mul(rows, i64(LANES))
        rest, at = builder.sub(number, done), e.offset(start, done)

        def tail(index: Any, whole: Any) -> Any:
            results = []
            for v, total in enumerate(whole):
                mask = e.below(rest, v * _WIDTH)
                d = builder.fsub(e.load(builder.add(at, i64(4 * v * _WIDTH)), mask), means)
                results.append(builder.select(mask, e.fma(d, d, total), total))
            return results

        some = builder.zext(builder.icmp_signed(">", rest, i64(0)), ir.IntType(64))
        return tree(e, e.loop(some, totals, tail))

    return types.float32(types.int64, types.int64, types.float32), codegen


@njit(error_model="numpy")
def squares_row(x: Any, count: Any, shift: Any, parts: Any) -> Any:
    """The sum over `count` contiguous elements; `parts` holds one f32 for each chunk."""
    if count <= CHUNK:
        return _chunk(x, count, shift)
    chunks = (count + CHUNK - 1) // CHUNK
    for c in range(chunks):
        at, length = x + 4 * c * CHUNK, min(CHUNK, count - c * CHUNK)
        store_f32(parts, c, _chunk(at, length, shift))
    return rsum_row(parts, chunks)


@njit(error_model="numpy")
def _squares_strip(
    x: Any, count: Any, step: Any, wide: Any, shifts: Any, parts: Any, lanes: Any
) -> None:
    """The sum of each chunk of `wide` columns at `parts`, a row for each chunk.

    `shifts` has room for STRIP: narrow rows that lie side by side are taken together.
    """
    ahead, together = sums.ahead_of(step), 1
    while step == wide and 2 * together * wide <= STRIP and together < min(count, LANES):
        together *= 2
    for j in range(wide, together * wide):
        store_f32(shifts, j, load_f32(shifts, j - wide))
    for c in range(max((count + CHUNK - 1) // CHUNK, 1)):
        rows = min(CHUNK, count - c * CHUNK)
        for r in range(0, rows, together):
            row, lane = x + 4 * (c * CHUNK + r) * step, lanes + 4 * (r % LANES) * wide
            some = min(together, rows - r) * wide
            if r < LANES:
                _begin(lane, row, shifts, ahead, some)
            else:
                _add(lane, row, shifts, ahead, some)
        sums.absent(lanes, rows, wide)
        sums.fold(lanes, wide, parts + 4 * c * wide)


@njit(error_model="numpy")
def squares_strip(
    x: Any, count: Any, step: Any, wide: Any, shifts: Any, y: Any, divisor: Any, parts: Any, ws: Any
) -> None:
    """Sums down `wide` columns, divided; `ws` is that of `sums.strip`."""
    _squares_strip(x, count, step, wide, shifts, parts, ws)
    chunks = max((count + CHUNK - 1) // CHUNK, 1)
    sums.strip(parts, chunks, wide, wide, y, divisor, ws)


@njit(error_model="numpy")
def squares_gathered(x: Any, walk: Any, axes: Any, count: Any, shift: Any, ws: Any) -> Any:
    """The sum of `count` elements in the order of a walk."""
    parts = ws + sums.BUFFER
    chunks = (count + CHUNK - 1) // CHUNK
    for c in range(chunks):
        length = min(CHUNK, count - c * CHUNK)
        gather(x, walk, axes, c * CHUNK, length, ws)
        store_f32(parts, c, _chunk(ws, length, shift))
    return load_f32(parts, 0) if chunks == 1 else rsum_row(parts, chunks)


@njit(error_model="numpy")
def plan(p: Any) -> Any:
    """That of `sums`, and behind it the shifts and the chunks of a strip."""
    status = sums.plan(p)
    count = counts(p, 0, attribute(p, 0))[0]
    more = 4 * STRIP * (1 + max((count + CHUNK - 1) // CHUNK, 1))
    store_i64(p, 1, load_i64(p, 1) + more)
    return status


@njit(error_model="numpy")
def _row(x: Any, count: Any, to: Any) -> None:
    store_f32(to, 0, _chunk(x, count, _ZERO))


@njit(error_model="numpy")
def _strip(x: Any, rows: Any, step: Any, wide: Any, ws: Any, to: Any) -> None:
    zeros = ws + sums.BUFFER
    for j in range(wide):
        store_f32(zeros, j, _ZERO)
    _squares_strip(x, rows, step, wide, zeros, to, ws)


_parts = over_chunks(_row, _strip, STRIP)


def _squares(var: bool) -> Functions:
    output = 2 if var else 1

    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        mask = attribute(p, 0)
        count, _, inner, regular = counts(p, 0, mask)
        size = np.float32(count)
        divisor = size - np.float32(load_i32(address(p, 1), 0)) if var else np.float32(1)
        x, y = address(p, 0), address(p, output)
        chunks = max((count + CHUNK - 1) // CHUNK, 1)
        if not var and shared(p):
            last = last_tile(p)
            _parts(p, mask, lo, min(hi, last), ws)
            if hi > last:
                sums.sum_parts(p, mask, y, divisor, ws)
        elif regular and inner > 1:
            strips = (inner + STRIP - 1) // STRIP
            shifts = ws + sums.BUFFER + 4 * chunks * min(inner, STRIP)
            parts = shifts + 4 * STRIP
            for t in range(lo, hi):
                outer, first = t // strips, t % strips * STRIP
                wide, start = min(STRIP, inner - first), x + 4 * (outer * count * inner)
                start += 4 * first
                if var:
                    sums.strip(start, count, inner, wide, shifts, size, ws)
                else:
                    for j in range(wide):
                        store_f32(shifts, j, _ZERO)
                at = y + 4 * (outer * inner + first)
                squares_strip(start, count, inner, wide, shifts, at, divisor, parts, ws)
        elif regular:
            for t in range(lo, hi):
                row = x + 4 * t * count
                shift = rsum_row(row, count) / size if var else _ZERO
                store_f32(y, t, squares_row(row, count, shift, ws) / divisor)
        else:
            kept_axes, reduced_axes = walks(p, 0, mask, ws)
            walk, room = ws + WALK_BYTES, ws + GATHER_BYTES
            for t in range(lo, hi):
                at = x + 4 * walk_to(ws, kept_axes, t)
                shift = _ZERO
                if var:
                    shift = sums.gathered(at, walk, reduced_axes, count, room) / size
                total = squares_gathered(at, walk, reduced_axes, count, shift, room)
                store_f32(y, t, total / divisor)
        return 1

    return Functions(plan.py_func if var else split(plan), run)


FUNCTIONS: Mapping[str, Functions] = {"sum_squares": _squares(False), "var": _squares(True)}
