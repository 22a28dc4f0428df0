"""Between f32 and i8: quantize, requantize and dequantize, with broadcasting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.elementwise import ternary
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import load_f32, load_i8, load_i32, store_f32, store_i8
from anhvm.kernels.cpu.scalar_math import max32, min32

_WHOLE, _ZERO = np.float32(2.0**23), np.float32(0)
_LEAST, _GREATEST = np.float32(-128), np.float32(127)


@njit(error_model="numpy")
def _saturated(x: Any, zero: Any) -> Any:
    """`definitions.integers`: i8 of the nearest whole of x, plus zero."""
    number = x if x == x else _ZERO
    size = abs(number)
    whole = (size + _WHOLE) - _WHOLE
    near = (-whole if number < _ZERO else whole) if size < _WHOLE else number
    return np.int8(np.int32(min32(max32(near + np.float32(zero), _LEAST), _GREATEST)))


def _inline(function: Callable[..., Any]) -> Any:
    return njit(error_model="numpy")(function)


FUNCTIONS: Mapping[str, Functions] = {
    "quantize": ternary(
        _inline(lambda x, s, z: _saturated(x / s, z)), (load_f32, load_f32, load_i32), store_i8
    ),
    "requantize": ternary(
        _inline(lambda x, s, z: _saturated(np.float32(x) * s, z)),
        (load_i32, load_f32, load_i32),
        store_i8,
    ),
    "dequantize": ternary(
        _inline(lambda x, s, z: (np.float32(x) - np.float32(z)) * s),
        (load_i8, load_f32, load_i32),
        store_f32,
    ),
}
