"""Pools over square windows of the last two axes.

x is f32[*B,H,W], y and u are f32[*B,Y,X].  Positions of the padding are not there for a maximum and
+0 for an average; ties go to the first element, row-major; gradients add up in ascending position.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions.floats import F32, add, div, mul
from anhvm.kernels.definitions.reductions import argmax, rmax

Array = NDArray[Any]


def _taps(height: int, width: int, y: int, x: int, stride: int, padding: int, size: int) -> Array:
    """Positions in a plane of H*W that window (y, x) covers, ascending."""
    rows = np.arange(size) + y * stride - padding
    across = np.arange(size) + x * stride - padding
    rows, across = rows[(rows >= 0) & (rows < height)], across[(across >= 0) & (across < width)]
    return (rows[:, None] * width + across).reshape(-1)


def _windows(x: Array, stride: int, padding: int, size: int) -> list[tuple[int, Array]]:
    """(position of the output, positions of the input), ascending."""
    height, width = x.shape[-2:]
    high, wide = ((n + 2 * padding - size) // stride + 1 for n in (height, width))
    return [
        (y * wide + at, _taps(height, width, y, at, stride, padding, size))
        for y in range(high)
        for at in range(wide)
    ]


def _pooled(x: Array, stride: int, padding: int, size: int) -> Array:
    high, wide = ((n + 2 * padding - size) // stride + 1 for n in x.shape[-2:])
    return np.zeros((*x.shape[:-2], high * wide), x.dtype)


def _outputs(x: Array, flat: Array, stride: int, padding: int, size: int) -> Array:
    high, wide = ((n + 2 * padding - size) // stride + 1 for n in x.shape[-2:])
    return flat.reshape(*x.shape[:-2], high, wide)


def _flat(x: Array) -> Array:
    return x.reshape(*x.shape[:-2], x.shape[-2] * x.shape[-1])


def maximum(x: F32, stride: int, padding: int, size: int) -> F32:
    """The greatest of each window."""
    y, flat = _pooled(x, stride, padding, size), _flat(x)
    for to, taps in _windows(x, stride, padding, size):
        some = flat[..., taps]
        y[..., to] = rmax(some) if some.dtype == np.float32 else some.max(-1)
    return _outputs(x, y, stride, padding, size)


def maximum_pick(x: F32, v: F32, stride: int, padding: int, size: int) -> F32:
    """The element of v at the greatest of each window of x."""
    y, flat, values = _pooled(v, stride, padding, size), _flat(x), _flat(v)
    for to, taps in _windows(x, stride, padding, size):
        place = taps[argmax(flat[..., taps])][..., None]
        y[..., to] = np.take_along_axis(values, place, -1)[..., 0]
    return _outputs(x, y, stride, padding, size)


def maximum_grad(x: F32, u: F32, stride: int, padding: int, size: int) -> F32:
    """Adds u of each window at its greatest element."""
    d, flat, given = np.zeros_like(_flat(x)), _flat(x), _flat(u)
    for to, taps in _windows(x, stride, padding, size):
        place = taps[argmax(flat[..., taps])][..., None]
        old = np.take_along_axis(d, place, -1)
        np.put_along_axis(d, place, _sum(old, given[..., to, None]), -1)
    return d.reshape(x.shape)


def average(x: F32, stride: int, padding: int, size: int) -> F32:
    """Sum of each window from +0 in row-major order, times 1 / size^2."""
    y, flat = _pooled(x, stride, padding, size), _flat(x)
    for to, taps in _windows(x, stride, padding, size):
        for tap in taps:
            y[..., to] = _sum(y[..., to], flat[..., tap])
    return _outputs(x, _scaled(y, size), stride, padding, size)


def average_grad(u: F32, x: F32, stride: int, padding: int, size: int) -> F32:
    """Adds u / size^2 of each window to all its elements; x only gives the shape."""
    d, given = np.zeros(_flat(x).shape, u.dtype), _scaled(_flat(u), size)
    for to, taps in _windows(x, stride, padding, size):
        d[..., taps] = _sum(d[..., taps], given[..., to, None])
    return d.reshape(x.shape)


def _sum(a: Array, b: Array) -> Array:
    """Of binary32 by the law; of real numbers (checks of gradients) as they are."""
    return add(a, b) if a.dtype == np.float32 else a + b


def _scaled(a: Array, size: int) -> Array:
    area = np.float32(size * size)
    return mul(a, div(np.float32(1), area)) if a.dtype == np.float32 else a / float(area)
