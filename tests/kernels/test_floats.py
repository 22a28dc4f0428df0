"""The array primitives against exact rational arithmetic, and that against the machine itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from anhvm.kernels.cpu.fpmode import flush_mode
from anhvm.kernels.definitions import floats, scalars
from tests.kernels.numbers import floats32, hostile, same

BINARY = ["add", "sub", "mul", "div"]


def check(name: str, *operands: float) -> None:
    exact: Callable[..., float] = getattr(scalars, name)
    array: Callable[..., Any] = getattr(floats, name)
    expected = np.array([exact(*operands)], np.float32)
    assert same(array(*[np.array([x], np.float32) for x in operands]), expected), operands


@given(st.sampled_from(BINARY), floats32, floats32)
@example("mul", float(np.float32((1 + 2.0**-13) * 2.0**-63)), (1 - 2.0**-13) * 2.0**-63)
def test_binary_operations_are_exact(name: str, a: float, b: float) -> None:
    check(name, a, b)


@given(floats32)
def test_sqrt_is_exact(a: float) -> None:
    check("sqrt", a)


@given(floats32, floats32, floats32)
@example(1 + 2.0**-23, 1 + 2.0**-23, -(1 + 2.0**-22))
@example(1 + 2.0**-12, 1 + 2.0**-12, 2.0**-60)
@example(2.0**-63, 2.0**-63, -(2.0**-126))
def test_fma_is_exact(a: float, b: float, c: float) -> None:
    check("fma", a, b, c)


@given(floats32, floats32)
def test_fma_is_exact_where_it_cancels(a: float, b: float) -> None:
    check("fma", a, b, -scalars.mul(a, b))


@given(floats32, floats32)
def test_order_and_zero(a: float, b: float) -> None:
    for name, choose in (("maximum", max), ("minimum", min)):
        result = float(getattr(floats, name)(a, b))
        if a != a or b != b:
            assert result != result
        elif a == b == 0:
            signs = [np.signbit(np.float32(x)) for x in (a, b)]
            negative = all(signs) if name == "maximum" else any(signs)
            assert result == 0 and np.signbit(np.float32(result)) == negative
        else:
            assert result == choose(a, b)


def test_values_that_the_law_names() -> None:
    # Rounds to 2^-126 with an unbounded exponent: kept. Half a unit less: flushed to its sign.
    above = np.float32(1 - 2.0**-24)
    assert float(floats.mul(above, np.float32(2.0**-126))) == 0.0
    assert np.signbit(floats.mul(-above, np.float32(2.0**-126)))
    near = floats.fma(above, np.float32(2.0**-126), np.float32(0))
    assert float(near) == 0.0
    edge = np.float32((1 + 2.0**-13) * 2.0**-63), np.float32((1 - 2.0**-13) * 2.0**-63)
    assert float(floats.mul(*edge)) == 2.0**-126
    nan = floats.canonical(np.array([0xFFC12345], np.uint32).view(np.float32))
    assert nan.view(np.uint32)[0] == 0x7FC00000
    subnormal = np.array([0x807FFFFF, 0x00000001], np.uint32).view(np.float32)
    assert list(floats.flush(subnormal).view(np.uint32)) == [0x80000000, 0]
    assert float(floats.relu(np.float32(-3))) == 0 and not np.signbit(floats.relu(np.float32(-0.0)))


@pytest.mark.parametrize("name", [*BINARY, "sqrt", "fma"])
def test_the_mode_of_the_thread_changes_nothing(name: str) -> None:
    generator = np.random.default_rng(7)
    count = {"sqrt": 1, "fma": 3}.get(name, 2)
    operands = [hostile(generator, (20_000,)) for _ in range(count)]
    plain = getattr(floats, name)(*operands)
    with flush_mode():
        flushed = getattr(floats, name)(*operands)
    assert same(plain, flushed)
