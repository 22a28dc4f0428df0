"""rsum (N6) over rows and columns, near the speed of memory, for use in kernels.

The 32 lanes of N6 are the lanes of vector registers; the chunk results are folded by the same rule
level by level (4,096^3 elements are more than a tensor holds, so three levels are enough).  All
addresses are i64 and a multiple of 4; nothing is allocated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from anhvm.kernels.cpu.target import tile
from anhvm.kernels.cpu.vector_ir import F32, I32, Emitter, i64

CHUNK = 4096  # N6
LANES = 32  # N6
# Columns that one pass of `rsum_columns` takes, and the floats of workspace that it needs.
STRIP = 256
STRIP_WORKSPACE = 3 * LANES * STRIP

_WIDTH = tile().lanes
_ZERO = np.float32(0)


def _tree(e: Emitter, parts: list[Any]) -> Any:
    """lane[l] += lane[l + w] for w = 16, 8, 4, 2, 1; lane 0."""
    builder = e.builder
    while len(parts) > 1:
        half = len(parts) // 2
        parts = [builder.fadd(a, b) for a, b in zip(parts[:half], parts[half:], strict=True)]
    lanes, width = parts[0], e.lanes // 2
    while width:
        order = [(lane + width) % e.lanes for lane in range(e.lanes)]
        lanes = builder.fadd(lanes, e.pick(lanes, lanes, order))
        width //= 2
    return builder.extract_element(lanes, ir.Constant(I32, 0))


@intrinsic
def _chunk(typingctx: Any, address: Any, count: Any) -> Any:
    """One chunk of N6: `count` f32, at most CHUNK, at the address."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        start, number = args
        e = Emitter(builder, _WIDTH)
        vectors = LANES // _WIDTH

        def row(index: Any, sums: Any) -> Any:
            at = e.offset(start, builder.mul(index, i64(LANES)))
            return [
                builder.fadd(total, e.load(builder.add(at, i64(4 * v * _WIDTH))))
                for v, total in enumerate(sums)
            ]

        rows = builder.sdiv(number, i64(LANES))
        sums = e.loop(rows, [e.zero] * vectors, row)
        done = builder.mul(rows, i64(LANES))
        rest, at = builder.sub(number, done), e.offset(start, done)

        def tail(index: Any, whole: Any) -> Any:
            # An absent element is not added: -0 plus +0 would be another zero.
            results = []
            for v, total in enumerate(whole):
                mask = e.below(rest, v * _WIDTH)
                value = e.load(builder.add(at, i64(4 * v * _WIDTH)), mask)
                results.append(builder.select(mask, builder.fadd(total, value), total))
            return results

        some = builder.zext(builder.icmp_signed(">", rest, i64(0)), ir.IntType(64))
        return _tree(e, e.loop(some, sums, tail))

    return types.float32(types.int64, types.int64), codegen


@intrinsic
def _fold(typingctx: Any, address: Any) -> Any:
    """The tree of N6 over the LANES f32 at the address."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        e = Emitter(builder, _WIDTH)
        places = range(0, 4 * LANES, 4 * _WIDTH)
        return _tree(e, [e.load(builder.add(args[0], i64(place))) for place in places])

    return types.float32(types.int64), codegen


@intrinsic
def _scratch(typingctx: Any) -> Any:
    """The address of 2 * LANES f32 on the stack of the calling function."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        slot = cgutils.alloca_once(builder, ir.ArrayType(F32, 2 * LANES))
        return builder.ptrtoint(slot, ir.IntType(64))

    return types.int64(), codegen


@intrinsic
def floats_at(typingctx: Any, address: Any) -> Any:
    """The address (i64) as a pointer to f32, for `carray`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], F32.as_pointer())

    return types.CPointer(types.float32)(types.int64), codegen


@njit(error_model="numpy")
def rsum_row(address: Any, n: Any) -> Any:
    """rsum (N6) of n contiguous f32; +0 for n = 0."""
    if n <= CHUNK:
        return _chunk(address, n)
    scratch = _scratch()
    lanes = carray(floats_at(scratch), (2, LANES))
    lanes[1, :] = _ZERO
    chunks = (n + CHUNK - 1) // CHUNK
    groups = (chunks + CHUNK - 1) // CHUNK
    total = _ZERO
    for group in range(groups):
        lanes[0, :] = _ZERO
        first = group * CHUNK
        for c in range(first, min(first + CHUNK, chunks)):
            part = _chunk(address + 4 * c * CHUNK, min(n - c * CHUNK, CHUNK))
            lanes[0, c % LANES] += part
        total = _fold(scratch)
        lanes[1, group % LANES] += total
    return total if groups == 1 else _fold(scratch + 4 * LANES)


@intrinsic
def _chunk_columns(
    typingctx: Any, address: Any, step: Any, rows: Any, columns: Any, lanes: Any
) -> Any:
    """Adds rows r = 0, 1, ... of a strip into lane r mod LANES; lanes are STRIP f32 apart."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        start, distance, number, wide, sums = args
        e = Emitter(builder, _WIDTH)
        places = range(0, STRIP, _WIDTH)
        masks = [e.below(wide, place) for place in places]

        def row(index: Any, state: Any) -> Any:
            source = e.offset(start, builder.mul(index, distance))
            lane = builder.and_(index, i64(LANES - 1))
            into = e.offset(sums, builder.mul(lane, i64(STRIP)))
            ahead = e.offset(source, builder.shl(distance, i64(3)))
            for place, mask in zip(places, masks, strict=True):
                if place % 16 == 0:
                    e.prefetch(builder.add(ahead, i64(4 * place)))
                at = builder.add(into, i64(4 * place))
                value = e.load(builder.add(source, i64(4 * place)), mask)
                e.store(builder.fadd(e.load(at), value), at)
            return state

        e.loop(number, [], row)
        return context.get_dummy_value()

    return types.void(*[types.int64] * 5), codegen


@njit(error_model="numpy")
def _tree_columns(lanes: Any) -> None:
    width = LANES // 2
    while width:
        for lane in range(width):
            for j in range(STRIP):
                lanes[lane, j] += lanes[lane + width, j]
        width //= 2


@njit(error_model="numpy")
def _fold_strip(lanes: Any, into: Any) -> None:
    """The tree of N6 in every column, added to `into`; the lanes are +0 afterwards."""
    _tree_columns(lanes)
    for j in range(STRIP):
        into[j] += lanes[0, j]
    lanes[:, :] = _ZERO


@njit(error_model="numpy")
def rsum_columns(address: Any, rows: Any, step: Any, columns: Any, out: Any, ws: Any) -> None:
    """rsum (N6) down each of `columns` <= STRIP columns; row r begins at element r * step.

    Writes `columns` f32 at `out`; `ws` is the address of STRIP_WORKSPACE f32.
    """
    lanes = carray(floats_at(ws), (3, LANES, STRIP))
    result = carray(floats_at(out), (columns,))
    chunks = max((rows + CHUNK - 1) // CHUNK, 1)
    levels = 1 + (chunks > 1) + (chunks > CHUNK)
    lanes[:levels, :, :] = _ZERO
    for c in range(chunks):
        first = c * CHUNK
        _chunk_columns(address + 4 * first * step, step, min(rows - first, CHUNK), columns, ws)
        if levels > 1:
            _fold_strip(lanes[0], lanes[1, c % LANES])
        if levels > 2 and ((c + 1) % CHUNK == 0 or c + 1 == chunks):
            _fold_strip(lanes[1], lanes[2, c // CHUNK % LANES])
    _tree_columns(lanes[levels - 1])
    for j in range(columns):
        result[j] = lanes[levels - 1, 0, j]
