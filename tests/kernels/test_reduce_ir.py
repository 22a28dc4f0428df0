"""The fast rsum equals its definition bit for bit (N6)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.kernels.cpu.fpmode import flush_mode
from anhvm.kernels.cpu.reduce_ir import CHUNK, rsum_row
from anhvm.kernels.definitions import reductions
from tests.kernels.numbers import F32, floats32, guarded, same, tame

LENGTHS = [0, 1, 31, 32, 33, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 40, 33 * CHUNK]


def rsum(x: F32) -> F32:
    with flush_mode():
        return np.array(rsum_row(x.ctypes.data, x.size), np.float32)


@pytest.mark.parametrize("length", LENGTHS)
def test_rows_equal_the_definition(length: int) -> None:
    for seed in range(3):
        x = guarded(tame(np.random.default_rng(seed), (length,)))
        assert same(rsum(x), np.asarray(reductions.rsum(x)))


@given(st.lists(floats32, max_size=100))
def test_rows_of_any_values_equal_the_definition(values: list[float]) -> None:
    x = np.array(values, np.float32)
    assert same(rsum(x), np.asarray(reductions.rsum(x)))


def test_an_absent_element_is_not_added() -> None:
    # Every lane becomes -0 by a flush; +0 from elements that are not there would make it +0.
    tiny = np.float32(2.0**-126)
    x = np.repeat(np.array([1.5 * tiny, -1.75 * tiny], np.float32), 32)
    y = rsum(guarded(np.append(x, np.float32(-0.0))))
    assert y == 0 and np.signbit(y)


def test_three_levels() -> None:
    # More than CHUNK chunks: 2^24 elements and a few, all equal, so that the answer is known.
    count = CHUNK * CHUNK + 3
    x = np.full(count, 2.0**-10, np.float32)
    assert rsum(x) == np.float32(CHUNK * CHUNK * 2.0**-10 + 3 * 2.0**-10)
