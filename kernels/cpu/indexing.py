"""gather and scatter_add: rows of a table at i32 indices.

Sums run in ascending position, so a table is split by what is written, never by position: over
columns where rows are long, else over rows of the table, where each range of tiles reads all
indices and keeps its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import address, dim, load_f32, load_i32, numel, planned, store_f32
from anhvm.kernels.cpu.target import tile
from anhvm.kernels.cpu.vector_ir import Emitter, i64

TILE = 4096  # elements that a tile of gather copies, about
LONG = 32  # columns from which on a scatter is split over them
LINE = 16  # columns of a cache line
FEW = 64  # rows of the table in a tile where it is split over rows
AHEAD = 8  # rows whose memory is asked for early
SCAN = 1024  # indices that are checked at a time
_LANES = tile().lanes
_ZERO = np.float32(0)


def _row(total: bool) -> Any:
    """``row(to, x, count)``: to = x or, with `total`, to += x, for `count` contiguous f32."""

    def row(typingctx: Any, to: Any, x: Any, count: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            target, source, number = args
            e = Emitter(builder, _LANES)

            def step(index: Any, rest: Any, masked: bool) -> None:
                at = builder.mul(index, i64(4 * _LANES))
                to_at, from_at = builder.add(target, at), builder.add(source, at)
                mask = e.below(rest) if masked else None
                value = e.load(from_at, mask)
                if total:
                    value = builder.fadd(e.load(to_at, mask), value)
                e.store(value, to_at, mask)

            def whole(index: Any, state: Any) -> Any:
                step(index, None, False)
                return state

            vectors = builder.sdiv(number, i64(_LANES))
            e.loop(vectors, [], whole)
            rest = builder.srem(number, i64(_LANES))
            with builder.if_then(builder.icmp_signed(">", rest, i64(0))):
                step(vectors, rest, True)
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, types.int64), codegen

    return intrinsic(row)


copy_row, add_row = _row(False), _row(True)


@intrinsic
def _prefetch(typingctx: Any, address: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        Emitter(builder, _LANES).prefetch(args[0])
        return context.get_dummy_value()

    return types.void(types.int64), codegen


@njit(error_model="numpy")
def _ask(table: Any, indices: Any, position: Any, count: Any, width: Any, columns: Any) -> None:
    """Asks for the first lines of the row that is needed AHEAD positions later."""
    if position + AHEAD < count:
        at = table + 4 * load_i32(indices, position + AHEAD) * width
        for line in range(0, min(columns, 4 * LINE), LINE):
            _prefetch(at + 4 * line)


def check_index(w: int, index: int) -> Callable[..., Any]:
    """A check that each index is a row of operand `w`."""

    def check(p: Any) -> Any:
        indices, rows, count = address(p, index), dim(p, w, 0), numel(p, index)
        for start in range(0, count, SCAN):
            end, bad = min(start + SCAN, count), 0
            for i in range(start, end):
                value = load_i32(indices, i)
                bad |= 1 if value < 0 or value >= rows else 0
            if bad:
                for i in range(start, end):
                    value = load_i32(indices, i)
                    if value < 0 or value >= rows:
                        return i
        return -1

    return check


@njit(error_model="numpy")
def _rows_of_tile(width: Any) -> Any:
    return max(TILE // max(width, 1), 1)


def plan_gather(p: Any) -> Any:
    each = _rows_of_tile(dim(p, 0, 1))
    return planned(p, (numel(p, 1) + each - 1) // each, 0)


def gather(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    w, indices, y, width = address(p, 0), address(p, 1), address(p, 2), dim(p, 0, 1)
    each, count = _rows_of_tile(width), numel(p, 1)
    for i in range(lo * each, min(hi * each, count)):
        _ask(w, indices, i, count, width, width)
        copy_row(y + 4 * i * width, w + 4 * load_i32(indices, i) * width, width)
    return 1


def plan_scatter(p: Any) -> Any:
    rows, width = dim(p, 3, 0), dim(p, 3, 1)
    tiles = (width + LINE - 1) // LINE if width >= LONG else (rows + FEW - 1) // FEW
    return planned(p, tiles, 0)


@njit(error_model="numpy")
def _start(y: Any, w: Any, count: Any) -> None:
    """y = w, or +0 where there is no w."""
    if w:
        copy_row(y, w, count)
    else:
        for i in range(count):
            store_f32(y, i, _ZERO)


def _scatter(old: int, added: int) -> Functions:
    """`old` is the operand that is added to, -1 for +0; `added` has the rows."""

    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        indices, u, y = address(p, 1), address(p, added), address(p, 3)
        rows, width, count = dim(p, 3, 0), dim(p, 3, 1), numel(p, 1)
        w = address(p, old) if old >= 0 else 0
        if lo >= hi:
            return 1
        if width >= LONG:
            first, last = lo * LINE, min(hi * LINE, width)
            columns = last - first
            if columns == width:
                _start(y, w, rows * width)
            else:
                for r in range(rows):
                    at = 4 * (r * width + first)
                    _start(y + at, w + at if old >= 0 else 0, columns)
            for i in range(count):
                _ask(y + 4 * first, indices, i, count, width, columns)
                at = y + 4 * (load_i32(indices, i) * width + first)
                add_row(at, u + 4 * (i * width + first), columns)
            return 1
        first, last = lo * FEW, min(hi * FEW, rows)
        at = 4 * first * width
        _start(y + at, w + at if old >= 0 else 0, (last - first) * width)
        for i in range(count):
            target = load_i32(indices, i)
            if target >= first and target < last:
                for j in range(width):
                    total = load_f32(y, target * width + j) + load_f32(u, i * width + j)
                    store_f32(y, target * width + j, total)
        return 1

    return Functions(plan_scatter, run, check_index(2 if old < 0 else 0, 1))


FUNCTIONS: Mapping[str, Functions] = {
    "gather": Functions(plan_gather, gather, check_index(0, 1)),
    "gather_grad": _scatter(-1, 0),
    "scatter_add": _scatter(0, 2),
}
