"""top_k against Python's sort, in short and long rows; what is picked is placed back."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.cpu.call import call as fast
from anhvm.kernels.cpu.orders import SHORT
from anhvm.kernels.definitions.call import call as slow
from anhvm.kernels.ranks import KernelFault
from tests.kernels.numbers import F32, SPECIAL, hostile, same

COUNTS = [1, 2, 17, SHORT, SHORT + 1, 1000, 5000]


def in_order(row: list[float], k: int) -> list[int]:
    """The law on a list."""
    places = range(len(row))
    return sorted(places, key=lambda i: (not math.isnan(row[i]), -row[i], i))[:k]


def rows(count: int) -> list[F32]:
    """Rows that are random, full of ties, ordered, reversed, or all the same."""
    random = np.random.default_rng(count)
    up = np.sort(random.normal(size=count)).astype(np.float32)
    ties = random.choice(SPECIAL, count)
    near = (1 + random.integers(0, 300, count) * 2.0**-23).astype(np.float32)
    return [hostile(random, (count,)), ties, up, up[::-1], np.zeros(count, np.float32), near]


@pytest.mark.parametrize("count", COUNTS)
def test_top_k_is_a_sort(count: int) -> None:
    x = np.stack(rows(count))
    for k in sorted({1, min(3, count), count // 2 + 1, count}):
        expected = np.array([in_order(row.tolist(), k) for row in x], np.int32)
        for run in (slow, fast):
            np.testing.assert_array_equal(run("top_k_index", [x], (k,))[0], expected)
            values = run("top_k", [x], (k,))[0]
            assert same(values, np.take_along_axis(x, expected, -1))


@pytest.mark.parametrize("count", [3, 300])
def test_rows_in_any_split(count: int) -> None:
    random = np.random.default_rng(count)
    x = hostile(random, (700, 2, count))
    index = random.integers(0, count, (700, 2, 5), np.int32)
    u = hostile(random, index.shape)
    calls: list[tuple[str, list[Any], tuple[int, ...]]] = [
        ("top_k", [x], (2,)),
        ("top_k_index", [x], (3,)),
        ("take_along", [x, index], ()),
        ("place_along", [u, index, x], ()),
    ]
    for name, given, attrs in calls:
        truth = slow(name, given, attrs)[0]
        prepared = Prepared(name, given, attrs)
        splits = sorted(int(s) for s in random.integers(0, prepared.tiles + 1, 3))
        ours = prepared.run(splits)[0]
        assert same(ours, truth) if name != "top_k_index" else (ours == truth).all(), name


def test_what_is_placed_is_added_in_order() -> None:
    index, x = np.array([[1, 1, 1]], np.int32), np.zeros((1, 2), np.float32)
    u = np.array([[1.0, 1e8, -1e8]], np.float32)
    for run in (slow, fast):
        assert run("place_along", [u, index, x])[0].tolist() == [[0.0, 0.0]]  # 1 + 1e8 is 1e8


@pytest.mark.parametrize("k", [0, 4, 1 << 16])
def test_k_has_bounds(k: int) -> None:
    with pytest.raises(KernelFault) as caught:
        fast("top_k", [np.zeros((2, 3), np.float32)], (k,))
    assert caught.value.code == ("kernel.shape" if k == 4 else "kernel.type")
