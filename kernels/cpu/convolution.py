"""conv2d and its gradient for the image (N8): a matrix times windows, as `windows` multiplies.

A tile is a band of rows of one group of one image.  Rows of the image that a stride keeps apart
are laid apart.  A data gradient falls into *phases*: positions that meet the same taps.
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
    planned,
    store_f32,
    store_i64,
)
from anhvm.kernels.cpu.planes import SLACK, lay
from anhvm.kernels.cpu.windows import SPILL, multiply_windows, pack_matrix

BAND = 1024  # positions of an output in a tile, unless a row has more
_ZERO = np.float32(0)


@njit(error_model="numpy")
def _rows(wide: Any) -> Any:
    """Rows of `wide` positions in a band."""
    return max(1, BAND // max(wide, 1))


@njit(error_model="numpy")
def _bands(high: Any, wide: Any) -> Any:
    return (high + _rows(wide) - 1) // _rows(wide)


@njit(error_model="numpy")
def _phase(size: Any, stride: Any) -> Any:
    """Positions of an axis that share one phase, at most."""
    return (size + stride - 1) // stride


@njit(error_model="numpy")
def _room(m: Any, depth: Any, planes: Any) -> Any:
    """Workspace: taps, packed weights, planes of so many floats."""
    return 8 * depth + 4 * (m * depth + SPILL) + 4 * (planes + SLACK)


def plan_forward(p: Any) -> Any:
    stride = attribute(p, 0)
    high, wide = dim(p, 2, 2), dim(p, 2, 3)
    own, rows, across = dim(p, 1, 1), dim(p, 1, 2), dim(p, 1, 3)
    planes = own * stride * across * (_rows(wide) - 1 + _phase(rows, stride)) * wide
    tiles = dim(p, 0, 0) * attribute(p, 2) * _bands(high, wide)
    mine = dim(p, 1, 0) // attribute(p, 2)
    return planned(p, tiles, _room(mine, own * rows * across, planes))


def conv2d(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    stride, padding, groups = attribute(p, 0), attribute(p, 1), attribute(p, 2)
    image_high, image_wide = dim(p, 0, 2), dim(p, 0, 3)
    own, rows, across = dim(p, 1, 1), dim(p, 1, 2), dim(p, 1, 3)
    high, wide = dim(p, 2, 2), dim(p, 2, 3)
    mine, depth, bands = dim(p, 1, 0) // groups, own * rows * across, _bands(high, wide)
    packed = ws + 8 * depth
    laid = packed + 4 * (mine * depth + SPILL)
    held, held_lines = -1, -1
    for t in range(lo, hi):
        place, y0 = t // bands, t % bands * _rows(wide)
        group, count_high = place % groups, min(high - y0, _rows(wide))
        lines = count_high - 1 + _phase(rows, stride)
        if group != held:
            pack_matrix(address(p, 1) + 4 * group * mine * depth, mine, depth, packed)
            held = group
        if lines != held_lines:
            held_lines = lines
            for k in range(depth):
                c, r, s = k // (rows * across), k // across % rows, k % across
                plane = (c * stride + r % stride) * across + s
                store_i64(ws, k, 4 * (plane * lines + r // stride) * wide)
        x, to = address(p, 0) + 4 * place * own * image_high * image_wide, laid
        for _ in range(own):
            for i in range(stride):
                for s in range(across):
                    top, left = y0 * stride + i - padding, s - padding
                    lay(x, image_high, image_wide, top, left, stride, lines, wide, to)
                    to += 4 * lines * wide
            x += 4 * image_high * image_wide
        y = address(p, 2) + 4 * (place * mine * high * wide + y0 * wide)
        multiply_windows(packed, mine, depth, laid, ws, count_high * wide, y, high * wide)
    return 1


def plan_data(p: Any) -> Any:
    stride, groups = attribute(p, 0), attribute(p, 2)
    high, wide = _phase(dim(p, 3, 2), stride), _phase(dim(p, 3, 3), stride)
    own, mine = dim(p, 1, 1), dim(p, 1, 0) // groups
    rows, across = _phase(dim(p, 1, 2), stride), _phase(dim(p, 1, 3), stride)
    depth, most = mine * rows * across, _rows(wide)
    room = _room(own, depth, mine * across * (most - 1 + rows) * wide)
    return planned(
        p, dim(p, 3, 0) * groups * _bands(high, wide), room + 4 * own * (depth + most * wide)
    )


@njit(error_model="numpy")
def _turn(p: Any, group: Any, r0: Any, s0: Any, to: Any) -> None:
    """Weights of the taps r0, r0 + stride, ... and s0, ..., a row for each channel of the image."""
    stride, mine = attribute(p, 0), dim(p, 1, 0) // attribute(p, 2)
    own, rows, across = dim(p, 1, 1), dim(p, 1, 2), dim(p, 1, 3)
    w, k = address(p, 1) + 4 * group * mine * own * rows * across, 0
    depth = mine * _phase(rows - r0, stride) * _phase(across - s0, stride)
    for o in range(mine):
        for r in range(r0, rows, stride):
            for s in range(s0, across, stride):
                for c in range(own):
                    value = load_f32(w, ((o * own + c) * rows + r) * across + s)
                    store_f32(to, c * depth + k, value)
                k += 1


@njit(error_model="numpy")
def _data_phase(
    p: Any, place: Any, r0: Any, s0: Any, y0: Any, y1: Any, ws: Any, turned: Any
) -> None:
    """Rows [y0, y1) of the positions that meet the taps r0, r0 + stride, ... and s0, ... .

    `turned`: the weights in workspace are those of this phase already.
    """
    stride, padding, groups = attribute(p, 0), attribute(p, 1), attribute(p, 2)
    given_high, given_wide = dim(p, 0, 2), dim(p, 0, 3)
    own, high, wide = dim(p, 1, 1), dim(p, 3, 2), dim(p, 3, 3)
    top, left = (r0 - padding) % stride, (s0 - padding) % stride
    y1 = min(y1, (high - top + stride - 1) // stride)
    broad = (wide - left + stride - 1) // stride
    if y0 >= y1 or broad <= 0:
        return
    mine = dim(p, 1, 0) // groups
    some_r, some_s = _phase(dim(p, 1, 2) - r0, stride), _phase(dim(p, 1, 3) - s0, stride)
    depth, count, lines = mine * some_r * some_s, (y1 - y0) * broad, y1 - y0 - 1 + some_r
    packed = ws + 8 * depth
    laid = packed + 4 * (own * depth + SPILL)
    weights = laid + 4 * (mine * some_s * lines * broad + SLACK)
    result = weights + 4 * own * depth
    if not turned:
        _turn(p, place % groups, r0, s0, weights)
        pack_matrix(weights, own, depth, packed)
    for k in range(depth):
        o, i, j = k // (some_r * some_s), k // some_s % some_r, k % some_s
        store_i64(ws, k, 4 * ((o * some_s + j) * lines + some_r - 1 - i) * broad)
    u = address(p, 0) + 4 * place * mine * given_high * given_wide
    above = y0 + (top + padding - r0) // stride - (some_r - 1)
    before = (left + padding - s0) // stride
    for o in range(mine):
        source = u + 4 * o * given_high * given_wide
        for j in range(some_s):
            to = laid + 4 * (o * some_s + j) * lines * broad
            lay(source, given_high, given_wide, above, before - j, 1, lines, broad, to)
    d = address(p, 3) + 4 * place * own * high * wide
    if stride == 1:
        multiply_windows(packed, own, depth, laid, ws, count, d + 4 * y0 * wide, high * wide)
        return
    multiply_windows(packed, own, depth, laid, ws, count, result, count)
    for c in range(own):
        for y in range(y0, y1):
            at = (c * high + top + y * stride) * wide + left
            for x in range(broad):
                value = load_f32(result, c * count + (y - y0) * broad + x)
                store_f32(d, at + x * stride, value)


def data_grad(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    stride = attribute(p, 0)
    own, rows, across = dim(p, 1, 1), dim(p, 1, 2), dim(p, 1, 3)
    high, wide = dim(p, 3, 2), dim(p, 3, 3)
    per = _rows(_phase(wide, stride))
    bands = _bands(_phase(high, stride), _phase(wide, stride))
    held = -1
    for t in range(lo, hi):
        place, y0 = t // bands, t % bands * per
        group, first, last = place % attribute(p, 2), y0 * stride, min((y0 + per) * stride, high)
        if rows < stride or across < stride:  # positions that no weight meets
            for c in range(own):
                at = address(p, 3) + 4 * ((place * own + c) * high + first) * wide
                for i in range((last - first) * wide):
                    store_f32(at, i, _ZERO)
        for r0 in range(min(rows, stride)):
            for s0 in range(min(across, stride)):
                turned = group == held and stride == 1
                _data_phase(p, place, r0, s0, y0, y0 + per, ws, turned)
        held = group
    return 1


FUNCTIONS: Mapping[str, Functions] = {
    "conv2d": Functions(plan_forward, conv2d),
    "conv2d_data_grad": Functions(plan_data, data_grad),
}
