"""Fused attention against law N12 for one query at a time, across blocks of keys and of queries."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from anhvm.kernels.cpu.attention import ROWS
from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.definitions import floats
from anhvm.kernels.definitions.call import call as define
from anhvm.kernels.definitions.reductions import rmax, rsum
from anhvm.kernels.definitions.transcendental import exp
from tests.kernels.numbers import hostile, same, tame

F32 = NDArray[np.float32]
SHAPES = [
    (1, 1, 1),
    (3, 127, 2),
    (3, 128, 5),
    (ROWS + 1, 129, 3),
    (130, 257, 4),
    (260, 140, 1),
    (2, 130, 700),
]


def one_query(q: F32, k: F32, v: F32, scale: F32, row: int, causal: bool) -> F32:
    """N12 as it is written."""
    last = min(len(k), row + 1) if causal else len(k)
    m = total = o = None
    for start in range(0, last, 128):
        keys = range(start, min(start + 128, len(k)))
        (products,) = define("matmul_nt", [q[None], k[keys]])
        seen = floats.mul(products[0], scale)[: last - start]
        top = rmax(seen)
        peak = top if m is None else floats.maximum(m, top)
        p = np.zeros(len(keys), np.float32)
        p[: len(seen)] = exp(floats.sub(seen, peak))
        chain = np.zeros(v.shape[1], np.float32)
        for at, j in enumerate(keys):
            chain = floats.fma(p[at], v[j], chain)
        if m is None:
            total, o = rsum(p), chain
        else:
            c = exp(floats.sub(m, peak))
            total, o = floats.fma(total, c, rsum(p)), floats.fma(o, c, chain)
        m = peak
    return floats.mul(o, floats.div(np.float32(1), total))


def drawn(shape: tuple[int, int, int], make: Any) -> list[Any]:
    queries, keys, size = shape
    random = np.random.default_rng(keys)
    tensors = [make(random, dims) for dims in ((queries, size), (keys, size), (keys, size))]
    return [*tensors, np.float32(0.7)]


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("make", [tame, hostile])
@pytest.mark.parametrize("shape", SHAPES)
def test_attention_is_the_law(shape: tuple[int, int, int], make: Any, causal: bool) -> None:
    name = "attention_causal" if causal else "attention"
    q, k, v, scale = drawn(shape, make)
    (law,) = define(name, [q, k, v, scale])
    prepared = Prepared(name, [q, k, v, scale])
    assert same(prepared.run(range(1, prepared.tiles))[0], law)
    for row in {0, shape[0] // 2, shape[0] - 1}:
        assert same(one_query(q[row], k, v, scale, row, causal), law[row]), row


@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_near_the_composed_form(causal: bool) -> None:
    random = np.random.default_rng(3)
    q, k, v = (random.normal(size=(2, 150, 8)).astype(np.float32) for _ in range(3))
    (ours,) = define("attention_causal" if causal else "attention", [q, k, v, np.float32(0.3)])
    scores = np.float64(0.3) * q @ k.swapaxes(-1, -2)
    if causal:
        scores = np.where(np.tri(150, 150) > 0, scores, -np.inf)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    np.testing.assert_allclose(ours, weights @ v / weights.sum(-1, keepdims=True), 1e-4, 1e-5)
