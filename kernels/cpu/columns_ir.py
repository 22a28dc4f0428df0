"""Sums down columns in vector IR: rows are added to the lanes of N6, which lie in memory.

A strip of columns is a piece of each row, with gaps between: no hardware sees what comes next, so
it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from anhvm.kernels.cpu.reduce_ir import LANES
from anhvm.kernels.cpu.rows_ir import Row, make_row
from anhvm.kernels.cpu.vector_ir import Emitter, i64


def _adding(fresh: bool) -> Row:
    def add(e: Emitter, at: Any, left: Any, rows: Sequence[Any], masked: bool) -> None:
        to, x, ahead = rows
        mask, place, lane = e.below(left) if masked else None, e.offset(x, at), e.offset(to, at)
        e.prefetch(e.builder.add(place, ahead))
        total = e.zero if fresh else e.load(lane, mask)
        e.store(e.builder.fadd(total, e.load(place, mask)), lane, mask)

    return add


def _squaring(fresh: bool) -> Row:
    def square(e: Emitter, at: Any, left: Any, rows: Sequence[Any], masked: bool) -> None:
        to, x, shifts, ahead = rows
        mask, place, lane = e.below(left) if masked else None, e.offset(x, at), e.offset(to, at)
        e.prefetch(e.builder.add(place, ahead))
        total = e.zero if fresh else e.load(lane, mask)
        d = e.builder.fsub(e.load(place, mask), e.load(e.offset(shifts, at), mask))
        e.store(e.fma(d, d, total), lane, mask)

    return square


def _fold(e: Emitter, at: Any, left: Any, rows: Sequence[Any], masked: bool) -> None:
    lanes, step, to = rows
    mask, first = e.below(left) if masked else None, e.offset(lanes, at)

    def tree(lane: int, lanes: int) -> Any:
        """What lane holds when so many are left, one branch of the tree after the other."""
        if lanes == LANES:
            return e.load(e.offset(first, e.builder.mul(step, i64(lane))), mask)
        return e.builder.fadd(tree(lane, 2 * lanes), tree(lane + lanes, 2 * lanes))

    e.store(tree(0, 1), e.offset(to, at), mask)


def make_add(lanes: int, fresh: bool) -> Any:
    """An intrinsic `(to, x, ahead, count)`: adds x to `to`, or to +0; `ahead` is in bytes."""
    return make_row(_adding(fresh), 3, lanes)


def make_square(lanes: int, fresh: bool) -> Any:
    """An intrinsic `(to, x, shifts, ahead, count)`: to = fma(d, d, to or +0) with d = x - shift."""
    return make_row(_squaring(fresh), 4, lanes)


def make_fold(lanes: int) -> Any:
    """An intrinsic `(lanes, step, to, count)`: the tree of N6 in each column of LANES rows."""
    return make_row(_fold, 3, lanes)
