"""pow (N9), defined as a sequence of the binary32 primitives of `floats`.

|x|^y = exp(y log|x|) with the logarithm in two parts, some 34 bits that count: log|x| = k ln 2 +
2 atanh(s), where |x| = 2^k m, m in [2/3, 4/3), s = (m - 1) / (m + 1).  A name in capitals with
`_REST` is what its constant lacks; lower case `_rest` likewise.

Special values are those of IEEE 754: x^0 and 1^y are 1, for NaN too, and so is (-1)^(+-inf); else
NaN gives NaN.  A negative finite x has a power for integral y only, else NaN; the sign is that of x
where y is odd.  Zeros and infinities go to zeros and infinities by the sign of y.
"""

from __future__ import annotations

import numpy as np

from anhvm.kernels.definitions.floats import F32, add, div, fma, mul, sub
from anhvm.kernels.definitions.transcendental import (
    LN2_HIGH,
    LN2_LOW,
    LOG_SPLIT,
    ONE,
    _bits,
    _horner,
    _power,
    _reduce_exp,
)

# 2 atanh(s) = 2s + s*z*(THIRD + z*Q(z)), z = s*s, |s| <= 1/5
THIRD = np.float32(0.6666667)
THIRD_REST = np.float32(-1.9868216e-08)
ATANH = (
    np.float32(0.39999995),
    np.float32(0.2857246),
    np.float32(0.2215591),
    np.float32(0.19914931),
)
TWO = np.float32(2)
POW_HIGH = np.float32(89)  # beyond, exp is inf
POW_LOW = np.float32(-88)  # beyond, flushed
WHOLE = np.float32(16777216)  # from here on every number is an even integer

_INF = np.float32(np.inf)
_NAN = np.float32(np.nan)
_ZERO = np.float32(0)


def _log_pair(x: F32) -> tuple[F32, F32]:
    """log x in two parts, for 0 < x < inf."""
    bits = _bits(x)
    e = (bits - LOG_SPLIT) >> 23
    m = (bits - (e << 23)).astype(np.int32).view(np.float32)
    k = e.astype(np.float32)
    # s: what the sum m + 1 and the quotient lose is made good.
    f = sub(m, ONE)
    below = add(m, ONE)
    below_rest = sub(m, sub(below, ONE))
    inverse = div(ONE, below)
    s = mul(f, inverse)
    s_rest = mul(fma(-s, below_rest, fma(-s, below, f)), inverse)
    z = mul(s, s)
    z_rest = fma(add(s, s), s_rest, fma(s, s, -z))
    # THIRD + z*Q, then z times that, in two parts each; q < THIRD / 64.
    q = fma(z, _horner(ATANH, z), THIRD_REST)
    u = add(THIRD, q)
    u_rest = sub(q, sub(u, THIRD))
    v = mul(z, u)
    v_rest = fma(z, u_rest, fma(z_rest, u, fma(z, u, -v)))
    w = add(TWO, v)
    w_rest = add(sub(v, sub(w, TWO)), v_rest)
    near = mul(s, w)
    near_rest = fma(s, w_rest, fma(s_rest, w, fma(s, w, -near)))
    # k * LN2_HIGH is exact, and 0 or greater than what is near.
    high = mul(k, LN2_HIGH)
    head = add(high, near)
    rest = add(sub(near, sub(head, high)), fma(k, LN2_LOW, near_rest))
    whole = add(head, rest)
    return whole, sub(rest, sub(whole, head))


def power(x: F32, y: F32) -> F32:
    """x to the power y."""
    a = np.abs(x)
    ordinary = (a > _ZERO) & (a < _INF)
    head, rest = _log_pair(np.where(ordinary, a, ONE))
    head = np.where(ordinary, head, np.where(a == _ZERO, -_INF, _INF))
    p = mul(y, head)
    inside = (p >= POW_LOW) & (p <= POW_HIGH)
    p_rest = fma(y, rest, fma(y, head, -p))
    k, tail = _reduce_exp(np.where(inside, p, _ZERO), np.where(inside, p_rest, _ZERO))
    half = k >> 1  # 2^128 is no binary32: two steps, of which only the last may flush
    value = mul(mul(add(ONE, tail), _power(half)), _power(k - half))
    value = np.where(p > POW_HIGH, _INF, np.where(p < POW_LOW, _ZERO, value))
    # Integral and odd y; from WHOLE on all are even.
    size = np.abs(y)
    small = np.where(size < WHOLE, size, _ZERO)
    whole = small.astype(np.int32)
    integral = whole.astype(np.float32) == small
    odd = integral & ((whole & 1) == 1)
    value = np.where(odd & np.signbit(x), -value, value)
    value = np.where((x < _ZERO) & (a < _INF) & ~integral, _NAN, value)
    value = np.where((x != x) | (y != y), _NAN, value)
    one = (x == ONE) | (y == _ZERO) | ((x == -ONE) & (size == _INF))
    return np.where(one, ONE, value)
