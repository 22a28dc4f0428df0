"""Batch norm: against binary64, in strips and in runs, across chunks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.definitions.call import call as slow
from tests.kernels.numbers import same, tame

Array = NDArray[Any]
EPS = np.float32(1e-3)

# Images; rows of one channel each; columns in strips; more than a chunk; a mask with axes between.
CALLS = [
    ((5, 3, 6, 7), 0b1101),
    ((4, 9), 0b10),
    ((70, 300), 0b01),
    ((4099, 3), 0b01),
    ((3, 2, 40, 41), 0b1101),
    ((1, 4100), 0b10),
    ((3, 4, 5, 6), 0b0101),
    ((3, 4, 5, 6), 0b1111),
    ((3, 1, 5), 0b010),
]


def agree(name: str, inputs: list[Any], attrs: tuple[int, int]) -> Array:
    random = np.random.default_rng(len(inputs))
    truth = slow(name, inputs, attrs)[0]
    prepared = Prepared(name, inputs, attrs)
    for cuts in ([], sorted(int(s) for s in random.integers(0, prepared.tiles + 1, 3))):
        prepared.outputs[0][...] = np.nan
        assert same(prepared.run(cuts)[0], truth), (name, attrs, cuts)
    return truth


@pytest.mark.parametrize(("dims", "mask"), CALLS)
def test_batch_norm_is_the_formula(dims: tuple[int, ...], mask: int) -> None:
    random = np.random.default_rng(mask)
    axes = tuple(i for i in range(len(dims)) if mask >> i & 1)
    kept = tuple(d for i, d in enumerate(dims) if i not in axes)
    x, u = ((random.normal(size=dims) + 3).astype(np.float32) for _ in range(2))
    mean, var, gamma, beta = (random.uniform(0.5, 2, kept).astype(np.float32) for _ in range(4))

    def wide(row: Array) -> Array:
        return np.expand_dims(row.astype(np.float64), axes)

    y = agree("batch_norm", [x, gamma, beta, EPS], (mask, 0))
    exact = x.astype(np.float64)
    c = exact - exact.mean(axes, keepdims=True)
    r = 1 / np.sqrt((c * c).mean(axes, keepdims=True) + float(EPS))
    np.testing.assert_allclose(y, c * r * wide(gamma) + wide(beta), rtol=1e-4, atol=1e-5)
    d = agree("batch_norm_grad", [x, u, gamma, EPS], (mask, mask & 0))
    h, w = c * r, u * wide(gamma)
    bent = r * (w - h * (w * h).mean(axes, keepdims=True))
    np.testing.assert_allclose(d, bent - bent.mean(axes, keepdims=True), rtol=1e-3, atol=1e-5)
    given = agree("batch_norm_infer", [x, mean, var, gamma, beta, EPS], (mask, 0))
    expected = (exact - wide(mean)) / np.sqrt(wide(var) + float(EPS)) * wide(gamma) + wide(beta)
    np.testing.assert_allclose(given, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("dims", "mask"), CALLS)
def test_each_rounding_is_that_of_the_program(dims: tuple[int, ...], mask: int) -> None:
    random = np.random.default_rng(mask)
    kept = tuple(1 if mask >> i & 1 else d for i, d in enumerate(dims))
    x, u = tame(random, dims), tame(random, dims)
    rows = [np.abs(tame(random, kept)) for _ in range(4)]
    agree("batch_norm", [x, rows[0], rows[1], EPS], (mask, mask))
    agree("batch_norm_grad", [x, u, rows[0], EPS], (mask, mask))
    agree("batch_norm_infer", [x, *rows, EPS], (mask, mask))


def test_nothing_to_normalise() -> None:
    row = np.ones(3, np.float32)
    for dims, mask in (((0, 3), 0b01), ((2, 3, 0), 0b101), ((0, 3, 0), 0b101)):
        x = np.zeros(dims, np.float32)
        assert agree("batch_norm_infer", [x, row, row, row, row, EPS], (mask, 0)).shape == dims
