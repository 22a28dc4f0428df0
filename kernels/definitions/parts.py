"""What cuts, pads, repeats, joins and turns tensors: elements are moved and never looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions.reductions import rsum
from anhvm.kernels.regions import axes_of

Array = NDArray[Any]
Dims = tuple[int, ...]
Primitive = Callable[[Sequence[Array], Sequence[int], Dims], Array]


def _window(begins: Sequence[int], sizes: Dims) -> tuple[slice, ...]:
    return tuple(slice(b, b + n) for b, n in zip(begins, sizes, strict=True))


def _cut(operands: Sequence[Array], numbers: Sequence[int], dims: Dims) -> Array:
    """The part of the output's dims that begins at every other number."""
    return operands[0][_window(numbers[::2], dims)]


def _place(operands: Sequence[Array], numbers: Sequence[int], dims: Dims) -> Array:
    """Zeros, and the first operand where every other number says."""
    y = np.zeros(dims, operands[0].dtype)
    y[_window(numbers[::2], operands[0].shape)] = operands[0]
    return y


def _concat(operands: Sequence[Array], numbers: Sequence[int], dims: Dims) -> Array:
    return np.concatenate(operands, numbers[0])


def _left(operands: Sequence[Array], numbers: Sequence[int], dims: Dims) -> Array:
    return np.split(operands[0], [operands[1].shape[numbers[0]]], numbers[0])[0]


def _right(operands: Sequence[Array], numbers: Sequence[int], dims: Dims) -> Array:
    return np.split(operands[0], [operands[1].shape[numbers[0]]], numbers[0])[1]


def _permute(operands: Sequence[Array], numbers: Sequence[int], dims: Dims) -> Array:
    return operands[0].transpose(axes_of(numbers[0], len(dims)))


def _copies(dims: Dims, axis: int, each: int) -> tuple[int, int]:
    """The elements before and behind the axis of copies; `each` is 1 where elements repeat."""
    return prod(dims[: axis + each]), prod(dims[axis + each :])


def _repeat(each: int) -> Primitive:
    def primitive(operands: Sequence[Array], numbers: Sequence[int], dims: Dims) -> Array:
        axis, times = numbers
        outer, inner = _copies(operands[0].shape, axis, each)
        if not outer * inner:
            return np.zeros(dims, operands[0].dtype)
        x = operands[0].reshape(outer, 1, inner)
        return np.broadcast_to(x, (outer, times, inner)).reshape(dims)

    return primitive


def _repeat_grad(each: int) -> Primitive:
    def primitive(operands: Sequence[Array], numbers: Sequence[int], dims: Dims) -> Array:
        axis, times = numbers
        outer, inner = _copies(dims, axis, each)
        if not outer * inner:
            return np.zeros(dims, np.float32)
        return rsum(operands[0].reshape(outer, times, inner).swapaxes(1, 2)).reshape(dims)

    return primitive


PRIMITIVES: Mapping[str, Primitive] = {
    "slice": _cut,
    "slice_grad": _place,
    "pad": _place,
    "pad_grad": _cut,
    "concat": _concat,
    "concat_left": _left,
    "concat_right": _right,
    "permute": _permute,
    "tile": _repeat(0),
    "tile_grad": _repeat_grad(0),
    "repeat": _repeat(1),
    "repeat_grad": _repeat_grad(1),
}
