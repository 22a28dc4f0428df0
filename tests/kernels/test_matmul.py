"""The fast matmul equals N7 bit for bit: every transpose, shape, value, split and CPU."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.cpu.matmul import BLOCK, COLUMN_BLOCK, PANEL, ROW_BLOCK, W0, W1
from anhvm.kernels.cpu.parts import FEW
from anhvm.kernels.cpu.single import COLUMNS, STREAMS
from anhvm.kernels.definitions.floats import add, fma
from anhvm.kernels.definitions.matmul import matmul
from tests.cpus import on_other_cpu
from tests.kernels.numbers import F32, same
from tests.kernels.product import NAMES, digest, operands, product


def expected(name: str, a: F32, b: F32) -> F32:
    return matmul(a, b, name[0] == "t", name[1] == "t")


SHAPES = [
    (1, 1, 1),
    (W0 + 1, 17, PANEL + 1),
    (W0, 256, PANEL),
    (2 * W0 + 7, 257, 2 * PANEL - 1),
    (3, 513, 5),
    (ROW_BLOCK + 3, 4, COLUMN_BLOCK + 9),
    (1, 513 + STREAMS // 2, COLUMN_BLOCK + 3),
    (1, STREAMS - 1, COLUMNS + 5),
    (2, 255, 8 * PANEL),
    (2 * W1, 30, PANEL + 2),
    (ROW_BLOCK, 256, 3),
    (2, 256, COLUMN_BLOCK),
    (2, 249, COLUMN_BLOCK),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", NAMES)
def test_equals_the_definition(name: str, shape: tuple[int, int, int]) -> None:
    a, b = operands(name, (), *shape)
    y = product(name, a, b)
    assert same(y, expected(name, a, b))
    assert y.size < 20 or np.isfinite(y).mean() > 0.3  # NaN everywhere would show nothing


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(NAMES)),
    st.integers(1, 2 * W0),
    st.integers(0, 70),
    st.integers(1, 3 * PANEL),
    st.lists(st.integers(1, 3), max_size=3).map(tuple),
    st.integers(0, 2**32),
)
def test_equals_the_definition_anywhere(
    name: str, m: int, k: int, n: int, batch: tuple[int, ...], seed: int
) -> None:
    a, b = operands(name, batch, m, k, n, seed)
    assert same(product(name, a, b), expected(name, a, b))


@pytest.mark.parametrize("name", NAMES)
def test_the_split_among_workers_changes_no_bit(name: str) -> None:
    a, b = operands(name, (2,), 3 * ROW_BLOCK + 5, 7, COLUMN_BLOCK + 40)
    whole = product(name, a, b)
    assert same(whole, product(name, a, b, [0.1, 0.5, 0.51, 0.8]))
    assert same(whole, product(name, a, b, [i / 16 for i in range(1, 16)]))


@pytest.mark.parametrize("name", ["nn", "tn"])
@pytest.mark.parametrize(
    ("batch", "n", "tiles"), [((), COLUMNS + 5, 7), ((3,), 70, 10), ((FEW,), 5, FEW)]
)
def test_single_rows_share_the_blocks_of_k(
    name: str, batch: tuple[int, ...], n: int, tiles: int
) -> None:
    a, b = operands(name, batch, 1, 2 * BLOCK + 6, n)
    assert Prepared(NAMES[name], [a, b]).tiles == tiles
    for cuts in ([], [0.5], [i / tiles for i in range(1, tiles)]):
        assert same(product(name, a, b, cuts), expected(name, a, b))


def test_a_range_of_tiles_reads_only_its_own_rows_of_b() -> None:
    a, b = operands("nn", (), 1, 4 * BLOCK, 50)
    held, half = b.copy(), 2 * BLOCK
    prepared = Prepared("matmul", [a, b])
    b[half:] = np.nan
    prepared.part(0, 2)
    b[:half], b[half:] = np.nan, held[half:]
    prepared.part(2, 4)
    prepared.part(4, 5)
    assert same(prepared.outputs[0], expected("nn", a, held))


def test_blocks_are_added_and_not_chained() -> None:
    # 1 + 2^-24 is 1: in one chain the 256 small terms vanish, in a block of their own they do not.
    a = np.full((1, 512), 2.0**-12, np.float32)
    b = np.full((512, 1), 2.0**-12, np.float32)
    a[0, :256], b[:256, 0] = 1 / 16, 1 / 16
    assert product("nn", a, b)[0, 0] == np.float32(1 + 2.0**-16)
    assert product("nn", a[:, :256], b[:256])[0, 0] == 1


def test_products_are_fused() -> None:
    x = 1 + 2.0**-12  # its square ends in 2^-24, which a rounded product loses
    a = np.array([[-1, x]], np.float32)
    b = np.array([[1 + 2.0**-11], [x]], np.float32)
    assert product("nn", a, b)[0, 0] == np.float32(2.0**-24)


def test_nothing_is_added_or_left_out() -> None:
    # A padded k would add +0 to a flushed -0 and turn its sign.
    tiny = np.array([[2.0**-100]], np.float32)
    y = product("nn", -tiny, tiny)
    assert y[0, 0] == 0 and same(y, fma(-tiny, tiny, np.float32(0)))
    assert same(product("nn", np.zeros((2, 0), np.float32), np.zeros((0, 3), np.float32)),
                np.zeros((2, 3), np.float32))  # fmt: skip
    for m, n in ((0, 4), (4, 0)):
        empty = product("nn", np.ones((m, 5), np.float32), np.ones((5, n), np.float32))
        assert empty.shape == (m, n)


def test_the_definition_is_the_law_word_for_word() -> None:
    a, b = operands("nn", (), 2, 520, 2)
    for i in range(2):
        for j in range(2):
            parts = []
            for start in (0, 256, 512):
                acc = np.zeros((), np.float32)
                for k in range(start, min(start + 256, 520)):
                    acc = fma(a[i, k], b[k, j], acc)
                parts.append(acc)
            total = add(add(parts[0], parts[1]), parts[2])
            assert same(np.asarray(total), matmul(a, b)[i, j])


@pytest.mark.parametrize(
    ("cpu", "tile"), [on_other_cpu("haswell", "6 8"), on_other_cpu("x86-64", "4 4")]
)
def test_other_cpus_give_the_same_bits(cpu: str, tile: str) -> None:
    # Without FMA instructions fma is libm's; the tunable keeps glibc from picking its FMA version.
    tunable = "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2"
    extra = {"GLIBC_TUNABLES": tunable} if cpu == "x86-64" else {}
    environment = {**os.environ, **extra, "NUMBA_CPU_NAME": cpu}
    environment.pop("NUMBA_CPU_FEATURES", None)
    command = [sys.executable, "-m", "tests.kernels.product"]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == [*tile.split(), digest()]
