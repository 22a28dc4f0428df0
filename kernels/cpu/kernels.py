"""The functions of every CPU kernel, by name."""

from __future__ import annotations

from collections.abc import Mapping

from numba import types

from anhvm.kernels.cpu import (
    activations,
    attention,
    batches,
    circular,
    convolution,
    elementwise,
    indexing,
    joins,
    labels,
    maxima,
    moves,
    norms,
    optimizers,
    orders,
    permuting,
    pooling,
    powers,
    products,
    quantized,
    random,
    rows,
    scans,
    squares,
    sums,
    turns,
    views,
    weights,
)
from anhvm.kernels.cpu.codegen import compile_object
from anhvm.kernels.cpu.functions import Functions

_FAMILIES = (
    activations,
    attention,
    batches,
    circular,
    convolution,
    elementwise,
    indexing,
    joins,
    labels,
    maxima,
    moves,
    norms,
    optimizers,
    orders,
    permuting,
    pooling,
    powers,
    products,
    quantized,
    random,
    rows,
    scans,
    squares,
    sums,
    turns,
    views,
    weights,
)
FUNCTIONS: Mapping[str, Functions] = {k: f for m in _FAMILIES for k, f in m.FUNCTIONS.items()}
HOMES: Mapping[str, str] = {k: m.__name__ for m in _FAMILIES for k in m.FUNCTIONS}
"""The module that registers a kernel."""


def compile_kernel(name: str) -> bytes:
    """The object file of a kernel, with C names ``NAME_plan``, ``NAME_run``, ``NAME_check``."""
    functions = FUNCTIONS[name]
    parts = {
        f"{name}_plan": (functions.plan, types.int32),
        f"{name}_run": (functions.run, types.int32),
    }
    if functions.check:
        parts[f"{name}_check"] = (functions.check, types.int64)
    return compile_object(parts, functions.interleave)
