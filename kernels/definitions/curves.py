"""sigmoid and erf (N9), defined over the reduction of exp and the primitives of `floats`."""

from __future__ import annotations

import numpy as np

from anhvm.kernels.definitions.floats import F32, add, div, fma, mul, sub
from anhvm.kernels.definitions.transcendental import (
    ONE,
    _horner,
    _power,
    _reduce_exp,
    _reduce_short,
)

# erf(a) = a + a*Q(z), z = a*a, for a < ERF_SPLIT
ERF = (
    np.float32(0.12837915),
    np.float32(-0.37612486),
    np.float32(0.11281701),
    np.float32(-0.026761997),
    np.float32(0.0049860836),
    np.float32(-0.0005953777),
)
# erf(a) = 1 - exp(Q(a)) from there on
ERFC = (
    np.float32(-0.002020277315750718),
    np.float32(-1.1196966171264648),
    np.float32(-0.6514226198196411),
    np.float32(-0.09067081660032272),
    np.float32(0.015439160168170929),
    np.float32(-0.0012342339614406228),
)
ERF_SPLIT = np.float32(0.93)
ERF_HIGH = np.float32(3.92)  # from here on erf is 1

# Beyond, sigmoid is 1, or flushed.
SIGMOID_HIGH = np.float32(87.5)

_NAN = np.float32(np.nan)
_ZERO = np.float32(0)


def sigmoid(x: F32) -> F32:
    """1 / (1 + exp(-x)): <= 2 ulp; what the sum 2^k (1 + tail) + 1 loses comes off the quotient."""
    t = np.where(x != x, _ZERO, x)
    t = np.where(t > SIGMOID_HIGH, SIGMOID_HIGH, np.where(t < -SIGMOID_HIGH, -SIGMOID_HIGH, t))
    k, tail = _reduce_exp(-t)
    scale = _power(k)
    whole = add(scale, ONE)
    total = fma(scale, tail, whole)
    lost = add(fma(scale, tail, sub(whole, total)), sub(ONE, sub(whole, scale)))
    y = div(ONE, total)
    y = fma(-y, mul(y, lost), y)
    return np.where(x != x, _NAN, y)


def erf(x: F32) -> F32:
    """The error function: <= 2 ulp, odd, and 1 from ERF_HIGH on."""
    a = np.abs(np.where(x != x, _ZERO, x))
    a = np.where(a > ERF_HIGH, ERF_HIGH, a)
    near = fma(a, _horner(ERF, mul(a, a)), a)
    # 1 - 2^k (1 + tail), where 1 - 2^k is exact.
    k, tail = _reduce_short(_horner(ERFC, a))
    scale = _power(k)
    far = fma(-scale, tail, sub(ONE, scale))
    y = np.copysign(np.where(a < ERF_SPLIT, near, far), x)
    return np.where(x != x, _NAN, y)
