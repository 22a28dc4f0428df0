"""pow, bit for bit that of `definitions.powers`; free of branches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.elementwise import binary
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.scalar_math import bits_f32, exp_tail, f32_bits, f32_fma
from anhvm.kernels.definitions.powers import (
    ATANH,
    POW_HIGH,
    POW_LOW,
    THIRD,
    THIRD_REST,
    TWO,
    WHOLE,
)
from anhvm.kernels.definitions.transcendental import (
    LN2,
    LN2_HIGH,
    LN2_LOW,
    LN2_REST,
    LOG2_E,
    LOG_SPLIT,
    ONE,
    ROUNDER,
    ROUNDER_BITS,
)

_MINUS_LN2 = np.float32(-LN2)
_MINUS_LN2_REST = np.float32(-LN2_REST)
_ZERO = np.float32(0)
_MINUS_ONE = np.float32(-1)
_INF = np.float32(np.inf)
_MINUS_INF = np.float32(-np.inf)
_NAN = np.float32(np.nan)
_MAGNITUDE = np.int32(0x7FFFFFFF)
_EXPONENT_ONE = np.int32(127)
_MANTISSA = np.int32(23)
_UNIT = np.int32(1)


@njit(error_model="numpy")
def _log_pair(x: Any) -> Any:
    """log x in two parts, for 0 < x < inf."""
    bits = f32_bits(x)
    e = np.int32(np.int32(bits - LOG_SPLIT) >> _MANTISSA)
    m = bits_f32(np.int32(bits - np.int32(e << _MANTISSA)))
    k = np.float32(e)
    f = m - ONE
    below = m + ONE
    below_rest = m - (below - ONE)
    inverse = ONE / below
    s = f * inverse
    s_rest = f32_fma(-s, below_rest, f32_fma(-s, below, f)) * inverse
    z = s * s
    z_rest = f32_fma(s + s, s_rest, f32_fma(s, s, -z))
    q = f32_fma(f32_fma(f32_fma(ATANH[3], z, ATANH[2]), z, ATANH[1]), z, ATANH[0])
    q = f32_fma(z, q, THIRD_REST)
    u = THIRD + q
    u_rest = q - (u - THIRD)
    v = z * u
    v_rest = f32_fma(z, u_rest, f32_fma(z_rest, u, f32_fma(z, u, -v)))
    w = TWO + v
    w_rest = (v - (w - TWO)) + v_rest
    near = s * w
    near_rest = f32_fma(s, w_rest, f32_fma(s_rest, w, f32_fma(s, w, -near)))
    high = k * LN2_HIGH
    head = high + near
    rest = (near - (head - high)) + f32_fma(k, LN2_LOW, near_rest)
    whole = head + rest
    return whole, rest - (whole - head)


@njit(error_model="numpy")
def _scale(k: Any) -> Any:
    """2^k for -126 <= k <= 127."""
    return bits_f32(np.int32(np.int32(k + _EXPONENT_ONE) << _MANTISSA))


@njit(error_model="numpy", forceinline=True)
def pow32(x: Any, y: Any) -> Any:
    """x to the power y (N9)."""
    a = bits_f32(np.int32(f32_bits(x) & _MAGNITUDE))
    size = bits_f32(np.int32(f32_bits(y) & _MAGNITUDE))
    special = _MINUS_INF if a == _ZERO else _INF
    ordinary = (a > _ZERO) & (a < _INF)
    head, rest = _log_pair(a if ordinary else ONE)
    p = y * (head if ordinary else special)
    inside = (p >= POW_LOW) & (p <= POW_HIGH)
    p_rest = f32_fma(y, rest, f32_fma(y, head, -p))
    p_rest = p_rest if inside else _ZERO
    core = p if inside else _ZERO
    shifted = f32_fma(core, LOG2_E, ROUNDER)
    k = shifted - ROUNDER
    tail = exp_tail(f32_fma(k, _MINUS_LN2, core), f32_fma(k, _MINUS_LN2_REST, p_rest))
    n = np.int32(f32_bits(shifted) - ROUNDER_BITS)
    half = np.int32(n >> _UNIT)
    value = ((ONE + tail) * _scale(half)) * _scale(np.int32(n - half))
    value = _INF if p > POW_HIGH else value
    value = _ZERO if p < POW_LOW else value
    small = size if size < WHOLE else _ZERO
    whole = np.int32(small)
    integral = np.float32(whole) == small
    odd = integral & (np.int32(whole & _UNIT) == _UNIT)
    value = -value if odd & (f32_bits(x) < 0) else value
    value = _NAN if (x < _ZERO) & (a < _INF) & (not integral) else value
    value = value if (x == x) & (y == y) else _NAN
    one = (x == ONE) | (y == _ZERO) | ((x == _MINUS_ONE) & (size == _INF))
    return ONE if one else value


FUNCTIONS: Mapping[str, Functions] = {"pow": binary(pow32)}
