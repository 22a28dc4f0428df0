"""Reductions of few results are divided between threads by their chunks, and no bit shows it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.cpu.call import call as fast
from anhvm.kernels.cpu.parts import FEW
from anhvm.kernels.cpu.reduce_ir import CHUNK
from anhvm.kernels.definitions.call import call as slow
from anhvm.kernels.table import BY_NAME
from tests.kernels.numbers import hostile, same, tame
from tests.machine.build import engine
from tests.machine.one_kernel import bits
from tests.machine.one_kernel import run as run_in_machine

REDUCTIONS = ("sum", "mean", "sum_squares", "max", "min", "argmax", "max_pick", "max_grad")
# Dims, the mask of reduced axes, and the axes that are left.
SHAPES = [
    ((3 * CHUNK + 1,), 0b1, ()),
    ((2, CHUNK + 700), 0b10, (2,)),
    ((CHUNK + 33, 5), 0b01, (5,)),
    ((CHUNK + 1, 300), 0b01, (300,)),
    ((2, 2 * CHUNK + 5, 3), 0b010, (2, 3)),
    ((90, 2, 97), 0b101, (2,)),
]


def given(name: str, x: Any, kept: tuple[int, ...], random: np.random.Generator) -> list[Any]:
    more = {"max_grad": kept, "max_pick": x.shape}
    return [x, tame(random, more[name])] if name in more else [x]


def operands(
    name: str, random: np.random.Generator, chunks: int
) -> tuple[list[Any], tuple[int, ...]]:
    """Those of a call with one result, out of so many chunks or rows."""
    if name == "cross_entropy":
        dims = chunks, CHUNK
        return [tame(random, dims), random.integers(0, CHUNK, chunks, np.int32)], ()
    x = tame(random, (chunks * CHUNK - 9,))
    return given(name, x, (), random), (1, 0)


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize(("dims", "mask", "kept"), SHAPES)
@pytest.mark.parametrize("make", [hostile, tame])
def test_chunks_give_the_bits_of_the_law(
    name: str, dims: tuple[int, ...], mask: int, kept: tuple[int, ...], make: Any
) -> None:
    random = np.random.default_rng(mask)
    inputs = given(name, make(random, dims), kept, random)
    attrs = (mask, 0)
    prepared, truth = Prepared(name, inputs, attrs), slow(name, inputs, attrs)[0]
    assert prepared.tiles > 2
    for _ in range(3):
        splits = sorted(int(s) for s in random.integers(0, prepared.tiles + 1, 3))
        assert same(prepared.run(splits)[0], truth), splits
    assert same(fast(name, inputs, attrs, threads=2)[0], truth)


@pytest.mark.parametrize("name", [*REDUCTIONS, "cross_entropy"])
def test_a_range_of_tiles_reads_only_its_own_chunks(name: str) -> None:
    random = np.random.default_rng(1)
    inputs, attrs = operands(name, random, 5)
    truth = slow(name, inputs, attrs)[0]
    x = inputs[0].copy()
    prepared = Prepared(name, [x, *inputs[1:]], attrs)
    assert prepared.tiles == 6
    flat, held, edge = x.reshape(-1), inputs[0].reshape(-1), 2 * CHUNK
    flat[edge:] = np.nan
    prepared.part(0, 2)
    flat[:edge], flat[edge:] = np.nan, held[edge:]
    prepared.part(2, 5)
    flat[:] = held
    prepared.part(5, 6)
    assert same(prepared.outputs[0], truth)


def test_many_results_are_shared_as_they_are() -> None:
    x = np.ones((FEW, CHUNK + 1), np.float32)
    assert Prepared("sum", [x], (2, 0)).tiles == FEW
    assert Prepared("sum", [x[:-1]], (2, 0)).tiles == 2 * (FEW - 1) + 1


@pytest.mark.parametrize("name", [*REDUCTIONS, "cross_entropy"])
def test_the_last_tile_waits_for_all_threads(name: str) -> None:
    random = np.random.default_rng(2)
    inputs, attrs = operands(name, random, 61)
    alone = bits(run_in_machine(engine(1), BY_NAME[name], inputs, attrs))
    for threads in (2, 3):
        on = engine(threads)
        for _ in range(10):
            assert bits(run_in_machine(on, BY_NAME[name], inputs, attrs)) == alone
