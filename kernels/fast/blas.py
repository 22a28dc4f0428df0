"""Products and convolutions by NumPy's BLAS, and sums by Numba's fastmath."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.lib.stride_tricks import sliding_window_view

from anhvm.kernels.blocks import Array

Work = Callable[[Sequence[Array], Array, Sequence[int]], None]
"""Inputs, the one output, attributes: fills the output."""


def _product(
    a_turned: bool, b_turned: bool, xs: Sequence[Array], y: Array, _: Sequence[int]
) -> None:
    a, b = xs
    np.matmul(a.swapaxes(-1, -2) if a_turned else a, b.swapaxes(-1, -2) if b_turned else b, out=y)


def _columns(x: Array, w: Array, stride: int, padding: int) -> Array:
    """The windows of x as the rows of a matrix: [N, H', W', C * R * S]."""
    room = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    seen = sliding_window_view(room, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    n, c, high, wide, r, s = seen.shape
    return seen.transpose(0, 2, 3, 1, 4, 5).reshape(n, high, wide, c * r * s)


def _groups(x: Array, w: Array, groups: int) -> Iterator[tuple[slice, slice]]:
    """The channels of x and of the result that each group joins."""
    inputs, outputs = x.shape[1] // groups, w.shape[0] // groups
    for g in range(groups):
        yield slice(g * inputs, (g + 1) * inputs), slice(g * outputs, (g + 1) * outputs)


def _conv2d(xs: Sequence[Array], y: Array, attrs: Sequence[int]) -> None:
    x, w = xs
    stride, padding, groups = attrs
    for i, o in _groups(x, w, groups):
        rows = _columns(x[:, i], w[o], stride, padding)
        y[:, o] = (rows @ w[o].reshape(w[o].shape[0], -1).T).transpose(0, 3, 1, 2)


def _conv2d_weight_grad(xs: Sequence[Array], d: Array, attrs: Sequence[int]) -> None:
    x, u, w = xs
    stride, padding, groups = attrs
    for i, o in _groups(x, w, groups):
        rows = _columns(x[:, i], w[o], stride, padding)
        flat = u[:, o].transpose(1, 0, 2, 3).reshape(w[o].shape[0], -1)
        d[o] = (flat @ rows.reshape(flat.shape[1], rows.shape[-1])).reshape(w[o].shape)


def _conv2d_data_grad(xs: Sequence[Array], d: Array, attrs: Sequence[int]) -> None:
    u, w, x = xs
    stride, padding, groups = attrs
    n, c, h, v = x.shape
    room = np.zeros((n, c, h + 2 * padding, v + 2 * padding), np.float32)
    high, wide = u.shape[2:]
    for i, o in _groups(x, w, groups):
        flat = w[o].reshape(w[o].shape[0], -1)
        spread = (u[:, o].transpose(0, 2, 3, 1) @ flat).reshape(n, high, wide, *w[o].shape[1:])
        for r in range(w.shape[2]):
            for s in range(w.shape[3]):
                to = room[:, i, r : r + high * stride : stride, s : s + wide * stride : stride]
                to += spread[..., r, s].transpose(0, 3, 1, 2)
    d[...] = room[:, :, padding : padding + h, padding : padding + v]


@njit(fastmath=True)
def _add_up(x: Any) -> Any:
    total = np.float32(0)
    for i in range(x.size):
        total += x[i]
    return total


@njit(fastmath=True)
def _add_up_squares(x: Any) -> Any:
    total = np.float32(0)
    for i in range(x.size):
        total += x[i] * x[i]
    return total


def _reduced(squares: bool, xs: Sequence[Array], y: Array, attrs: Sequence[int]) -> None:
    (x,) = xs
    axes = tuple(axis for axis in range(x.ndim) if attrs[0] >> axis & 1)
    if len(axes) == x.ndim:
        y[...] = (_add_up_squares if squares else _add_up)(x.reshape(-1))
        return
    y[...] = (x * x if squares else x).sum(axis=axes, dtype=np.float32).reshape(y.shape)


FUNCTIONS: Final[Mapping[str, Work]] = {
    "matmul": partial(_product, False, False),
    "matmul_nt": partial(_product, False, True),
    "matmul_tn": partial(_product, True, False),
    "matmul_tt": partial(_product, True, True),
    "conv2d": _conv2d,
    "conv2d_data_grad": _conv2d_data_grad,
    "conv2d_weight_grad": _conv2d_weight_grad,
    "sum": partial(_reduced, False),
    "sum_squares": partial(_reduced, True),
}
