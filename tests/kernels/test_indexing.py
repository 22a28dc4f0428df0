"""Tables: the order of sums, however the table is split, and what an index may be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.cpu.call import call as fast
from anhvm.kernels.cpu.indexing import FEW, LINE, LONG
from anhvm.kernels.definitions import scalars
from anhvm.kernels.definitions.call import call as slow
from tests.kernels.numbers import hostile, same, tame

Array = NDArray[Any]


def by_loops(w: Array, index: Array, u: Array) -> Array:
    """The law, one number at a time."""
    y = w.copy()
    for position, row in enumerate(index.reshape(-1)):
        for j in range(w.shape[1]):
            term = float(u.reshape(-1, w.shape[1])[position, j])
            y[row, j] = scalars.add(float(y[row, j]), term)
    return y


@pytest.mark.parametrize("dims", [(7, 3), (3, 40)])
def test_scatter_add_is_the_law(dims: tuple[int, int]) -> None:
    random = np.random.default_rng(dims[0])
    w, u = hostile(random, dims), hostile(random, (4, 10, dims[1]))
    index = random.integers(0, dims[0], (4, 10), np.int32)
    expected = by_loops(w, index, u)
    for run in (slow, fast):
        assert same(run("scatter_add", [w, index, u])[0], expected)
        zero = np.zeros(dims, np.float32)
        assert same(run("gather_grad", [u, index, w])[0], by_loops(zero, index, u))


@pytest.mark.parametrize(
    "dims", [(5, LONG - 1), (5, LONG), (9 * FEW + 1, 1), (3, 5 * LINE + 7), (1000, 100)]
)
def test_however_a_table_is_split(dims: tuple[int, int]) -> None:
    random = np.random.default_rng(dims[1])
    count = 3 * dims[0]
    w, u = tame(random, dims), tame(random, (count, dims[1]))
    index = random.integers(0, dims[0], count, np.int32)
    for name, given in (
        ("scatter_add", [w, index, u]),
        ("gather_grad", [u, index, w]),
        ("gather", [w, index]),
    ):
        truth = slow(name, given)[0]
        prepared = Prepared(name, given)
        for cut in range(0, prepared.tiles + 1, max(1, prepared.tiles // 5)):
            prepared.outputs[0][...] = np.nan
            assert same(prepared.run([cut])[0], truth), (name, cut)
        assert same(fast(name, given, threads=3)[0], truth)


def test_sums_start_from_what_is_there_and_go_up() -> None:
    w = np.array([[1e8], [-0.0], [-0.0]], np.float32)
    index = np.array([0, 0, 0, 1], np.int32)
    u = np.array([[1.0], [-1e8], [1.0], [-0.0]], np.float32)
    for run in (slow, fast):
        (y,) = run("scatter_add", [w, index, u])
        # 1e8 + 1 is 1e8: another order, or +0 to start from, gives 2.
        assert y[:, 0].tolist() == [1.0, 0.0, 0.0]
        assert np.signbit(y[1:, 0]).all()
        (d,) = run("gather_grad", [u, index, w])
        assert d[:, 0].tolist() == [-1e8, 0.0, 0.0] and not np.signbit(d[1:, 0]).any()


def test_a_single_index_is_a_scalar() -> None:
    w = np.arange(6, dtype=np.float32).reshape(3, 2)
    for run in (slow, fast):
        np.testing.assert_array_equal(run("gather", [w, np.int32(2)])[0], [4, 5])


@pytest.mark.parametrize("place", [0, 1023, 1024, 2500])
@pytest.mark.parametrize("name", ["gather", "scatter_add"])
def test_an_index_outside_is_found_wherever_it_stands(name: str, place: int) -> None:
    index = np.zeros(2501, np.int32)
    index[place:] = 3
    w, u = np.zeros((3, 1), np.float32), np.zeros((2501, 1), np.float32)
    assert Prepared(name, [w, index] if name == "gather" else [w, index, u]).check() == place
