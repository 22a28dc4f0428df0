"""Every primitive kernel as one short function over NumPy arrays.

A function takes the operands (rank 0 for scalars), the attributes with the trailing scalars behind
them, and the dims of its output, and returns the output as an array that broadcasts to those dims.
f32 operands are flushed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions import (
    attention,
    circular,
    convolution,
    curves,
    floats,
    indexing,
    integers,
    orders,
    parts,
    philox,
    pooling,
    powers,
    reductions,
    scans,
    transcendental,
)
from anhvm.kernels.definitions.matmul import matmul

Array = NDArray[Any]
Dims = tuple[int, ...]
Primitive = Callable[[Sequence[Array], Sequence[int], Dims], Array]


def _plain(function: Callable[..., Array]) -> Primitive:
    """A function of the operands alone; broadcasting is NumPy's."""
    return lambda operands, attrs, dims: function(*operands)


def _product(transpose_a: bool, transpose_b: bool) -> Primitive:
    return lambda operands, attrs, dims: matmul(operands[0], operands[1], transpose_a, transpose_b)


def _reduction(function: Callable[[Array], Array]) -> Primitive:
    """A function of the last axis, on the reduced axes flattened row-major."""
    return lambda operands, attrs, dims: function(_flat(operands[0], attrs[0])).reshape(dims)


def _flat(x: Array, axes: int) -> Array:
    """x with the axes of the mask moved to the end and flattened into one."""
    last = [i for i in range(x.ndim) if axes >> i & 1]
    first = [i for i in range(x.ndim) if not axes >> i & 1]
    kept = tuple(x.shape[i] for i in first)
    return x.transpose(*first, *last).reshape(*kept, prod(x.shape[i] for i in last))


def along(function: Callable[[Array], Array]) -> Primitive:
    """A function of the last axis to as many elements, on the axes flattened row-major."""
    return lambda operands, attrs, dims: _unflat(
        function(_flat(operands[0], attrs[0])), attrs[0], dims
    )


def _unflat(rows: Array, axes: int, dims: Dims) -> Array:
    """What `_flat` made of a tensor of these dims, turned back."""
    order = [i for last in (0, 1) for i in range(len(dims)) if axes >> i & 1 == last]
    return rows.reshape([dims[i] for i in order]).transpose(np.argsort(order))


def _expand(operands: Sequence[Array], attrs: Sequence[int], dims: Dims) -> Array:
    ones = tuple(1 if attrs[0] >> i & 1 else d for i, d in enumerate(dims))
    return np.broadcast_to(operands[0].reshape(ones), dims)


def _count(operands: Sequence[Array], attrs: Sequence[int], dims: Dims) -> Array:
    shape = operands[0].shape
    return np.array(prod(d for i, d in enumerate(shape) if attrs[0] >> i & 1), np.float32)


def _max_grad(operands: Sequence[Array], attrs: Sequence[int], dims: Dims) -> Array:
    x, u = operands
    rows = _flat(x, attrs[0])
    here = np.arange(rows.shape[-1]) == reductions.argmax(rows)[..., None]
    placed = np.where(here, u.reshape(rows.shape[:-1])[..., None], np.float32(0))
    return _unflat(placed, attrs[0], dims)


def _max_pick(operands: Sequence[Array], attrs: Sequence[int], dims: Dims) -> Array:
    x, u = (_flat(operand, attrs[0]) for operand in operands)
    return np.take_along_axis(u, reductions.argmax(x)[..., None], -1).reshape(dims)


def _pick_label(x: Array, label: Array) -> Array:
    return x[np.arange(len(label)), label]


def _place_label(u: Array, label: Array, x: Array) -> Array:
    y = np.zeros_like(x)
    y[np.arange(len(label)), label] = u
    return y


def _one_hot(label: Array, x: Array) -> Array:
    return _place_label(np.ones(len(label), np.float32), label, x)


def _fill(operands: Sequence[Array], attrs: Sequence[int], dims: Dims) -> Array:
    return np.broadcast_to(operands[0], dims)


def _random(function: Callable[[int, int, int], Array]) -> Primitive:
    return lambda operands, attrs, dims: function(
        int(operands[0]), int(operands[1]), prod(dims)
    ).reshape(dims)


def _dropout(operands: Sequence[Array], attrs: Sequence[int], dims: Dims) -> Array:
    x, p, seed, stream = operands
    numbers = philox.uniform(int(seed), int(stream), prod(dims)).reshape(dims)
    one = np.float32(1)
    kept = floats.mul(x, floats.div(one, floats.sub(one, p)))
    return np.where(numbers >= p, kept, np.float32(0))


def _images(function: Callable[..., Array]) -> Primitive:
    """A function of the operands and of all attributes."""
    return lambda operands, attrs, dims: function(*operands, *attrs)


def _reshape(operands: Sequence[Array], attrs: Sequence[int], dims: Dims) -> Array:
    return operands[0].reshape(dims)


PRIMITIVES: Mapping[str, Primitive] = {
    "matmul": _product(False, False),
    "matmul_nt": _product(False, True),
    "matmul_tn": _product(True, False),
    "matmul_tt": _product(True, True),
    "lower": _plain(attention.lower),
    "attention": _plain(attention.attention(False)),
    "attention_causal": _plain(attention.attention(True)),
    "matmul_i8": integers.matmul,
    "quantize": _plain(integers.quantize),
    "requantize": _plain(integers.requantize),
    "dequantize": _plain(integers.dequantize),
    "add": _plain(floats.add),
    "sub": _plain(floats.sub),
    "mul": _plain(floats.mul),
    "div": _plain(floats.div),
    "maximum": _plain(floats.maximum),
    "minimum": _plain(floats.minimum),
    "less": _plain(lambda a, b: a < b),
    "less_equal": _plain(lambda a, b: a <= b),
    "equal": _plain(lambda a, b: a == b),
    "not_equal": _plain(lambda a, b: a != b),
    "equal_i32": _plain(lambda a, b: a == b),
    "select": _plain(np.where),
    "neg": _plain(np.negative),
    "relu": _plain(floats.relu),
    "exp": _plain(transcendental.exp),
    "log": _plain(transcendental.log),
    "tanh": _plain(transcendental.tanh),
    "sqrt": _plain(floats.sqrt),
    "sigmoid": _plain(curves.sigmoid),
    "erf": _plain(curves.erf),
    "sin": _plain(circular.sin),
    "cos": _plain(circular.cos),
    "pow": _plain(powers.power),
    "fma": _plain(floats.fma),
    "permutation": _random(philox.permutation),
    "cumsum": along(scans.cumsum),
    "cumsum_back": along(scans.cumsum_back),
    "sum": _reduction(reductions.rsum),
    "sum_squares": _reduction(reductions.sum_squares),
    "max": _reduction(reductions.rmax),
    "argmax": _reduction(reductions.argmax),
    "expand": _expand,
    "count": _count,
    "max_grad": _max_grad,
    "max_pick": _max_pick,
    "pick_label": _plain(_pick_label),
    "place_label": _plain(_place_label),
    "one_hot": _plain(_one_hot),
    "gather": _plain(indexing.gather),
    "scatter_add": _plain(indexing.scatter_add),
    "take_along": _plain(orders.take_along),
    "place_along": _plain(orders.place_along),
    "top_k_index": lambda operands, attrs, dims: orders.top_k_index(operands[0], attrs[0]),
    "fill": _fill,
    "fill_i32": _fill,
    "uniform": _random(philox.uniform),
    "normal": _random(philox.normal),
    "dropout": _dropout,
    "conv2d": _images(convolution.conv2d),
    "conv2d_data_grad": _images(convolution.data_grad),
    "conv2d_weight_grad": _images(convolution.weight_grad),
    "max_pool2d": _images(pooling.maximum),
    "max_pool2d_grad": _images(pooling.maximum_grad),
    "max_pool2d_pick": _images(pooling.maximum_pick),
    "avg_pool2d": _images(pooling.average),
    "avg_pool2d_grad": _images(pooling.average_grad),
    "reshape": _reshape,
    "reshape_like": _reshape,
    **parts.PRIMITIVES,
    "transpose": _plain(lambda x: np.swapaxes(x, -1, -2)),
    "f32_of_i32": _plain(lambda x: x.astype(np.float32)),
    "f32_of_bool": _plain(lambda x: x.astype(np.float32)),
}
