"""Kernels that only move or make elements: fill, expand, reshape, transpose, count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.broadcast import WALK_BYTES, walk_axis, walk_on, walk_to
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.matmul_ir import make_transpose
from anhvm.kernels.cpu.memory import (
    address,
    attribute,
    dim,
    item,
    load_f32,
    load_i32,
    load_i64,
    numel,
    planned,
    rank,
    store_f32,
    store_i32,
)
from anhvm.kernels.cpu.reduction import counts
from anhvm.kernels.cpu.target import tile
from anhvm.kernels.cpu.views import elements

TILE = 4096
SQUARE = 32  # a tile of a transpose is a band of SQUARE rows of the output
LANES = tile().lanes
squares = make_transpose(LANES)
_ONE = np.float32(1)


def plan_flat(p: Any) -> Any:
    output = load_i64(p, 2) - 1
    return planned(p, (numel(p, output) + TILE - 1) // TILE, WALK_BYTES)


def fill(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    value, y = load_i32(address(p, 0), 0), address(p, 1)  # bits: f32 and i32 alike
    for i in range(lo * TILE, min(hi * TILE, numel(p, 1))):
        store_i32(y, i, value)
    return 1


def copy(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    output = load_i64(p, 2) - 1
    of, start, end = item(p), lo * TILE, min(hi * TILE, numel(p, output))
    elements(of, address(p, 0) + of * start, 1, address(p, output) + of * start, end - start)
    return 1


@njit(error_model="numpy")
def _expand(p: Any, lo: Any, hi: Any, ws: Any, divisor: Any) -> Any:
    """Output element -> element of u: a walk where the reduced axes have stride 0."""
    mask, axes = attribute(p, 0), rank(p, 1)
    run, axis, repeated = 1, axes - 1, False
    while axis >= 0:
        size = dim(p, 1, axis)
        if size > 1:
            here = mask >> axis & 1 == 1
            if run == 1:
                repeated = here
            if here != repeated:
                break
            run *= size
        axis -= 1
    stride = 1 if repeated else run
    outer = axis + 1
    while axis >= 0:
        here = mask >> axis & 1 == 1
        walk_axis(ws, axis, dim(p, 1, axis), 0 if here else stride)
        stride *= 1 if here else dim(p, 1, axis)
        axis -= 1
    u, y = address(p, 0), address(p, 2)
    start, end = lo * TILE, min(hi * TILE, numel(p, 2))
    if start >= end:
        return 1
    offset = walk_to(ws, outer, start // run)
    skip = start % run
    while start < end:
        length = min(run - skip, end - start)
        if repeated:
            value = load_f32(u, offset) / divisor
            for i in range(length):
                store_f32(y, start + i, value)
        else:
            for i in range(length):
                store_f32(y, start + i, load_f32(u, offset + skip + i) / divisor)
        start += length
        skip = 0
        offset = walk_on(ws, outer, offset)
    return 1


def expand(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    return _expand(p, lo, hi, ws, _ONE)  # dividing by 1 changes no bit


def mean_grad(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    return _expand(p, lo, hi, ws, np.float32(counts(p, 1, attribute(p, 0))[0]))


def plan_one(p: Any) -> Any:
    return planned(p, 1, 0)


def count(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    for t in range(lo, hi):
        store_f32(address(p, 1), t, np.float32(counts(p, 0, attribute(p, 0))[0]))
    return 1


def plan_transpose(p: Any) -> Any:
    axes = rank(p, 1)
    rows, columns = dim(p, 1, axes - 2), dim(p, 1, axes - 1)
    bands = (rows + SQUARE - 1) // SQUARE
    matrices = numel(p, 1) // max(rows * columns, 1)
    return planned(p, matrices * bands, 0)


def transpose(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    axes = rank(p, 1)
    rows, columns = dim(p, 1, axes - 2), dim(p, 1, axes - 1)
    bands = (rows + SQUARE - 1) // SQUARE
    whole = columns - columns % LANES
    for t in range(lo, hi):
        matrix = 4 * (t // bands) * rows * columns
        x, y = address(p, 0) + matrix, address(p, 1) + matrix
        first = t % bands * SQUARE
        last = min(first + SQUARE, rows)
        begin = 0
        if last - first == SQUARE:
            begin = whole
            for j in range(0, whole, LANES):
                to = y + 4 * (first * columns + j)
                squares(x + 4 * (j * rows + first), rows, to, columns, SQUARE, LANES)
        for i in range(first, last):
            for j in range(begin, columns):
                store_i32(y, i * columns + j, load_i32(x, j * rows + i))
    return 1


FUNCTIONS: Mapping[str, Functions] = {
    "fill": Functions(plan_flat, fill),
    "fill_i32": Functions(plan_flat, fill),
    "reshape": Functions(plan_flat, copy),
    "reshape_like": Functions(plan_flat, copy),
    "expand": Functions(plan_flat, expand),
    "mean_grad": Functions(plan_flat, mean_grad),
    "count": Functions(plan_one, count),
    "transpose": Functions(plan_transpose, transpose),
}
