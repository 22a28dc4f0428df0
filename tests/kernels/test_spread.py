"""Sums of squares, variance, minima and norms on numbers of one size, where each rounding shows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.cpu.call import call as fast
from anhvm.kernels.definitions.call import call as slow
from tests.kernels.numbers import hostile, same, tame


def agree(name: str, inputs: list[Any], attrs: tuple[int, ...], random: np.random.Generator) -> Any:
    prepared = Prepared(name, inputs, attrs)
    splits = sorted(int(s) for s in random.integers(0, prepared.tiles + 1, 3))
    found = prepared.run(splits)
    for ours, law in zip(found, slow(name, inputs, attrs), strict=True):
        assert same(ours, law), (name, attrs, splits)
    return found[0] if len(found) == 1 else found


@pytest.mark.parametrize("axes", range(1, 16))
def test_reductions_over_every_mask(axes: int) -> None:
    random = np.random.default_rng(axes)
    x = (random.normal(size=(3, 19, 2, 67)) + 2).astype(np.float32)
    reduced = tuple(i for i in range(4) if axes >> i & 1)
    for ddof in (0, 1):
        var = agree("var", [x, np.int32(ddof)], (axes, 0), random)
        np.testing.assert_allclose(
            var, x.var(axis=reduced, ddof=ddof, dtype=np.float64), rtol=1e-5, atol=1e-6
        )
    squares = agree("sum_squares", [x], (axes, axes & 5), random)
    np.testing.assert_allclose(squares.reshape(-1), (x * x).sum(axis=reduced).reshape(-1), 1e-5)
    np.testing.assert_array_equal(agree("min", [x], (axes, 0), random), x.min(axis=reduced))


@pytest.mark.parametrize("count", [4095, 4096, 4097, 12289])
@pytest.mark.parametrize("columns", [None, 1, 3, 200])
def test_squares_across_chunks(count: int, columns: int | None) -> None:
    random = np.random.default_rng(count)
    shape = (count,) if columns is None else (count, columns)
    x = random.normal(size=shape).astype(np.float32)
    agree("sum_squares", [x], (1, 0), random)
    agree("var", [x, np.int32(1)], (1, 0), random)


@pytest.mark.parametrize("shape", [(5, 33), (2, 3, 70), (2, 4097), (9, 1)])
def test_norms(shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(shape[-1])
    x, w = (random.normal(size=shape).astype(np.float32) for _ in range(2))
    gamma, beta = (random.normal(size=shape[-1:]).astype(np.float32) for _ in range(2))
    eps = np.float32(1e-5)
    for name, inputs in (
        ("centre", [x]),
        ("rms_normalize", [x, eps]),
        ("rms_grad", [x, w, eps]),
        ("rms_norm", [x, gamma, eps]),
    ):
        agree(name, inputs, (), random)
    y = agree("layer_norm", [x, gamma, beta, eps], (), random)
    wide = x.astype(np.float64)
    d = wide - wide.mean(axis=-1, keepdims=True)
    expected = d / np.sqrt((d * d).mean(axis=-1, keepdims=True) + 1e-5) * gamma + beta
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)


def test_adam_is_what_the_textbook_says() -> None:
    random = np.random.default_rng(3)
    w, m, d = (random.normal(size=5000).astype(np.float32) for _ in range(3))
    v = np.abs(m)
    scalars = [np.float32(s) for s in (0.01, 1.2, 1.1, 1e-8)]
    rate, c1, c2, eps = (float(s) for s in scalars)
    mean = agree("adam_mean", [m, d, np.float32(0.9)], (), random)
    square = agree("adam_square", [v, d, np.float32(0.999)], (), random)
    np.testing.assert_allclose(mean, 0.9 * m + 0.1 * d, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(square, 0.999 * v + 0.001 * d * d, rtol=1e-4)
    step = agree("adam_step", [w, mean, square, *scalars], (), random)
    moved = rate * c1 * mean / (np.sqrt(square * c2) + eps)
    np.testing.assert_allclose(step, w - moved, rtol=1e-4, atol=1e-6)
    fade = np.float32(0.99)
    faded = agree("adamw_step", [w, mean, square, *scalars, fade], (), random)
    np.testing.assert_allclose(faded, w * 0.99 - moved, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("make", [hostile, tame])
def test_a_whole_step_is_its_parts(make: Any) -> None:
    random = np.random.default_rng(4)
    w, m, v, d = (make(random, (5001,)) for _ in range(4))
    rate, c1, c2, eps, b1, b2, fade, one = (
        np.float32(s) for s in (0.01, 1.2, 1.1, 1e-8, 0.9, 0.999, 0.99, 1.0)
    )
    means = fast("adam_mean", [m, d, b1]) + fast("adam_square", [v, d, b2])
    for given, step in (
        (fade, fast("adamw_step", [w, *means, rate, c1, c2, eps, fade])),
        (one, fast("adam_step", [w, *means, rate, c1, c2, eps])),
    ):
        whole = agree("adamw", [w, m, v, d, rate, c1, c2, eps, b1, b2, given], (), random)
        assert all(same(a, b) for a, b in zip(whole, step + means, strict=True))
    moved = fast("momentum", [v, d, b1])
    whole = agree("momentum_step", [w, v, d, b1, rate], (), random)
    parts = fast("sgd", [w, *moved, rate]) + moved
    assert all(same(a, b) for a, b in zip(whole, parts, strict=True))


def test_dropout_keeps_by_the_numbers_of_its_stream() -> None:
    x = np.arange(1, 3001, dtype=np.float32)
    random = np.random.default_rng(0)
    given = [x, np.float32(0.25), np.uint64(5), np.uint64(7)]
    y = agree("dropout", given, (), random)
    (numbers,) = slow("uniform", [np.uint64(5), np.uint64(7)], (), (3000,))
    np.testing.assert_array_equal(y != 0, numbers >= 0.25)
    np.testing.assert_allclose(y[y != 0], x[y != 0] / 0.75, rtol=1e-6)
    assert 0.72 < (y != 0).mean() < 0.78
