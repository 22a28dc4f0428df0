"""Numbers as written to numbers as stored: each is rounded once, from the decimal (law N4)."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

RANGES: Final = {
    "u64": (0, (1 << 64) - 1),
    "i64": (-(1 << 63), (1 << 63) - 1),
    "i32": (-(1 << 31), (1 << 31) - 1),
}
_SIGN: Final = 1 << 31
_INFINITY: Final = 0xFF << 23


def fits(value: int, type_name: str) -> bool:
    low, high = RANGES[type_name]
    return low <= value <= high


def f32_bits(value: Fraction, negative: bool = False) -> int | None:
    """The bits of the nearest f32, ties to even, below 2**-126 flushed to zero (law N2).

    None where the magnitude rounds to infinity.  `negative` gives the sign of a zero.
    """
    sign = _SIGN if value < 0 or negative else 0
    size = abs(value)
    if size == 0:
        return sign
    exponent = _floor_log2(size)
    scaled = size * Fraction(2) ** (23 - exponent)
    mantissa = round(scaled)  # Python rounds fractions half to even
    if mantissa == 1 << 24:
        mantissa, exponent = 1 << 23, exponent + 1
    if exponent > 127:
        return None
    if exponent < -126:
        return sign
    return sign | (exponent + 127) << 23 | (mantissa - (1 << 23))


def _floor_log2(size: Fraction) -> int:
    guess = size.numerator.bit_length() - size.denominator.bit_length()
    return guess if Fraction(2) ** guess <= size else guess - 1


MAX_DECIMAL_EXPONENT: Final = 5000
"""A larger exponent is certainly out of range; refused before any big arithmetic."""


def decimal(text: str) -> Fraction | None:
    """The exact value of a decimal literal, or None where the exponent is absurd."""
    _, _, exponent = text.lower().partition("e")
    if exponent and abs(int(exponent)) > MAX_DECIMAL_EXPONENT:
        return None
    return Fraction(text)
