"""cumsum against the law, number by number, and permutation against a sort."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.cpu.call import call as fast
from anhvm.kernels.cpu.permuting import _insert_slowly
from anhvm.kernels.definitions import scalars
from anhvm.kernels.definitions.call import call as slow
from tests.kernels.numbers import F32, same, tame
from tests.kernels.test_definitions import slow_philox


def by_numbers(x: F32) -> F32:
    """The law on a list."""
    y: list[float] = []
    total = 0.0
    for start in range(0, len(x), 4096):
        part = 0.0
        for value in x[start : start + 4096]:
            part = scalars.add(part, float(value))
            y.append(scalars.add(total, part))
        total = y[-1]
    return np.array(y, np.float32)


def agree(name: str, x: F32, mask: int, random: np.random.Generator) -> Any:
    prepared = Prepared(name, [x], (mask,))
    splits = sorted(int(s) for s in random.integers(0, prepared.tiles + 1, 3))
    prepared.outputs[0][...] = np.nan
    (ours,) = prepared.run(splits)
    assert same(ours, slow(name, [x], (mask,))[0]), (name, mask, splits)
    return ours


@pytest.mark.parametrize("count", [1, 100, 4095, 4096, 4097, 8193])
def test_cumsum_is_the_law(count: int) -> None:
    random = np.random.default_rng(count)
    x = tame(random, (count,))
    assert same(agree("cumsum", x, 1, random), by_numbers(x))
    assert same(agree("cumsum_back", x[::-1].copy(), 1, random), by_numbers(x)[::-1])


@pytest.mark.parametrize("name", ["cumsum", "cumsum_back"])
@pytest.mark.parametrize(
    ("dims", "mask"),
    [((4099, 3), 1), ((4099, 2), 3), ((3, 4099), 2), ((2, 5, 300), 2), ((5, 2, 2100), 0b101),
     ((2, 4, 3, 5), 0b1010), ((3, 1, 4), 0b010), ((3, 4), 0), ((0, 3), 1), ((3, 0, 2), 0b101)],
)  # fmt: skip
def test_across_chunks_strips_and_walks(name: str, dims: tuple[int, ...], mask: int) -> None:
    random = np.random.default_rng(mask)
    agree(name, tame(random, dims), mask, random)


def test_a_chunk_starts_afresh() -> None:
    x = np.zeros(5000, np.float32)
    x[0], x[4096:4098] = 2.0**24, 1.0
    y = fast("cumsum", [x], (1,))[0]
    # One after the other, 2^24 + 1 + 1 would be 2^24.
    assert y[4096:4098].tolist() == [2.0**24, 2.0**24 + 2]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 9, 1000, 4097])
def test_permutation_is_the_law(count: int) -> None:
    words = [w for b in range(count // 2 + 1) for w in slow_philox(11, b, 3 << 33)]
    keys = [(words[2 * i] << 32 | words[2 * i + 1], i) for i in range(count)]
    expected = [i for _, i in sorted(keys)]
    for run in (slow, fast):
        (y,) = run("permutation", [np.uint64(11), np.uint64(3 << 33)], (), (count,))
        assert y.dtype == np.int32 and y.tolist() == expected


def test_a_bucket_too_large_for_workspace_is_ordered_too() -> None:
    (truth,) = slow("permutation", [np.uint64(7), np.uint64(8)], (), (500,))
    y = np.arange(500, dtype=np.int32)
    _insert_slowly(y.ctypes.data, 500, np.uint64(7), np.uint64(8))
    np.testing.assert_array_equal(y, truth)


def test_a_large_permutation() -> None:
    given = [np.uint64(2**64 - 1), np.uint64(2**64 - 1)]
    (y,) = fast("permutation", given, (), (1 << 10, 300))
    np.testing.assert_array_equal(y, slow("permutation", given, (), (1 << 10, 300))[0])
    np.testing.assert_array_equal(np.sort(y.reshape(-1)), np.arange(300 << 10))
