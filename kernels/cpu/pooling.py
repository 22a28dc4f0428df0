"""Pools over square windows, bit for bit those of `definitions.pooling`; a tile is a plane.

The windows of a row of the output go side by side: for each tap in turn, all of them take one more
element.  A maximum does not care for the order: its columns go first.  Maxima are compared by the
keys of `maxima`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import (
    address,
    attribute,
    dim,
    load_f32,
    load_i32,
    numel,
    planned,
    rank,
    store_f32,
    store_i32,
)
from anhvm.kernels.cpu.pools_ir import (
    make_columns,
    make_greatest,
    make_neighbours,
    make_places,
    make_spread,
)
from anhvm.kernels.cpu.target import tile

_greatest, _spread = make_greatest(tile().lanes), make_spread(tile().lanes)
_columns, _neighbours = make_columns(tile().lanes), make_neighbours(tile().lanes)
_first_greatest = make_places(tile().lanes)
_FEW = min(8, tile().lanes)
_few_greatest, _few_spread = make_greatest(_FEW), make_spread(_FEW)
_ZERO = np.float32(0)
_ONE = np.float32(1)
_LEAST = np.int32(-(2**31))


@njit(error_model="numpy")
def _planes(p: Any, x: Any, y: Any) -> Any:
    """(H, W, Y, X) of operands x and y."""
    last = rank(p, x) - 1
    return dim(p, x, last - 1), dim(p, x, last), dim(p, y, last - 1), dim(p, y, last)


@njit(error_model="numpy")
def _span(wide: Any, left: Any, stride: Any, count: Any) -> Any:
    """The x below `count` with 0 <= left + x * stride < wide: from, to."""
    low = 0 if left >= 0 else (stride - 1 - left) // stride
    high = 0 if left >= wide else min(count, (wide - 1 - left) // stride + 1)
    return low, high


def _plan(x: int, y: int) -> Any:
    def plan(p: Any) -> Any:
        high, wide, _, across = _planes(p, x, y)
        return planned(p, numel(p, x) // max(high * wide, 1), 4 * across)

    return plan


def _maximum_plan(p: Any) -> Any:
    high, wide, _, _ = _planes(p, 0, 1)
    return planned(p, numel(p, 0) // max(high * wide, 1), 8 * (wide + 2 * attribute(p, 1)))


@njit(error_model="numpy")
def _pairs(p: Any) -> Any:
    """Whether windows are two by two and side by side."""
    return attribute(p, 0) == 2 and attribute(p, 1) == 0 and attribute(p, 2) == 2


def maximum(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    stride, padding, size = attribute(p, 0), attribute(p, 1), attribute(p, 2)
    high, wide, rows, across = _planes(p, 0, 1)
    if _pairs(p):
        for t in range(lo, hi):
            for row in range(rows):
                x = address(p, 0) + 4 * (t * high + 2 * row) * wide
                y = address(p, 1) + 4 * (t * rows + row) * across
                if across <= _FEW:
                    _few_greatest(x, x + 4 * wide, y, across)
                else:
                    _greatest(x, x + 4 * wide, y, across)
        return 1
    keys, between = ws + 4 * padding, ws + 4 * (wide + 2 * padding)
    for i in range(padding):
        store_i32(ws, i, _LEAST)
        store_i32(keys + 4 * wide, i, _LEAST)
    for t in range(lo, hi):
        x = address(p, 0) + 4 * t * high * wide
        for row in range(rows):
            y = address(p, 1) + 4 * (t * rows + row) * across
            top = row * stride - padding
            first, last = max(top, 0), min(top + size, high)
            _columns(x + 4 * first * wide, wide, last - first, keys, wide)
            if stride == 1:
                _neighbours(ws, size, y, across)
                continue
            _neighbours(ws, size, between, (across - 1) * stride + 1)
            for i in range(across):
                store_f32(y, i, load_f32(between, i * stride))
    return 1


@njit(error_model="numpy")
def _places(
    x: Any, high: Any, wide: Any, row: Any, across: Any, stride: Any, padding: Any, size: Any,
    places: Any,
) -> None:  # fmt: skip
    """Positions in the plane of the first greatest of each window of a row."""
    top = row * stride - padding
    first, last = max(top, 0), min(top + size, high)
    _first_greatest(x, wide, first, last - first, stride, -padding, size, places, across)


@njit(error_model="numpy")
def _spread_pairs(p: Any, t: Any) -> None:
    """The gradient of one plane; what no window meets is +0."""
    high, wide, rows, across = _planes(p, 0, 1)
    for row in range(rows):
        at = 4 * (t * high + 2 * row) * wide
        x, d = address(p, 0) + at, address(p, 2) + at
        u = address(p, 1) + 4 * (t * rows + row) * across
        if across <= _FEW:
            _few_spread(x, x + 4 * wide, u, d, d + 4 * wide, across)
        else:
            _spread(x, x + 4 * wide, u, d, d + 4 * wide, across)
        if wide % 2:
            store_f32(d, wide - 1, _ZERO)
            store_f32(d, 2 * wide - 1, _ZERO)
    if high % 2:
        d = address(p, 2) + 4 * (t * high + high - 1) * wide
        for i in range(wide):
            store_f32(d, i, _ZERO)


def maximum_grad(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    stride, padding, size = attribute(p, 0), attribute(p, 1), attribute(p, 2)
    high, wide, rows, across = _planes(p, 0, 1)
    if _pairs(p):
        for t in range(lo, hi):
            _spread_pairs(p, t)
        return 1
    for t in range(lo, hi):
        x, d = address(p, 0) + 4 * t * high * wide, address(p, 2) + 4 * t * high * wide
        for i in range(high * wide):
            store_f32(d, i, _ZERO)
        for row in range(rows):
            u = address(p, 1) + 4 * (t * rows + row) * across
            _places(x, high, wide, row, across, stride, padding, size, ws)
            for i in range(across):
                place = load_i32(ws, i)
                store_f32(d, place, load_f32(d, place) + load_f32(u, i))
    return 1


def maximum_pick(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    stride, padding, size = attribute(p, 0), attribute(p, 1), attribute(p, 2)
    high, wide, rows, across = _planes(p, 0, 2)
    for t in range(lo, hi):
        x, v = address(p, 0) + 4 * t * high * wide, address(p, 1) + 4 * t * high * wide
        for row in range(rows):
            y = address(p, 2) + 4 * (t * rows + row) * across
            _places(x, high, wide, row, across, stride, padding, size, ws)
            for i in range(across):
                store_f32(y, i, load_f32(v, load_i32(ws, i)))
    return 1


def average(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    stride, padding, size = attribute(p, 0), attribute(p, 1), attribute(p, 2)
    high, wide, rows, across = _planes(p, 0, 1)
    share = _ONE / np.float32(size * size)
    for t in range(lo, hi):
        x = address(p, 0) + 4 * t * high * wide
        for row in range(rows):
            y = address(p, 1) + 4 * (t * rows + row) * across
            for i in range(across):
                store_f32(ws, i, _ZERO)
            for r in range(row * stride - padding, row * stride - padding + size):
                if r < 0 or r >= high:
                    continue
                for s in range(-padding, size - padding):
                    first, last = _span(wide, s, stride, across)
                    at = r * wide + s
                    for i in range(first, last):
                        store_f32(ws, i, load_f32(ws, i) + load_f32(x, at + i * stride))
            for i in range(across):
                store_f32(y, i, load_f32(ws, i) * share)
    return 1


def average_grad(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    stride, padding, size = attribute(p, 0), attribute(p, 1), attribute(p, 2)
    high, wide, rows, across = _planes(p, 1, 0)
    share = _ONE / np.float32(size * size)
    for t in range(lo, hi):
        d = address(p, 2) + 4 * t * high * wide
        for i in range(high * wide):
            store_f32(d, i, _ZERO)
        for row in range(rows):
            u = address(p, 0) + 4 * (t * rows + row) * across
            top = row * stride - padding
            for r in range(max(top, 0), min(top + size, high)):
                for i in range(across):
                    value = load_f32(u, i) * share
                    left = i * stride - padding
                    for s in range(max(left, 0), min(left + size, wide)):
                        store_f32(d, r * wide + s, load_f32(d, r * wide + s) + value)
    return 1


FUNCTIONS: Mapping[str, Functions] = {
    "max_pool2d": Functions(_maximum_plan, maximum),
    "max_pool2d_grad": Functions(_plan(0, 1), maximum_grad),
    "max_pool2d_pick": Functions(_plan(0, 2), maximum_pick),
    "avg_pool2d": Functions(_plan(0, 1), average),
    "avg_pool2d_grad": Functions(_plan(1, 0), average_grad),
}
