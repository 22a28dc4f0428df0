"""conv2d and its gradients (N8): images unfolded in workspace, multiplied as `matmul` does.

A tile of the image kernels is a band of rows of one group of one image; of the weight kernel, some
columns of the weights of one group, for which k runs over all images in slices of whole blocks.
A data gradient falls into phases: positions that meet the same taps of the weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.matmul import BLOCK, WORKSPACE, columns
from anhvm.kernels.cpu.memory import address, attribute, dim, load_f32, planned, store_f32

BAND = 512  # positions of an output that are unfolded together, unless a row has more
SLICE = 4 * BLOCK  # values of k of a weight gradient that are unfolded together
PART = 64  # columns of a weight gradient in a tile
_ZERO = np.float32(0)


@njit(error_model="numpy")
def _line(source: Any, size: Any, start: Any, step: Any, count: Any, to: Any) -> None:
    """to[i] = source[start + i * step], +0 outside of [0, size)."""
    low = 0 if start >= 0 else min(count, (step - 1 - start) // step)
    high = 0 if start >= size else min(count, (size - 1 - start) // step + 1)
    high = max(high, low)
    for i in range(low):
        store_f32(to, i, _ZERO)
    if step == 1:
        for i in range(low, high):
            store_f32(to, i, load_f32(source, start + i))
    else:
        for i in range(low, high):
            store_f32(to, i, load_f32(source, start + i * step))
    for i in range(high, count):
        store_f32(to, i, _ZERO)


@njit(error_model="numpy")
def _plane(
    source: Any, high: Any, wide: Any, top: Any, left: Any, step: Any,
    y0: Any, y1: Any, count: Any, to: Any,
) -> None:  # fmt: skip
    """Rows [y0, y1) of `count` values: element (y, x) is (top + step y, left + step x)."""
    for y in range(y0, y1):
        row, at = top + step * y, to + 4 * (y - y0) * count
        if 0 <= row < high:
            _line(source + 4 * row * wide, wide, left, step, count, at)
        else:
            for i in range(count):
                store_f32(at, i, _ZERO)


@njit(error_model="numpy")
def _rows(wide: Any) -> Any:
    """Rows of `wide` positions in a band."""
    return max(1, BAND // max(wide, 1))


@njit(error_model="numpy")
def _bands(high: Any, wide: Any) -> Any:
    return (high + _rows(wide) - 1) // _rows(wide)


def plan_forward(p: Any) -> Any:
    high, wide = dim(p, 2, 2), dim(p, 2, 3)
    depth = dim(p, 1, 1) * dim(p, 1, 2) * dim(p, 1, 3)
    tiles = dim(p, 0, 0) * attribute(p, 2) * _bands(high, wide)
    return planned(p, tiles, WORKSPACE + 4 * depth * _rows(wide) * wide)


def conv2d(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    stride, padding, groups = attribute(p, 0), attribute(p, 1), attribute(p, 2)
    image_high, image_wide = dim(p, 0, 2), dim(p, 0, 3)
    out, own, rows, across = dim(p, 1, 0), dim(p, 1, 1), dim(p, 1, 2), dim(p, 1, 3)
    high, wide = dim(p, 2, 2), dim(p, 2, 3)
    mine, depth = out // groups, own * rows * across
    bands, plane = _bands(high, wide), 4 * image_high * image_wide
    unfolded = ws + WORKSPACE
    for t in range(lo, hi):
        place, band = t // bands, t % bands
        group = place % groups
        y0 = band * _rows(wide)
        y1 = min(y0 + _rows(wide), high)
        count = (y1 - y0) * wide
        x = address(p, 0) + place * own * plane
        for k in range(depth):
            c, tap = k // (rows * across), k % (rows * across)
            top, left = tap // across - padding, tap % across - padding
            to = unfolded + 4 * k * count
            _plane(x + c * plane, image_high, image_wide, top, left, stride, y0, y1, wide, to)
        w = address(p, 1) + 4 * group * mine * depth
        y = address(p, 2) + 4 * (place * mine * high * wide + y0 * wide)
        columns(
            w, unfolded, y, mine, high * wide, depth, 0, mine, 0, count, ws, False, False, count,
            True,
        )  # fmt: skip
    return 1


@njit(error_model="numpy")
def _phase(size: Any, stride: Any) -> Any:
    """Positions of an axis that share one phase, at most."""
    return (size + stride - 1) // stride


def plan_data(p: Any) -> Any:
    stride, groups = attribute(p, 0), attribute(p, 2)
    high, wide = _phase(dim(p, 3, 2), stride), _phase(dim(p, 3, 3), stride)
    own = dim(p, 1, 1)
    taps = _phase(dim(p, 1, 2), stride) * _phase(dim(p, 1, 3), stride)
    depth = dim(p, 1, 0) // groups * taps
    most = _rows(wide) * wide
    room = WORKSPACE + 4 * (depth * most + depth * own + own * most)
    return planned(p, dim(p, 3, 0) * groups * _bands(high, wide), room)


@njit(error_model="numpy")
def _data_phase(p: Any, place: Any, r0: Any, s0: Any, y0: Any, y1: Any, ws: Any) -> None:
    """Rows [y0, y1) of the positions that meet the taps r0, r0 + stride, ... and s0, ... ."""
    stride, padding, groups = attribute(p, 0), attribute(p, 1), attribute(p, 2)
    given_high, given_wide = dim(p, 0, 2), dim(p, 0, 3)
    out, own, rows, across = dim(p, 1, 0), dim(p, 1, 1), dim(p, 1, 2), dim(p, 1, 3)
    high, wide = dim(p, 3, 2), dim(p, 3, 3)
    top, left = (r0 - padding) % stride, (s0 - padding) % stride
    y1 = min(y1, (high - top + stride - 1) // stride)
    broad = (wide - left + stride - 1) // stride
    if y0 >= y1 or broad <= 0:
        return
    count, mine, group = (y1 - y0) * broad, out // groups, place % groups
    some_r, some_s = _phase(rows - r0, stride), _phase(across - s0, stride)
    depth = mine * some_r * some_s
    weights = ws + WORKSPACE
    unfolded = weights + 4 * depth * own
    result = unfolded + 4 * depth * count
    u = address(p, 0) + 4 * place * mine * given_high * given_wide
    w = address(p, 1) + 4 * group * mine * own * rows * across
    for o in range(mine):
        for i in range(some_r):
            for j in range(some_s):
                r, s = r0 + i * stride, s0 + j * stride
                k = (o * some_r + i) * some_s + j
                for c in range(own):
                    value = load_f32(w, ((o * own + c) * rows + r) * across + s)
                    store_f32(weights, c * depth + k, value)
                source = u + 4 * o * given_high * given_wide
                above, before = (top + padding - r) // stride, (left + padding - s) // stride
                to = unfolded + 4 * k * count
                _plane(source, given_high, given_wide, above, before, 1, y0, y1, broad, to)
    columns(
        weights, unfolded, result, own, count, depth, 0, own, 0, count, ws, False, False, count,
        True,
    )  # fmt: skip
    d = address(p, 3) + 4 * place * own * high * wide
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
    for t in range(lo, hi):
        place, y0 = t // bands, t % bands * per
        first, last = y0 * stride, min((y0 + per) * stride, high)
        if rows < stride or across < stride:  # positions that no weight meets
            for c in range(own):
                at = address(p, 3) + 4 * ((place * own + c) * high + first) * wide
                for i in range((last - first) * wide):
                    store_f32(at, i, _ZERO)
        for r0 in range(min(rows, stride)):
            for s0 in range(min(across, stride)):
                _data_phase(p, place, r0, s0, y0, y0 + per, ws)
    return 1


@njit(error_model="numpy")
def _parts(depth: Any) -> Any:
    return (depth + PART - 1) // PART


def plan_weight(p: Any) -> Any:
    groups = attribute(p, 2)
    depth = dim(p, 3, 1) * dim(p, 3, 2) * dim(p, 3, 3)
    rows = dim(p, 3, 0) // groups + PART
    return planned(p, groups * _parts(depth), WORKSPACE + 4 * rows * SLICE)


@njit(error_model="numpy")
def _positions(
    source: Any, high: Any, wide: Any, top: Any, left: Any, step: Any,
    q: Any, count: Any, across: Any, to: Any,
) -> None:  # fmt: skip
    """Values of a plane at positions [q, q + count), row-major over rows of `across`."""
    done = 0
    while done < count:
        y, x = (q + done) // across, (q + done) % across
        length, row, at = min(across - x, count - done), top + step * y, to + 4 * done
        if 0 <= row < high:
            _line(source + 4 * row * wide, wide, left + step * x, step, length, at)
        else:
            for i in range(length):
                store_f32(at, i, _ZERO)
        done += length


def weight_grad(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    stride, padding, groups = attribute(p, 0), attribute(p, 1), attribute(p, 2)
    images, channels = dim(p, 0, 0), dim(p, 0, 1)
    image_high, image_wide = dim(p, 0, 2), dim(p, 0, 3)
    out, own, rows, across = dim(p, 3, 0), dim(p, 3, 1), dim(p, 3, 2), dim(p, 3, 3)
    high, wide = dim(p, 1, 2), dim(p, 1, 3)
    mine, depth = out // groups, own * rows * across
    plane, size = 4 * image_high * image_wide, high * wide
    left_at = ws + WORKSPACE
    right_at = left_at + 4 * mine * SLICE
    for t in range(lo, hi):
        group, first = t // _parts(depth), t % _parts(depth) * PART
        last = min(first + PART, depth)
        d = address(p, 3) + 4 * (group * mine * depth + first)
        q = 0
        while q == 0 or q < images * size:
            length = min(SLICE, images * size - q)
            done = 0
            while done < length:
                image, at = (q + done) // size, (q + done) % size
                some = min(size - at, length - done)
                u = address(p, 1) + 4 * ((image * out + group * mine) * size + at)
                for o in range(mine):
                    to = left_at + 4 * (o * length + done)
                    for i in range(some):
                        store_f32(to, i, load_f32(u, o * size + i))
                x = address(p, 0) + (image * channels + group * own) * plane
                for k in range(first, last):
                    c, tap = k // (rows * across), k % (rows * across)
                    top, left = tap // across - padding, tap % across - padding
                    to = right_at + 4 * ((k - first) * length + done)
                    _positions(
                        x + c * plane, image_high, image_wide, top, left, stride, at, some, wide, to
                    )
                done += some
            columns(
                left_at, right_at, d, mine, depth, length, 0, mine, 0, last - first, ws, False,
                True, depth, q == 0,
            )  # fmt: skip
            q += SLICE
    return 1


FUNCTIONS: Mapping[str, Functions] = {
    "conv2d": Functions(plan_forward, conv2d),
    "conv2d_data_grad": Functions(plan_data, data_grad),
    "conv2d_weight_grad": Functions(plan_weight, weight_grad),
}
