"""rsum (N6) over a row, near the speed of memory, for use in kernels.

The 32 lanes of N6 are the lanes of vector registers; the chunk results are folded by the same rule
level by level (4,096^3 elements are more than a tensor holds, so three levels are enough).  All
addresses are i64 and a multiple of 4; nothing is allocated.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from anhvm.kernels.cpu.memory import load_f32, store_f32
from anhvm.kernels.cpu.target import tile
from anhvm.kernels.cpu.vector_ir import F32, I32, Emitter, i64

CHUNK = 4096  # N6
LANES = 32  # N6

_WIDTH = tile().lanes
_ZERO = np.float32(0)


def tree(e: Emitter, parts: list[Any]) -> Any:
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
        return tree(e, e.loop(some, sums, tail))

    return types.float32(types.int64, types.int64), codegen


@intrinsic
def _fold(typingctx: Any, address: Any) -> Any:
    """The tree of N6 over the LANES f32 at the address."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        e = Emitter(builder, _WIDTH)
        places = range(0, 4 * LANES, 4 * _WIDTH)
        return tree(e, [e.load(builder.add(args[0], i64(place))) for place in places])

    return types.float32(types.int64), codegen


@intrinsic
def _scratch(typingctx: Any) -> Any:
    """The address of 2 * LANES f32 on the stack of the calling function."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        slot = cgutils.alloca_once(builder, ir.ArrayType(F32, 2 * LANES))
        return builder.ptrtoint(slot, ir.IntType(64))

    return types.int64(), codegen


@intrinsic
def _clear(typingctx: Any, to: Any, count: Any) -> Any:
    """to[i] = +0 for i below `count`, a multiple of LANES."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        target, number = args
        e = Emitter(builder, _WIDTH)

        def vector(index: Any, state: Any) -> Any:
            e.store(e.zero, e.offset(target, builder.mul(index, i64(_WIDTH))))
            return state

        e.loop(builder.sdiv(number, i64(_WIDTH)), [], vector)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), codegen


@njit(error_model="numpy")
def _add_to_lane(lanes: Any, lane: Any, value: Any) -> None:
    store_f32(lanes, lane, load_f32(lanes, lane) + value)


@njit(error_model="numpy")
def rsum_row(address: Any, n: Any) -> Any:
    """rsum (N6) of n contiguous f32; +0 for n = 0."""
    if n <= CHUNK:
        return _chunk(address, n)
    low = _scratch()
    high = low + 4 * LANES
    _clear(low, 2 * LANES)
    chunks = (n + CHUNK - 1) // CHUNK
    groups = (chunks + CHUNK - 1) // CHUNK
    total = _ZERO
    for group in range(groups):
        first = group * CHUNK
        for c in range(first, min(first + CHUNK, chunks)):
            part = _chunk(address + 4 * c * CHUNK, min(n - c * CHUNK, CHUNK))
            _add_to_lane(low, c % LANES, part)
        total = _fold(low)
        _add_to_lane(high, group % LANES, total)
        _clear(low, LANES)
    return total if groups == 1 else _fold(high)
