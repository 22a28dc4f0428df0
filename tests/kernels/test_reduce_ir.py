"""The fast rsum equals its definition bit for bit (N6), over rows and over columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anhvm.kernels.cpu.fpmode import flush_mode
from anhvm.kernels.cpu.reduce_ir import CHUNK, STRIP, STRIP_WORKSPACE, rsum_row
from anhvm.kernels.cpu.reduce_ir import rsum_columns as _columns
from anhvm.kernels.definitions import reductions
from tests.kernels.numbers import F32, floats32, guarded, hostile, same, tame

LENGTHS = [0, 1, 31, 32, 33, 1000, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 40, 33 * CHUNK]


def rsum(x: F32) -> F32:
    with flush_mode():
        return np.array(rsum_row(x.ctypes.data, x.size), np.float32)


def rsum_columns(x: F32, first: int, columns: int) -> F32:
    """Down the columns [first, first + columns) of x[rows, step]."""
    out = np.zeros(columns + 8, np.float32)
    workspace = np.full(STRIP_WORKSPACE + 8, np.nan, np.float32)
    workspace[-8:] = 7
    at = x.ctypes.data + 4 * first
    with flush_mode():
        _columns(at, x.shape[0], x.shape[1], columns, out.ctypes.data, workspace.ctypes.data)
    assert (out[-8:] == 0).all() and (workspace[-8:] == 7).all()
    return out[:columns]


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


@settings(max_examples=30)
@given(st.integers(0, 200), st.integers(1, STRIP), st.integers(0, 9), st.integers(0, 2**32))
def test_columns_equal_the_definition(rows: int, columns: int, more: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    x = guarded(hostile(generator, (rows, columns + more)))
    first = more // 2
    wanted = reductions.rsum(np.ascontiguousarray(x[:, first : first + columns].T))
    assert same(rsum_columns(x, first, columns), wanted)


@pytest.mark.parametrize("rows", [CHUNK, CHUNK + 1, 3 * CHUNK + 17])
def test_long_columns_equal_the_definition(rows: int) -> None:
    x = guarded(tame(np.random.default_rng(rows), (rows, 5)))
    assert same(rsum_columns(x, 1, 4), reductions.rsum(np.ascontiguousarray(x[:, 1:].T)))


def test_three_levels() -> None:
    # More than CHUNK chunks: 2^24 elements and a few, all equal, so that the answer is known.
    count = CHUNK * CHUNK + 3
    x = np.full(count, 2.0**-10, np.float32)
    assert rsum(x) == np.float32(CHUNK * CHUNK * 2.0**-10 + 3 * 2.0**-10)
    column = rsum_columns(x.reshape(-1, 1), 0, 1)
    assert column[0] == np.float32(CHUNK * CHUNK * 2.0**-10 + 3 * 2.0**-10)
