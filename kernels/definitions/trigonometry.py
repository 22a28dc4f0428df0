"""cospi and sinpi of normal numbers, defined as sequences of the binary32 primitives of `floats`.

For 0 <= t < 2 (arrays, f32).  t = q/2 + r exactly, with q an integer and |r| <= 1/4; polynomials in
s = r*r for sin(pi r) and cos(pi r); q says which of the two, and its sign.
"""

from __future__ import annotations

import numpy as np

from anhvm.kernels.definitions.floats import F32, add, fma, mul, sub

ROUNDER = np.float32(12582912)  # 1.5 * 2^23: adding it rounds to an integer
HALF = np.float32(0.5)
PI_HIGH = np.float32(3.1415927)
PI_LOW = np.float32(-8.742278e-8)  # pi - PI_HIGH
# sin(pi r) = pi r + r s SIN(s), cos(pi r) = 1 + s COS(s): Chebyshev interpolation on [0, 1/16]
SIN = tuple(map(np.float32, (-5.1677127, 2.5501635, -0.5992288, 0.081229575)))
COS = tuple(map(np.float32, (-4.934802, 4.0587106, -1.3351378, 0.23212542)))


def cospi(t: F32) -> F32:
    """cos(pi t) for 0 <= t < 2."""
    return _turned(t, 1)


def sinpi(t: F32) -> F32:
    """sin(pi t) for 0 <= t < 2."""
    return _turned(t, 0)


def _turned(t: F32, ahead: int) -> F32:
    """sin(pi t + ahead pi/2)."""
    q = sub(add(add(t, t), ROUNDER), ROUNDER)
    r = fma(q, -HALF, t)
    s = mul(r, r)
    sine = fma(r, PI_HIGH, fma(r, PI_LOW, mul(mul(r, s), _horner(SIN, s))))
    cosine = fma(s, _horner(COS, s), np.float32(1))
    quarter = q.astype(np.int32) + ahead
    value = np.where(quarter & 1, cosine, sine)
    return np.where(quarter & 2, -value, value)


def _horner(table: tuple[np.float32, ...], s: F32) -> F32:
    value = fma(s, table[3], table[2])
    value = fma(s, value, table[1])
    return fma(s, value, table[0])
