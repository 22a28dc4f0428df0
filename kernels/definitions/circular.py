"""sin and cos (N9), defined as sequences of the binary32 primitives of `floats`.

x = k pi/2 + r with |r| <= pi/4; k mod 4 says which of the two polynomials in r, and its sign.
Below FAR the reduction takes pi/2 off in three parts by fma.  From FAR on it is done in integers: a
window of 96 bits of 2/pi times the significand of x, of which the 64 bits that count are kept.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions.floats import F32, fma, mul, sub
from anhvm.kernels.definitions.transcendental import ONE, ROUNDER

FAR = np.float32(65536)
TWO_OVER_PI = np.float32(0.63661975)
# pi/2 in three parts, each positive: so that nothing of -0 is lost on the way.
HALF_PI = (np.float32(1.5707963), np.float32(7.5497894e-08), np.float32(5.390303e-15))

# sin(r) = r + r*z*Q(z), cos(r) = 1 - z/2 + z*z*Q(z), z = r*r, for |r| <= pi/4
SIN = (
    np.float32(-0.16666667),
    np.float32(0.008333373),
    np.float32(-0.00019850294),
    np.float32(2.8043507e-06),
)
COS = (np.float32(0.041666646), np.float32(-0.0013887311), np.float32(2.4432564e-05))
MINUS_HALF = np.float32(-0.5)

# The bits of 2/pi behind the point, 32 to a word, after a word of zeros.
WORDS = (
    0x00000000, 0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0, 0xDB629599, 0x3C439041, 0xFE5163AB,
)  # fmt: skip
WINDOW = 120  # a significand of exponent field e (x = m 2^(e - 150)) begins at bit e - WINDOW
TURN = np.float32(3.4061217e-19)  # pi/2 / 2^62, and what is missing
TURN_REST = np.float32(-9.4783964e-27)

_NAN = np.float32(np.nan)
_U64 = NDArray[np.uint64]


def sin(x: F32) -> F32:
    """Sine: <= 2 ulp; sin(-0) = -0, NaN of infinities."""
    return np.where(x == 0, x, _turned(x, 0))


def cos(x: F32) -> F32:
    """Cosine: <= 2 ulp; NaN of infinities."""
    return _turned(x, 1)


def _turned(x: F32, ahead: int) -> F32:
    """sin(x + ahead pi/2)."""
    finite = np.abs(x) < np.float32(np.inf)
    inside = np.where(finite, x, ONE)
    far = np.abs(inside) >= FAR
    quarter, r = reduce_near(np.where(far, ONE, inside))
    quarter_far, r_far = reduce_far(np.where(far, inside, FAR))
    quarter = np.where(far, quarter_far, quarter) + np.int32(ahead)
    r = np.where(far, r_far, r)
    z = mul(r, r)
    sine = fma(mul(z, r), _horner(SIN, z), r)
    cosine = fma(mul(z, z), _horner(COS, z), fma(z, MINUS_HALF, ONE))
    value = np.where(quarter & 1, cosine, sine)
    return np.where(finite, np.where(quarter & 2, -value, value), _NAN)


def reduce_near(x: F32) -> tuple[NDArray[np.int32], F32]:
    """k and r for |x| < FAR."""
    k = sub(fma(x, TWO_OVER_PI, ROUNDER), ROUNDER)
    r = x
    for part in HALF_PI:
        r = fma(k, -part, r)
    return k.astype(np.int32), r


def reduce_far(x: F32) -> tuple[NDArray[np.int32], F32]:
    """k mod 4 and r for FAR <= |x| < inf, of the sign of x."""
    bits = np.asarray(x, order="C").view(np.uint32).astype(np.uint64)
    significand = (bits & np.uint64(0x7FFFFF)) | np.uint64(0x800000)
    first = (bits >> np.uint64(23) & np.uint64(255)) - np.uint64(WINDOW)
    word, shift = first >> np.uint64(5), first & np.uint64(31)
    table = np.array(WORDS, np.uint64)

    def window(i: int) -> _U64:
        """32 bits of 2/pi."""
        at = word + np.uint64(i)
        pair = table[at] << np.uint64(32) | table[at + np.uint64(1)]
        word_of: _U64 = pair >> (np.uint64(32) - shift) & np.uint64(0xFFFFFFFF)
        return word_of

    # The product modulo one whole turn (2^64), to within two units.
    with np.errstate(over="ignore"):
        turns = significand * window(0) << np.uint64(32)
        turns = turns + significand * window(1) + (significand * window(2) >> np.uint64(32))
        quarter = turns + np.uint64(1 << 61) >> np.uint64(62)
        rest = (turns - (quarter << np.uint64(62))).astype(np.int64)
    head = rest.astype(np.float32)
    tail = (rest - head.astype(np.int64)).astype(np.float32)
    r = fma(head, TURN, fma(head, TURN_REST, mul(tail, TURN)))
    negative = np.signbit(x)
    k = quarter.astype(np.int32)
    return np.where(negative, -k, k), np.where(negative, -r, r)


def _horner(table: tuple[np.float32, ...], z: F32) -> F32:
    q = np.broadcast_to(table[-1], z.shape).astype(np.float32)
    for coefficient in reversed(table[:-1]):
        q = fma(q, z, coefficient)
    return q
