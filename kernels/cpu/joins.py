"""Kernels that put tensors beside each other or beside zeros, and the sum over copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.broadcast import walk_axis, walk_on, walk_to
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import (
    MAX_RANK,
    address,
    attribute,
    dim,
    item,
    load_i64,
    numel,
    rank,
    store_i8,
)
from anhvm.kernels.cpu.sums import plan_regular, regular
from anhvm.kernels.cpu.views import TILE, elements, plan, split

_ONE = np.float32(1)
_AT = 2 * MAX_RANK  # of a walk: the coordinates


@njit(error_model="numpy")
def _copy(of: Any, x: Any, begin: Any, size: Any, y: Any, skip: Any, length: Any) -> None:
    """Of a row, of which y holds [skip, skip + length): the part [begin, begin + size), from x."""
    first, last = max(begin, skip), min(begin + size, skip + length)
    if first < last:
        elements(of, x + of * (first - begin), 1, y + of * (first - skip), last - first)


@njit(error_model="numpy")
def _clear(of: Any, begin: Any, end: Any, y: Any, skip: Any, length: Any) -> None:
    """Of a row, of which y holds [skip, skip + length): zeros in [begin, end)."""
    first, last = max(begin, skip), min(end, skip + length)
    zero = np.int8(0)
    for i in range(of * (first - skip), of * (last - skip)):
        store_i8(y, i, zero)


@njit(error_model="numpy")
def _inside(p: Any, walk: Any, outer: Any) -> Any:
    for axis in range(outer):
        at = load_i64(walk, _AT + axis) - attribute(p, 2 * axis)
        if at < 0 or at >= dim(p, 0, axis):
            return False
    return True


def place(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    """Operand 0 at the place that every other scalar says, zeros elsewhere.

    Trailing axes that it fills belong to the elements of a row.
    """
    of, output = item(p), load_i64(p, 2) - 1
    outer, row, run, before = rank(p, output), 1, 1, 0
    while outer and row == run:
        outer -= 1
        before = attribute(p, 2 * outer) * row
        row *= dim(p, output, outer)
        run *= dim(p, 0, outer)
    stride, base = run, 0
    for i in range(outer):
        axis = outer - 1 - i
        walk_axis(ws, axis, dim(p, output, axis), stride)
        base += attribute(p, 2 * axis) * stride
        stride *= dim(p, 0, axis)
    start, end = lo * TILE, min(hi * TILE, numel(p, output))
    if start >= end:
        return 1
    x, y, skip = address(p, 0) - of * base, address(p, output), start % row
    offset = walk_to(ws, outer, start // row)
    while start < end:
        length, to = min(row - skip, end - start), y + of * start
        if _inside(p, ws, outer):
            _clear(of, 0, before, to, skip, length)
            _copy(of, x + of * offset, before, run, to, skip, length)
            _clear(of, before + run, row, to, skip, length)
        else:
            _clear(of, 0, row, to, skip, length)
        start += length
        skip = 0
        offset = walk_on(ws, outer, offset)
    return 1


def concat(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    of, axis = item(p), attribute(p, 0)
    _, along, inner = split(p, 0, axis)
    left, right = along * inner, dim(p, 1, axis) * inner
    start, end = lo * TILE, min(hi * TILE, numel(p, 2))
    if start >= end:
        return 1
    row = left + right
    at, skip = start // row, start % row
    while start < end:
        length, to = min(row - skip, end - start), address(p, 2) + of * start
        _copy(of, address(p, 0) + of * at * left, 0, left, to, skip, length)
        _copy(of, address(p, 1) + of * at * right, left, right, to, skip, length)
        start += length
        skip = 0
        at += 1
    return 1


def _copies(each: bool) -> Callable[..., Any]:
    """(outer, inner) around the axis of copies; as many as the operand holds."""

    @njit(error_model="numpy")
    def copies(p: Any) -> Any:
        outer, along, inner = split(p, 2, attribute(p, 0))
        return (outer * along, inner) if each else (outer, along * inner)

    found: Callable[..., Any] = copies
    return found


def _sum_of_copies(each: bool) -> Functions:
    copies = _copies(each)

    def plan_sum(p: Any) -> Any:
        outer, inner = copies(p)
        return plan_regular(p, outer, attribute(p, 1), inner)

    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        _, inner = copies(p)
        regular(address(p, 0), attribute(p, 1), inner, address(p, 2), _ONE, lo, hi, ws)
        return 1

    return Functions(plan_sum, run)


FUNCTIONS: Mapping[str, Functions] = {
    "pad": Functions(plan, place),
    "slice_grad": Functions(plan, place),
    "concat": Functions(plan, concat),
    "tile_grad": _sum_of_copies(False),
    "repeat_grad": _sum_of_copies(True),
}
