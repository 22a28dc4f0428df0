"""permute: the axes in another order; in squares, where rows of one side are columns of the other.

The output is a walk over the operand (`views`).  Where its innermost axis is not the operand's, the
two span planes, which are copied in squares, so that a line of the cache is used while it is there.
A tile is an equal share of the squares.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numba import njit

from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import (
    MAX_RANK,
    address,
    attribute,
    dim,
    item,
    load_i8,
    load_i32,
    load_i64,
    numel,
    rank,
    store_i8,
    store_i32,
)
from anhvm.kernels.cpu.views import TILE, append, plan, view

SIDE = 16


@njit(error_model="numpy")
def _axes(p: Any, ws: Any) -> Any:
    """Sets up the walk of the output over the operand; its number of axes."""
    axes, order = 0, attribute(p, 0)
    for i in range(rank(p, 1)):
        axis, stride = order >> 3 * i & 7, 1
        for j in range(axis + 1, rank(p, 0)):
            stride *= dim(p, 0, j)
        axes = append(ws, axes, dim(p, 1, i), stride)
    return axes


@njit(error_model="numpy")
def _unit(ws: Any, axes: Any) -> Any:
    """The axis along which elements of the operand lie side by side, or -1."""
    for axis in range(axes):
        if load_i64(ws, MAX_RANK + axis) == 1:
            return axis
    return -1


@njit(error_model="numpy")
def _square(of: Any, x: Any, x_step: Any, y: Any, y_step: Any, rows: Any, columns: Any) -> None:
    """y[r * y_step + c] = x[c * x_step + r]."""
    if of == 4:
        for r in range(rows):
            for c in range(columns):
                store_i32(y, r * y_step + c, load_i32(x, c * x_step + r))
    else:
        for r in range(rows):
            for c in range(columns):
                store_i8(y, r * y_step + c, load_i8(x, c * x_step + r))


@njit(error_model="numpy")
def _squares(p: Any, axes: Any, unit: Any, lo: Any, hi: Any, ws: Any) -> None:
    """The squares of tiles [lo, hi): those of a plane side by side, planes in order."""
    of, last = item(p), axes - 1
    height, width = load_i64(ws, unit), load_i64(ws, last)
    down, across = (height + SIDE - 1) // SIDE, (width + SIDE - 1) // SIDE
    y_step, planes = 1, 1
    for axis in range(axes):
        if axis > unit:
            y_step *= load_i64(ws, axis)
        if axis not in (unit, last):
            planes *= load_i64(ws, axis)
    tiles, every = (numel(p, 1) + TILE - 1) // TILE, planes * down * across
    x_step = load_i64(ws, MAX_RANK + last)
    for square in range(lo * every // tiles, hi * every // tiles):
        plane, place = square // (down * across), square % (down * across)
        x, y, step = 0, 0, 1
        for back in range(axes):
            axis = last - back
            size = load_i64(ws, axis)
            if axis not in (unit, last):
                at = plane % size
                plane //= size
                x += at * load_i64(ws, MAX_RANK + axis)
                y += at * step
            step *= size
        row, column = place // across * SIDE, place % across * SIDE
        x += row + column * x_step
        y += row * y_step + column
        rows, columns = min(SIDE, height - row), min(SIDE, width - column)
        _square(of, address(p, 0) + of * x, x_step, address(p, 1) + of * y, y_step, rows, columns)


def permute(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    axes = _axes(p, ws)
    unit = _unit(ws, axes)
    if unit < 0 or unit == axes - 1:
        end = min(hi * TILE, numel(p, 1))
        view(ws, axes, item(p), address(p, 0), address(p, 1), lo * TILE, end)
    else:
        _squares(p, axes, unit, lo, hi, ws)
    return 1


FUNCTIONS: Mapping[str, Functions] = {"permute": Functions(plan, permute)}
