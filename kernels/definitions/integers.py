"""Integers of eight bits: products, and the ways from f32 to i8 and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions.floats import F32, add, div, maximum, minimum, mul, sub

Array = NDArray[Any]
Primitive = Callable[[Sequence[Array], Sequence[int], tuple[int, ...]], Array]
_WHOLE = np.float32(2.0**23)  # from here on every f32 is whole


def matmul(operands: Sequence[Array], numbers: Sequence[int], dims: tuple[int, ...]) -> Array:
    """The exact product of i8 matrices; the row says that it fits i32."""
    a, b = (operand.astype(np.int64) for operand in operands)
    y: Array = np.matmul(a, b)
    return y


def rint(x: F32) -> F32:
    """The nearest whole number, ties to even; zeros may change their sign."""
    size = np.abs(x)
    whole = sub(add(size, _WHOLE), _WHOLE)
    return np.where(size < _WHOLE, np.where(x < np.float32(0), sub(np.float32(0), whole), whole), x)


def _saturated(x: F32, zero: Array) -> Array:
    """i8 of rint(x) + zero, within [-128, 127]; what is no number is zero."""
    moved = add(rint(np.where(x == x, x, np.float32(0))), zero.astype(np.float32))
    within = minimum(maximum(moved, np.float32(-128)), np.float32(127))
    return within.astype(np.int32).astype(np.int8)


def quantize(x: F32, scale: F32, zero: Array) -> Array:
    """i8 of x / scale + zero."""
    return _saturated(div(x, scale), zero)


def requantize(x: Array, scale: F32, zero: Array) -> Array:
    """i8 of i32: x * scale + zero."""
    return _saturated(mul(x.astype(np.float32), scale), zero)


def dequantize(x: Array, scale: F32, zero: Array) -> F32:
    """f32 of i8: (x - zero) * scale."""
    return mul(sub(x.astype(np.float32), zero.astype(np.float32)), scale)
