"""The law of one binary32 operation, in exact rational arithmetic: slow and obviously right.

Arguments and results are Python floats whose values are binary32 and never subnormal.  Each
result is the exact one, rounded once by `settle` (N2).  `floats` does the same for arrays and is
tested against this.
"""

from __future__ import annotations

import math
from fractions import Fraction

GREATEST_EXPONENT = 127
LEAST_NORMAL = Fraction(1, 2**126)


def settle(exact: Fraction, sign: float) -> float:
    """Rounds to 24 bits, exponent unbounded, ties to even; then flushes below 2^-126 (N2).

    `sign` gives the sign of a zero that comes out.
    """
    if exact == 0:
        return math.copysign(0.0, sign)
    size = abs(exact)
    exponent = size.numerator.bit_length() - size.denominator.bit_length()
    if Fraction(2) ** exponent > size:
        exponent -= 1
    unit = Fraction(2) ** (exponent - 23)
    rounded = round(size / unit) * unit  # round() of a Fraction goes to even on ties
    if rounded < LEAST_NORMAL:
        return math.copysign(0.0, sign)
    if rounded >= Fraction(2) ** (GREATEST_EXPONENT + 1):
        return math.copysign(math.inf, sign)
    return math.copysign(float(rounded), sign)


def _finite(*operands: float) -> bool:
    return all(math.isfinite(operand) for operand in operands)


def add(a: float, b: float) -> float:
    """a + b; an exact cancellation is +0."""
    if not _finite(a, b):
        return a + b
    exact = Fraction(a) + Fraction(b)
    return settle(exact, 1.0 if exact > 0 else -1.0) if exact else a + b


def sub(a: float, b: float) -> float:
    """a - b; an exact cancellation is +0."""
    return add(a, -b)


def mul(a: float, b: float) -> float:
    """a * b."""
    if not _finite(a, b):
        return a * b
    return settle(Fraction(a) * Fraction(b), math.copysign(1.0, a) * math.copysign(1.0, b))


def div(a: float, b: float) -> float:
    """a / b; x/0 is an infinity, 0/0 is NaN."""
    sign = math.copysign(1.0, a) * math.copysign(1.0, b)
    if math.isnan(a) or math.isnan(b) or (math.isinf(a) and math.isinf(b)) or a == b == 0:
        return math.nan
    if math.isinf(a) or b == 0:
        return math.copysign(math.inf, sign)
    if math.isinf(b):
        return math.copysign(0.0, sign)
    return settle(Fraction(a) / Fraction(b), sign)


def sqrt(a: float) -> float:
    """The square root; sqrt(-0) = -0, of less it is NaN."""
    if math.isnan(a) or a < 0:
        return math.nan
    if a == 0 or math.isinf(a):
        return a
    value = Fraction(a) * 4**200  # an integer: no operand has a bit below 2^-149
    root = math.isqrt(int(value))
    # A sticky bit below stands for whatever isqrt cut off: enough for one rounding to 24 bits.
    sticky = 2 * root + (root * root != value)
    return settle(Fraction(sticky, 2 * 2**200), 1.0)


def fma(a: float, b: float, c: float) -> float:
    """a * b + c, rounded once."""
    if not _finite(a, b, c):
        return a * b + c
    exact = Fraction(a) * Fraction(b) + Fraction(c)
    if exact:
        return settle(exact, 1.0 if exact > 0 else -1.0)
    product_is_zero = a == 0 or b == 0
    return a * b + c if product_is_zero else 0.0
