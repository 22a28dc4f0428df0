"""Literals: one rounding from the decimal, by a slow search among all f32 as the twin."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from anhvm.compiler import types as ty
from anhvm.compiler.build import build
from anhvm.compiler.constants import evaluate
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.literals import decimal, f32_bits
from anhvm.compiler.parser import parse
from anhvm.compiler.scope import Env


def value(bits: int) -> Fraction:
    return Fraction(float(np.uint32(bits).view(np.float32)))


LARGEST = 0x7F7FFFFF
SMALLEST_NORMAL = 0x00800000


def nearest(x: Fraction) -> int | None:
    """The nearest f32 to a positive number, by bisection over all bit patterns."""
    if x >= value(LARGEST) + (value(LARGEST) - value(LARGEST - 1)) / 2:
        return None
    above = bisect_left(range(LARGEST), x, key=value)
    below = max(above - 1, 0)
    gaps = x - value(below), value(above) - x
    if gaps[0] == gaps[1]:
        found = above if above % 2 == 0 else below
    else:
        found = below if gaps[0] < gaps[1] else above
    return found


numbers = st.one_of(
    st.fractions(min_value=0, max_value=10**6),
    st.builds(
        lambda m, e: Fraction(m) * Fraction(2) ** e, st.integers(1, 1 << 30), st.integers(-150, 130)
    ),
    st.builds(
        lambda b, e: value(b) + Fraction(e, 1 << 160), st.integers(1, LARGEST), st.integers(-1, 1)
    ),
    st.integers(1, LARGEST - 1).map(lambda b: (value(b) + value(b + 1)) / 2),
)


@given(numbers.filter(lambda x: x > 0))
@example(value(SMALLEST_NORMAL))
@example(value(LARGEST))
@example(value(LARGEST) * 2)
def test_a_literal_is_the_nearest_f32_or_flushed(x: Fraction) -> None:
    found = f32_bits(x)
    if x < value(SMALLEST_NORMAL) * Fraction(99, 100):
        assert found == 0
    elif x >= value(SMALLEST_NORMAL):
        assert found == nearest(x)
    negative = f32_bits(-x)
    assert negative == (None if found is None else found | 1 << 31)


def test_the_edge_of_flushing_is_that_of_an_unbounded_exponent() -> None:
    edge = Fraction(2) ** -126
    ulp = Fraction(2) ** -150  # of the binade below, as if it had 24 bits
    assert f32_bits(edge) == SMALLEST_NORMAL
    assert f32_bits(edge - ulp / 2) == SMALLEST_NORMAL  # a tie, to even
    assert f32_bits(edge - ulp) == 0
    assert f32_bits(Fraction(0), negative=True) == 1 << 31


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**30))
def test_decimal_text_is_read_exactly(x: object) -> None:
    assert decimal(str(x)) == Fraction(str(x))


CONSTANTS = [
    ("1 + 2 * 3", ty.U64, 7),
    ("(7 - 2) / 2 % 2", ty.U64, 0),
    ("-7 / 2", ty.I64, -3),
    ("-7 % 2", ty.I64, -1),
    ("0.1", ty.F32, 0x3DCCCCCD),
    ("1 / 2.0 - 1", ty.F32, 0xBF000000),
    ("-0.0", ty.F32, 1 << 31),
    ("True", ty.BOOL, True),
    ('"a\\u{e9}"', ty.STR, "aé".encode()),
    ('b"\\xff"', ty.BYTES, b"\xff"),
]


@pytest.mark.parametrize(("text", "type_", "wanted"), CONSTANTS)
def test_constants(text: str, type_: ty.Type, wanted: object) -> None:
    (const,) = build(parse(f"const X = {text}\n", "f"), "f").consts
    found = evaluate(const.value, Env("f"), None)
    assert (found.type, found.value) == (type_, wanted)


@pytest.mark.parametrize("text", ["1 - 2", "1 / 0", "1.0 / 0.0", "1e38 * 10.0", "x", "1 + True"])
def test_constants_at_fault(text: str) -> None:
    (const,) = build(parse(f"const X = {text}\n", "f"), "f").consts
    with pytest.raises(Fault):
        evaluate(const.value, Env("f"), None)
