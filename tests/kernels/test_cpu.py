"""Every CPU kernel equals its definition bit for bit, however its tiles are split."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.cpu.call import call as fast
from anhvm.kernels.cpu.kernels import FUNCTIONS
from anhvm.kernels.definitions.call import call as slow
from anhvm.kernels.ranks import KernelFault
from anhvm.kernels.row import INDEXES
from anhvm.kernels.table import KERNELS, Kernel
from tests.kernels.cases import Case, draw
from tests.kernels.numbers import hostile, same, tame

NAMES = [k.name for k in KERNELS]
CASES = 40


def agree(name: str, case: Case, random: np.random.Generator) -> None:
    prepared = Prepared(name, case.inputs, case.attrs, case.counts)
    splits = sorted(int(s) for s in random.integers(0, prepared.tiles + 1, 3))
    truths = slow(name, case.inputs, case.attrs, case.counts)
    shapes = [x.shape for x in case.inputs]
    for ours, truth in zip(prepared.run(splits), truths, strict=True):
        assert ours.dtype == truth.dtype
        assert same(ours, truth), f"{name} {shapes} {case.attrs} {case.counts} {splits}"


def test_every_kernel_has_a_cpu_kernel() -> None:
    assert set(FUNCTIONS) == set(NAMES)
    for kernel in KERNELS:
        assert bool(kernel.check) == (FUNCTIONS[kernel.name].check is not None)


@pytest.mark.parametrize("name", NAMES)
def test_equals_the_definition(name: str) -> None:
    random = np.random.default_rng(NAMES.index(name))
    for _ in range(CASES):
        agree(name, draw(name, random), random)


@pytest.mark.parametrize("kernel", [k for k in KERNELS if k.in_place], ids=lambda k: k.name)
def test_outputs_may_lie_over_operands(kernel: Kernel) -> None:
    random = np.random.default_rng(kernel.id)
    tensors = [i for i, o in enumerate(kernel.signature.inputs) if o.rests]
    for over in permutations(tensors, len(kernel.signature.outputs)):
        case = draw(kernel.name, random, 9000)
        truths = slow(kernel.name, case.inputs)
        prepared = Prepared(kernel.name, [x.copy() for x in case.inputs], over=over)
        for ours, truth in zip(prepared.run([prepared.tiles // 2]), truths, strict=True):
            assert same(ours, truth), (over, case.inputs[0].shape)


@pytest.mark.parametrize("count", [4095, 4096, 4097, 8192, 12289])
@pytest.mark.parametrize("columns", [None, 1, 3, 70, 300])
def test_sums_across_chunks(count: int, columns: int | None) -> None:
    random = np.random.default_rng(count)
    x = tame(random, (count,) if columns is None else (count, columns))
    agree("sum", Case([x], (1, 0), ()), random)


@pytest.mark.parametrize("name", ["sum", "mean", "max", "argmax"])
@pytest.mark.parametrize("axes", range(16))
def test_reductions_over_every_mask(name: str, axes: int) -> None:
    random = np.random.default_rng(axes)
    agree(name, Case([tame(random, (3, 19, 2, 67))], (axes, axes & 5), ()), random)


def test_a_gathered_sum_of_more_than_a_chunk() -> None:
    random = np.random.default_rng(0)
    agree("sum", Case([tame(random, (90, 2, 97))], (0b101, 0), ()), random)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmax_grad", "log_softmax_grad"])
def test_rows_across_chunks(name: str) -> None:
    random = np.random.default_rng(1)
    rows = [tame(random, (2, 4097)) for _ in range(2 if name.endswith("grad") else 1)]
    agree(name, Case(list(rows), (), ()), random)


@pytest.mark.parametrize("shape", [(4097, 3), (3, 4097)])
def test_cross_entropy_across_chunks(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(2)
    x, label = tame(random, shape), random.integers(0, shape[1], shape[0], np.int32)
    agree("cross_entropy", Case([x, label], (), ()), random)
    agree("cross_entropy_grad", Case([x, label, np.array(0.7, np.float32)], (), ()), random)


@pytest.mark.parametrize("name", ["add", "div", "exp", "tanh", "less", "normal", "fill"])
def test_elementwise_across_tiles_in_threads(name: str) -> None:
    random = np.random.default_rng(3)
    dims = (9, 1001)
    row = hostile(random, dims[1:])
    inputs: dict[str, list[Any]] = {
        "normal": [np.uint64(1 << 63), np.uint64(7)],
        "fill": [np.float32(-0.0)],
        "exp": [hostile(random, dims)],
        "tanh": [hostile(random, dims)],
    }
    given = inputs.get(name, [hostile(random, dims), row])
    counts = dims if name in ("normal", "fill") else ()
    (alone,) = fast(name, given, (), counts)
    (together,) = fast(name, given, (), counts, threads=3)
    assert same(alone, together)
    assert same(alone, slow(name, given, (), counts)[0])


@pytest.mark.parametrize("dims", [(61, 7, 23), (5, 2, 3, 401), (2, 4999), (4999, 2), (3, 3, 1501)])
def test_every_broadcast_across_tiles(dims: tuple[int, ...]) -> None:
    random = np.random.default_rng(4)
    y = tame(random, dims)
    for ones in range(1 << len(dims)):
        part = tuple(1 if ones >> i & 1 else d for i, d in enumerate(dims))
        agree("add", Case([tame(random, part), y], (), ()), random)
        agree(
            "select", Case([random.random(part) < 0.5, y, tame(random, dims[-1:])], (), ()), random
        )


@pytest.mark.parametrize("axes", range(8))
@pytest.mark.parametrize("dims", [(61, 7, 43), (2, 4999, 1), (3, 2, 1501)])
def test_every_expansion_across_tiles(dims: tuple[int, ...], axes: int) -> None:
    random = np.random.default_rng(axes)
    u = tame(random, tuple(1 if axes >> i & 1 else d for i, d in enumerate(dims)))
    for name in ("expand", "mean_grad"):
        agree(name, Case([u, np.zeros(dims, np.float32)], (axes, axes), ()), random)


@pytest.mark.parametrize("name", [k.name for k in KERNELS if k.check])
@pytest.mark.parametrize("bad", [-1, 5, 2**31 - 1, -(2**31)])
def test_the_first_bad_label_is_found(name: str, bad: int) -> None:
    label = np.array([0, 4, bad, bad], np.int32)
    kernel = next(k for k in KERNELS if k.name == name)
    sizes = {"N": (4,), "S": (4,), "C": (5,), "D": (3,), "K": (1,)}
    inputs: list[Any] = []
    for operand in kernel.signature.inputs:
        dims = [d for v in (*operand.rests, *operand.tail) for d in sizes[v]]
        here = label.reshape(dims) if operand.name in INDEXES else np.ones(dims, np.float32)
        inputs.append(here)
    for run in (fast, slow):
        with pytest.raises(KernelFault, match="position 2") as caught:
            run(name, inputs)
        assert caught.value.code == "kernel.data"
