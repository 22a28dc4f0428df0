"""conv2d and its gradients (N8), as matrix products of unfolded images.

x is f32[N,C,H,W], w is f32[O,C/groups,R,S], y and u are f32[N,O,Y,X].  `product` multiplies
matrices: that of N7, or any other for checks on real numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions.matmul import matmul

Array = NDArray[Any]
Product = Callable[[Array, Array], Array]


def conv2d(
    x: Array, w: Array, stride: int, padding: int, groups: int, product: Product = matmul
) -> Array:
    """y[n,o] = products of the weights of o with every window, k over (c, r, s) of the group."""
    out, _, *size = w.shape
    columns = _windows(x, size[0], size[1], stride, padding, groups)  # [N,G,C,R,S,Y,X]
    *_, height, width = columns.shape
    flat = columns.reshape(len(x), groups, w[0].size, height * width)
    weights = w.reshape(groups, out // groups, w[0].size)
    left = np.broadcast_to(weights, (len(x), *weights.shape))
    return product(left, flat).reshape(len(x), out, height, width)


def weight_grad(
    x: Array,
    u: Array,
    w: Array,
    stride: int,
    padding: int,
    groups: int,
    product: Product = matmul,
) -> Array:
    """k over (n, y, x); w only gives the shape."""
    out, _, *size = w.shape
    columns = _windows(x, size[0], size[1], stride, padding, groups)
    flat = columns.transpose(1, 0, 5, 6, 2, 3, 4).reshape(groups, u[:, 0].size, w[0].size)
    left = u.reshape(len(u), groups, out // groups, u.shape[2] * u.shape[3]).transpose(1, 2, 0, 3)
    return product(left.reshape(groups, out // groups, flat.shape[1]), flat).reshape(w.shape)


def data_grad(
    u: Array,
    w: Array,
    x: Array,
    stride: int,
    padding: int,
    groups: int,
    product: Product = matmul,
) -> Array:
    """k over (o, r, s) of the positions that the stride does not skip; x only gives the shape."""
    count, _, height, width = x.shape
    out, own, *size = w.shape
    result = np.zeros(x.shape, u.dtype)
    if not result.size:
        return result
    grouped = u.reshape(count, groups, out // groups, *u.shape[2:])
    weights = w.reshape(groups, out // groups, own, *size)
    for top in range(min(stride, height)):
        for left in range(min(stride, width)):
            rows = [r for r in range(size[0]) if (top + padding - r) % stride == 0]
            across = [s for s in range(size[1]) if (left + padding - s) % stride == 0]
            target = result[:, :, top::stride, left::stride]
            high, wide = target.shape[2:]
            columns = np.zeros(
                (count, groups, out // groups, len(rows), len(across), high, wide), u.dtype
            )
            for i, r in enumerate(rows):
                for j, s in enumerate(across):
                    first_y, first_x = (top + padding - r) // stride, (left + padding - s) // stride
                    columns[:, :, :, i, j] = _shifted(grouped, first_y, first_x, 1, high, wide)
            taps = weights[:, :, :, rows][..., across].transpose(0, 2, 1, 3, 4)
            taps = np.broadcast_to(
                taps.reshape(groups, own, taps[0, 0].size), (count, groups, own, taps[0, 0].size)
            )
            flat = columns.reshape(count, groups, taps.shape[-1], high * wide)
            target[...] = product(taps, flat).reshape(target.shape)
    return result


def _windows(x: Array, rows: int, across: int, stride: int, padding: int, groups: int) -> Array:
    """f32[N,G,C/G,R,S,Y,X]: what each weight meets at each position of the output."""
    count, channels, height, width = x.shape
    high = (height + 2 * padding - rows) // stride + 1
    wide = (width + 2 * padding - across) // stride + 1
    grouped = x.reshape(count, groups, channels // groups, height, width)
    result = np.zeros((*grouped.shape[:3], rows, across, high, wide), x.dtype)
    for r in range(rows):
        for s in range(across):
            result[:, :, :, r, s] = _shifted(grouped, r - padding, s - padding, stride, high, wide)
    return result


def _shifted(x: Array, top: int, left: int, step: int, high: int, wide: int) -> Array:
    """x[..., top + step i, left + step j] for i < high, j < wide; +0 outside of x."""
    rows, across = top + step * np.arange(high), left + step * np.arange(wide)
    good_rows = (rows >= 0) & (rows < x.shape[-2])
    good_across = (across >= 0) & (across < x.shape[-1])
    result = np.zeros((*x.shape[:-2], high, wide), x.dtype)
    inside = x[..., rows[good_rows], :][..., across[good_across]]
    result[..., np.ix_(good_rows, good_across)[0], np.ix_(good_rows, good_across)[1]] = inside
    return result
