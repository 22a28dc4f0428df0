"""The kernels on real numbers: binary64 NumPy, for checks of gradients by finite differences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions import convolution, philox
from anhvm.kernels.definitions.call import NUMPY, evaluate
from anhvm.kernels.definitions.primitives import PRIMITIVES, along
from anhvm.kernels.programs import parse_program
from anhvm.kernels.shapes import Type, infer
from anhvm.kernels.signature import DType
from anhvm.kernels.table import BY_NAME

Array = NDArray[Any]
F32 = DType.F32


def _axes(x: Array, mask: int) -> tuple[int, ...]:
    return tuple(i for i in range(x.ndim) if mask >> i & 1)


def _dropout(x: Array, p: Array, seed: Array, stream: Array) -> Array:
    numbers = philox.uniform(int(seed), int(stream), x.size).reshape(x.shape)
    return np.where(numbers >= p, x / (1 - p), 0.0)


def _scatter_add(w: Array, index: Array, u: Array) -> Array:
    y = np.array(w)
    np.add.at(y, index, u)
    return y


def _sum_of_copies(name: str, u: Array, axis: int, times: int, dims: tuple[int, ...]) -> Array:
    at = axis + (name == "repeat_grad")
    total: Array = u.reshape(*dims[:at], times, *dims[at:]).sum(at)
    return total


def _place_along(u: Array, index: Array, x: Array) -> Array:
    d = np.zeros(x.shape)
    for at in np.ndindex(index.shape):
        d[(*at[:-1], index[at])] += u[at]
    return d


def _attention(q: Array, k: Array, v: Array, scale: Array, causal: bool) -> Array:
    scores = q @ k.swapaxes(-1, -2) * scale
    if causal:
        scores = np.where(np.tri(*scores.shape[-2:]) > 0, scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    y: Array = weights @ v / weights.sum(-1, keepdims=True)
    return y


PLAIN: Mapping[str, Any] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "pow": np.power,
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "sqrt": np.sqrt,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "erf": np.vectorize(math.erf, otypes=[np.float64]),
    "sin": np.sin,
    "cos": np.cos,
    "attention": lambda q, k, v, scale: _attention(q, k, v, scale, False),
    "attention_causal": lambda q, k, v, scale: _attention(q, k, v, scale, True),
    "dequantize": lambda x, scale, zero: (x - 1.0 * zero) * scale,
    "fma": lambda a, b, c: a * b + c,
    "relu": lambda x: np.maximum(x, 0.0),
    "matmul": np.matmul,
    "matmul_nt": lambda a, b: a @ b.swapaxes(-1, -2),
    "matmul_tn": lambda a, b: a.swapaxes(-1, -2) @ b,
    "matmul_tt": lambda a, b: a.swapaxes(-1, -2) @ b.swapaxes(-1, -2),
    "dropout": _dropout,
    "scatter_add": _scatter_add,
    "place_along": _place_along,
    "place_label": lambda u, label, x: u[:, None] * (label[:, None] == np.arange(x.shape[1])),
    "one_hot": lambda label, x: 1.0 * (label[:, None] == np.arange(x.shape[1])),
}
IMAGES: Mapping[str, Any] = {
    "conv2d": convolution.conv2d,
    "conv2d_data_grad": convolution.data_grad,
    "conv2d_weight_grad": convolution.weight_grad,
}
SCANS: Mapping[str, Any] = {
    "cumsum": lambda x: np.cumsum(x, axis=-1),
    "cumsum_back": lambda x: np.cumsum(x[..., ::-1], axis=-1)[..., ::-1],
}
REDUCED: Mapping[str, Any] = {
    "sum": np.sum,
    "max": np.max,
    "sum_squares": lambda x, axis: np.sum(x * x, axis=axis),
}


def call(
    name: str, inputs: Sequence[Array], attrs: Sequence[int] = (), counts: Sequence[int] = ()
) -> list[Array]:
    """Kernel `name` in binary64; integers and bools as they are."""
    kernel = BY_NAME[name]
    operands = zip(kernel.signature.inputs, inputs, strict=True)
    types = [Type(F32 if o.dtype is DType.ANY else o.dtype, np.shape(x)) for o, x in operands]
    outputs = infer(kernel, types, attrs, counts)
    output = outputs[0]
    arrays = [np.asarray(x) for x in inputs]
    if kernel.program:
        names = (o.name for o in kernel.signature.inputs)
        values = dict(zip(names, arrays, strict=True))
        own = dict(zip(kernel.attrs, attrs, strict=True))
        for statement in parse_program(kernel.program):
            values[statement.name] = evaluate(statement.value, values, own, call, counts)
        found = [values[o.name] for o in kernel.signature.outputs]
        return [_typed(y, t) for y, t in zip(found, outputs, strict=True)]
    if name in PLAIN:
        result = PLAIN[name](*arrays)
    elif name in IMAGES:
        result = IMAGES[name](*arrays, *attrs, product=np.matmul)
    elif "_pool2d" in name:
        result = PRIMITIVES[name](arrays, attrs, output.dims)
    elif name == "top_k_index":
        result = np.argsort(-arrays[0], axis=-1, kind="stable")[..., : attrs[0]]
    elif name in SCANS:
        result = along(SCANS[name])(arrays, attrs, output.dims)
    elif name in REDUCED:
        result = REDUCED[name](arrays[0], axis=_axes(arrays[0], attrs[0])).reshape(output.dims)
    elif name in ("tile_grad", "repeat_grad"):
        result = _sum_of_copies(name, arrays[0], attrs[0], counts[0], output.dims)
    else:  # moves elements, whatever they are
        result = PRIMITIVES[name](arrays, (*attrs, *counts), output.dims)
    return [_typed(result, output)]


def _typed(result: Array, output: Type) -> Array:
    dtype = np.float64 if output.dtype is DType.F32 else NUMPY[output.dtype]
    return np.broadcast_to(result, output.dims).astype(dtype)


def summed_to(x: Array, dims: tuple[int, ...]) -> Array:
    """The gradient of a broadcast: the sum over the axes that were repeated."""
    x = x.sum(axis=tuple(range(x.ndim - len(dims))))
    ones = tuple(i for i, d in enumerate(dims) if d == 1 and x.shape[i] != 1)
    total: Array = x.sum(axis=ones, keepdims=True)
    assert total.size == prod(dims)
    return total.reshape(dims)
