"""exp, log and tanh (N9), defined as sequences of the binary32 primitives of `floats`.

Arrays in, arrays out: f32 of any shape, flushed on entry.  A reduced argument goes through a
polynomial in explicit fma whose head (1, r, f, a) is kept exact, so that only the last rounding
weighs.  The tables come from `minimax.py`; `python -m anhvm.kernels.cpu.ulp` measures the error
over all 2^32 arguments.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions.floats import F32, add, div, fma, mul, sub

I32 = NDArray[np.int32]

ONE = np.float32(1)

# Adding 1.5 * 2^23 rounds to an integer, which then stands in the low bits of the sum.
ROUNDER = np.float32(12582912)
ROUNDER_BITS = np.int32(0x4B400000)
LOG2_E = np.float32(1.44269504088896341)
LN2 = np.float32(0.69314718055994531)
LN2_REST = np.float32(-1.90465421e-9)  # ln 2 - LN2
LN2_HIGH = np.float32(0.693359375)  # nine bits of ln 2: products with an exponent are exact
LN2_LOW = np.float32(-2.12194440e-4)  # ln 2 - LN2_HIGH

# exp(r) = 1 + (r + r*r*Q(r)) for |r| <= ln(2)/2
EXP = (
    np.float32(0.49999988),
    np.float32(0.16666518),
    np.float32(0.041669648),
    np.float32(0.008368947),
    np.float32(0.0013745326),
)
EXP_HIGH = np.float32(88.72283)  # the greatest argument with a finite result
EXP_LOW = np.float32(-87.33654)  # the least argument whose result is not flushed

# log(1 + f) = f + f*f*Q(f) for |f| <= 1/3
LOG = (
    np.float32(-0.5),
    np.float32(0.33333206),
    np.float32(-0.24999888),
    np.float32(0.20010835),
    np.float32(-0.16676389),
    np.float32(0.14000104),
    np.float32(-0.122408405),
    np.float32(0.14008816),
    np.float32(-0.12647147),
)
LOG_SPLIT = np.int32(0x3F2AAAAB)  # the bits of 2/3: arguments are 2^e * m with m in [2/3, 4/3)

# tanh(a) = a + a*z*Q(z), z = a*a, for a <= TANH_SPLIT
TANH = (
    np.float32(-0.3333331),
    np.float32(0.13332692),
    np.float32(-0.05390606),
    np.float32(0.02157697),
    np.float32(-0.0081018647),
    np.float32(0.0024326474),
    np.float32(-0.00040148894),
)
TANH_SPLIT = np.float32(0.95)
TANH_HIGH = np.float32(10)  # from here on tanh is 1

_INF = np.float32(np.inf)
_NAN = np.float32(np.nan)
_ZERO = np.float32(0)


def _bits(x: F32) -> I32:
    return np.asarray(x, order="C").view(np.int32)


def _power(k: I32) -> F32:
    """2^k for -126 <= k <= 127."""
    return ((k + 127) << 23).astype(np.int32).view(np.float32)


def _horner(table: tuple[np.float32, ...], x: F32) -> F32:
    q = np.broadcast_to(table[-1], x.shape).astype(np.float32)
    for coefficient in reversed(table[:-1]):
        q = fma(q, x, coefficient)
    return q


def _reduce_exp(x: F32, rest: F32 | None = None) -> tuple[I32, F32]:
    """k and tail with exp(x) = 2^k (1 + tail); of x + rest where there is a small rest."""
    shifted = fma(x, LOG2_E, ROUNDER)
    k = sub(shifted, ROUNDER)
    head = fma(k, -LN2, x)  # exact
    lost = mul(k, -LN2_REST) if rest is None else fma(k, -LN2_REST, rest)
    r = add(head, lost)
    return _bits(shifted) - ROUNDER_BITS, add(head, fma(_horner(EXP, r), mul(r, r), lost))


def _reduce_short(x: F32) -> tuple[I32, F32]:
    """The same in fewer steps, a little less exact: k * LN2_REST is left out."""
    shifted = fma(x, LOG2_E, ROUNDER)
    head = fma(sub(shifted, ROUNDER), -LN2, x)
    return _bits(shifted) - ROUNDER_BITS, fma(_horner(EXP, head), mul(head, head), head)


def exp(x: F32) -> F32:
    """e to the power x: <= 1 ulp; +0 below EXP_LOW, inf above EXP_HIGH."""
    inside = np.where((x >= EXP_LOW) & (x <= EXP_HIGH), x, _ZERO)
    k, tail = _reduce_exp(inside)
    half = k >> 1  # 2^128 is no binary32: two exact steps
    y = mul(mul(add(ONE, tail), _power(half)), _power(k - half))
    y = np.where(x > EXP_HIGH, _INF, np.where(x < EXP_LOW, _ZERO, y))
    return np.where(x != x, _NAN, y)


def log(x: F32) -> F32:
    """Natural logarithm: <= 1 ulp; -inf at zero, NaN below."""
    inside = np.where((x > _ZERO) & (x < _INF), x, ONE)
    bits = _bits(inside)
    e = (bits - LOG_SPLIT) >> 23
    f = sub((bits - (e << 23)).astype(np.int32).view(np.float32), ONE)
    k = e.astype(np.float32)
    # k * LN2_HIGH is exact; what its sum with f loses goes to the small part.
    high = mul(k, LN2_HIGH)
    head = add(high, f)
    lost = sub(f, sub(head, high))
    y = add(head, fma(_horner(LOG, f), mul(f, f), fma(k, LN2_LOW, lost)))
    y = np.where(x == _INF, _INF, np.where(x == _ZERO, -_INF, y))
    return np.where((x < _ZERO) | (x != x), _NAN, y)


def tanh(x: F32) -> F32:
    """Hyperbolic tangent: <= 1 ulp, odd, and 1 from TANH_HIGH on."""
    a = np.abs(np.where(x != x, _ZERO, x))
    a = np.where(a > TANH_HIGH, TANH_HIGH, a)
    z = mul(a, a)
    near = fma(_horner(TANH, z), mul(z, a), a)
    # 1 - 2 / (exp(2a) + 1), where the sum 2^k (1 + tail) + 1 is rounded once.
    k, tail = _reduce_short(add(a, a))
    scale = _power(k)
    far = add(ONE, div(np.float32(-2), fma(scale, tail, add(scale, ONE))))
    y = np.copysign(np.where(a < TANH_SPLIT, near, far), x)
    return np.where(x != x, _NAN, y)
