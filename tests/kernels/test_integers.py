"""Products of i8 at the edges of blocks and of i32; quantisation against exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.kernels.cpu.call import call as fast
from anhvm.kernels.cpu.matmul_i8 import DEPTH, PANEL, ROWS
from anhvm.kernels.definitions import scalars
from anhvm.kernels.definitions.call import call as slow
from anhvm.kernels.ranks import KernelFault
from anhvm.kernels.shapes import Type, infer
from anhvm.kernels.signature import DType
from anhvm.kernels.table import BY_NAME
from tests.kernels.numbers import floats32


@pytest.mark.parametrize("k", [0, 1, 3, 5, DEPTH - 1, DEPTH, DEPTH + 1, 2 * DEPTH + 3])
@pytest.mark.parametrize("n", [1, PANEL - 1, PANEL, PANEL + 1])
@pytest.mark.parametrize("m", [1, ROWS + 1])
def test_a_product_is_that_of_integers(m: int, k: int, n: int) -> None:
    random = np.random.default_rng(k)
    a = random.choice(np.array([-128, -127, -1, 0, 1, 127], np.int8), (2, m, k))
    b = random.integers(-128, 128, (2, k, n), np.int8)
    (y,) = fast("matmul_i8", [a, b])
    np.testing.assert_array_equal(y, a.astype(np.int64) @ b.astype(np.int64))


@pytest.mark.parametrize("value", [-128, 127])
def test_the_longest_product_fits(value: int) -> None:
    k = (1 << 17) - 1
    a, b = np.full((1, k), -128, np.int8), np.full((k, 1), value, np.int8)
    (y,) = fast("matmul_i8", [a, b])
    assert y.tolist() == [[-128 * value * k]]


def test_a_longer_product_is_refused() -> None:
    types = [Type(DType.I8, (1, 1 << 17)), Type(DType.I8, (1 << 17, 1))]
    with pytest.raises(KernelFault, match="'K' is 131072") as caught:
        infer(BY_NAME["matmul_i8"], types)
    assert caught.value.code == "kernel.shape"


def exact(real: float, zero: int) -> int:
    """The law in fractions: nearest whole, ties to even, zero added in f32, within i8."""
    if math.isnan(real):
        real = 0.0
    whole = real if math.isinf(real) else float(round(Fraction(real)))
    moved = scalars.add(whole, float(np.float32(zero)))
    return int(max(-128.0, min(127.0, moved)))


ZEROS = st.one_of(st.integers(-130, 130), st.integers(-(2**31), 2**31 - 1))
NEAR = st.builds(lambda n: n / 4, st.integers(-(2**26), 2**26))


@given(st.one_of(floats32, NEAR), floats32, ZEROS)
def test_quantize_is_the_law(x: float, scale: float, zero: int) -> None:
    operands = [np.full(1, x, np.float32), np.float32(scale), np.int32(zero)]
    expected = exact(scalars.div(float(np.float32(x)), scale), zero)
    for run in (fast, slow):
        assert run("quantize", operands)[0].tolist() == [expected]


@given(NEAR, ZEROS)
def test_quarters_round_to_even(x: float, zero: int) -> None:
    operands = [np.full(1, x, np.float32), np.float32(1), np.int32(zero)]
    for run in (fast, slow):
        assert run("quantize", operands)[0].tolist() == [exact(float(np.float32(x)), zero)]


@given(st.integers(-(2**31), 2**31 - 1), floats32, ZEROS)
def test_requantize_is_the_law(x: int, scale: float, zero: int) -> None:
    operands = [np.full(1, x, np.int32), np.float32(scale), np.int32(zero)]
    expected = exact(scalars.mul(float(np.float32(x)), scale), zero)
    for run in (fast, slow):
        assert run("requantize", operands)[0].tolist() == [expected]
