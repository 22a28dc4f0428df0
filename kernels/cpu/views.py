"""Kernels whose output is a strided view of one operand: slices and copies.

The output, row-major, is read from the operand by a walk over as few axes as describe it: axes that
lie in one another are one.  Along the innermost, elements lie side by side, at a step, or are one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numba import njit

from anhvm.kernels.cpu.broadcast import WALK_BYTES, walk_axis, walk_on, walk_to
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
    planned,
    rank,
    store_i8,
    store_i32,
)

TILE = 4096


def plan(p: Any) -> Any:
    output = load_i64(p, 2) - 1
    return planned(p, (numel(p, output) + TILE - 1) // TILE, WALK_BYTES)


@njit(error_model="numpy")
def append(walk: Any, axes: Any, size: Any, stride: Any) -> Any:
    """Describes the next axis inwards; returns how many there are."""
    if size == 1:
        return axes
    last = axes - 1
    if axes and load_i64(walk, MAX_RANK + last) == size * stride:
        walk_axis(walk, last, load_i64(walk, last) * size, stride)
        return axes
    walk_axis(walk, axes, size, stride)
    return axes + 1


@njit(error_model="numpy")
def elements(of: Any, x: Any, stride: Any, y: Any, count: Any) -> None:
    """`count` elements of `of` bytes, `stride` elements apart in x."""
    if of == 4:
        if stride == 1:
            for i in range(count):
                store_i32(y, i, load_i32(x, i))
        elif stride == 0:
            value = load_i32(x, 0)
            for i in range(count):
                store_i32(y, i, value)
        else:
            for i in range(count):
                store_i32(y, i, load_i32(x, i * stride))
    else:
        for i in range(count):
            store_i8(y, i, load_i8(x, i * stride))


@njit(error_model="numpy")
def view(walk: Any, axes: Any, of: Any, x: Any, y: Any, start: Any, end: Any) -> None:
    """Elements [start, end) of the output at y; the first of the view is at x."""
    if not axes:
        walk_axis(walk, 0, 1, 1)
        axes = 1
    outer = axes - 1
    inner, stride = load_i64(walk, outer), load_i64(walk, MAX_RANK + outer)
    offset = walk_to(walk, outer, start // inner)
    skip = start % inner
    while start < end:
        length = min(inner - skip, end - start)
        elements(of, x + of * (offset + skip * stride), stride, y + of * start, length)
        start += length
        skip = 0
        offset = walk_on(walk, outer, offset)


def cut(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    """The part of operand 0 with the dims of the output that begins at every other scalar."""
    output = load_i64(p, 2) - 1
    axes, base, stride = 0, 0, numel(p, 0)
    for axis in range(rank(p, output)):
        stride //= dim(p, 0, axis)
        base += attribute(p, 2 * axis) * stride
        axes = append(ws, axes, dim(p, output, axis), stride)
    x, end = address(p, 0) + item(p) * base, min(hi * TILE, numel(p, output))
    view(ws, axes, item(p), x, address(p, output), lo * TILE, end)
    return 1


@njit(error_model="numpy")
def split(p: Any, operand: Any, axis: Any) -> Any:
    """Elements before the axis, along it, and within one place of it."""
    before, within = 1, 1
    for i in range(rank(p, operand)):
        if i < axis:
            before *= dim(p, operand, i)
        elif i > axis:
            within *= dim(p, operand, i)
    return before, dim(p, operand, axis), within


def _repeated(each: bool) -> Functions:
    """x as (outer, inner), each row of it `times` times."""

    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        outer, along, inner = split(p, 0, attribute(p, 0))
        if each:
            outer *= along
        else:
            inner *= along
        axes = append(ws, 0, outer, inner)
        axes = append(ws, axes, attribute(p, 1), 0)
        axes = append(ws, axes, inner, 1)
        end = min(hi * TILE, numel(p, 1))
        view(ws, axes, item(p), address(p, 0), address(p, 1), lo * TILE, end)
        return 1

    return Functions(plan, run)


def _side(second: bool) -> Functions:
    """The part of u that came from the first or second operand of a concat."""

    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        outer, along, inner = split(p, 0, attribute(p, 0))
        own = dim(p, 3, attribute(p, 0))
        axes = append(ws, 0, outer, along * inner)
        axes = append(ws, axes, own * inner, 1)
        x = address(p, 0) + item(p) * ((along - own) * inner if second else 0)
        view(ws, axes, item(p), x, address(p, 3), lo * TILE, min(hi * TILE, numel(p, 3)))
        return 1

    return Functions(plan, run)


FUNCTIONS: Mapping[str, Functions] = {
    "slice": Functions(plan, cut),
    "pad_grad": Functions(plan, cut),
    "tile": _repeated(False),
    "repeat": _repeated(True),
    "concat_left": _side(False),
    "concat_right": _side(True),
}
