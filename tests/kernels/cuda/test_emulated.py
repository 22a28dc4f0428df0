"""Every kernel of the CUDA tier, thread by thread in plain Python, equals its definition.

What this cannot see is what `ptx` makes of the names in `ops`; `test_ptx` reads that.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from anhvm.errors import CannotAnswer
from anhvm.kernels.cuda import columns
from anhvm.kernels.cuda.backend import FAMILIES, CudaKernels, supported
from anhvm.kernels.cuda.squares import DEPTH, FULL, Shape, squares
from anhvm.kernels.definitions.call import call
from anhvm.kernels.definitions.floats import add, canonical
from anhvm.kernels.definitions.reductions import CHUNK
from anhvm.kernels.ranks import KernelFault
from anhvm.kernels.table import BY_NAME, KERNELS
from tests.kernels.cases import draw
from tests.kernels.cuda.emulate import Emulator
from tests.kernels.numbers import hostile

Inputs = list[NDArray[Any]]
SMALL = 2  # threads along the edge of a block of a product: the same text, fewer threads


def assert_equal(name: str, inputs: Inputs, attrs: Any = (), counts: Any = ()) -> None:
    got = CudaKernels(Emulator(), side=SMALL).call(name, inputs, attrs, counts)
    for ours, law in zip(got, call(name, inputs, attrs, counts), strict=True):
        assert ours.dtype == law.dtype and ours.shape == law.shape
        if law.dtype == np.float32:
            ours, law = canonical(ours), canonical(law)
        assert ours.tobytes() == law.tobytes(), (name, [x.shape for x in inputs], attrs)


@pytest.mark.parametrize("name", CudaKernels.names())
def test_a_kernel_equals_its_definition(name: str) -> None:
    random = np.random.default_rng(len(name))
    for size in (25, 60):
        case = draw(name, random, size)
        assert_equal(name, case.inputs, case.attrs, case.counts)


@pytest.mark.parametrize("k", [250, 256, 257, 513])
def test_a_product_adds_its_chains_at_every_256(k: int) -> None:
    random = np.random.default_rng(k)
    a, b = (random.standard_normal(dims).astype(np.float32) for dims in ((1, k), (k, 2)))
    assert_equal("matmul", [a, b])


@pytest.mark.parametrize("turned", [(False, False), (False, True), (True, False), (True, True)])
def test_a_product_of_whole_squares_asks_nothing(
    turned: tuple[bool, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anhvm.kernels.cuda.squares.BLOCK", 16)
    shape = Shape(rows=4, columns=4, down=1, across=1)
    batch, m, n, k = 2, shape.tall, 2 * shape.wide, 40
    assert shape.covers(m, n, k) and not shape.covers(m, n, k + 1)
    random = np.random.default_rng(k)
    a, b = (random.standard_normal(dims).astype(np.float32) for dims in ((m, k), (batch, k, n)))
    given = a.T.copy() if turned[0] else a, b.swapaxes(1, 2).copy() if turned[1] else b
    y = np.full((batch, m, n), np.nan, np.float32)
    flat = (y.reshape(-1), *(x.reshape(-1) for x in given))
    kernel, grid = squares.__wrapped__(*turned, shape), shape.blocks(batch, m, n)
    Emulator().launch(kernel, grid, shape.threads, m, n, k, 1, *flat)
    first, second, third = (
        call("matmul", [np.broadcast_to(a[:, at : at + 16], (batch, m, end - at)), b[:, at:end]])[0]
        for at, end in ((0, 16), (16, 32), (32, 40))
    )
    assert canonical(y).tobytes() == canonical(add(add(first, second), third)).tobytes()


def test_squares_keep_the_sign_of_a_first_chain() -> None:
    shape = Shape(rows=4, columns=4, down=1, across=1)
    m, n, k = shape.tall, shape.wide, DEPTH
    tiny = np.full(max(m, n) * k, 1e-30, np.float32)
    y = np.full(m * n, np.nan, np.float32)
    kernel = squares.__wrapped__(False, False, shape)
    Emulator().launch(kernel, 1, shape.threads, m, n, k, 1, y, tiny, -tiny)
    assert not y.any() and np.signbit(y).all()


def test_squares_take_every_place_once() -> None:
    i, j = (compile(text, "place", "eval") for text in FULL.first())
    places = [
        (eval(i, {"me": me}) + below, eval(j, {"me": me}) + beyond)
        for me in range(FULL.threads)
        for below in FULL.below()
        for beyond in FULL.beyond()
    ]
    assert sorted(places) == list(itertools.product(range(FULL.tall), range(FULL.wide)))


def test_a_product_pads_no_k() -> None:
    tiny = np.full((1, 1), 1e-30, np.float32)
    (y,) = CudaKernels(Emulator(), side=SMALL).call("matmul", [tiny, -tiny])
    assert np.signbit(y[0, 0])  # one more +0 would have made it +0


def test_what_enters_is_flushed() -> None:
    subnormal = np.array([1e-40, -1e-40], np.float32)
    (y,) = CudaKernels(Emulator()).call("neg", [subnormal])
    assert y.view(np.uint32).tolist() == [0x80000000, 0]


@pytest.mark.parametrize("name", ["matmul", "matmul_nt", "matmul_tn", "matmul_tt"])
def test_a_product_has_edges_on_every_side(name: str) -> None:
    random = np.random.default_rng(7)
    a = random.standard_normal((2, 17, 5)).astype(np.float32)
    b = random.standard_normal((2, 5, 18)).astype(np.float32)
    turned = name.partition("_")[2] or "nn"
    left = a.swapaxes(1, 2).copy() if turned[0] == "t" else a
    right = b.swapaxes(1, 2).copy() if turned[1] == "t" else b
    assert_equal(name, [left, right])


@pytest.mark.parametrize("count", [1023, 1025, 2000])
def test_a_thread_has_several_elements(count: int) -> None:
    random = np.random.default_rng(count)
    a, b, c = (hostile(random, dims) for dims in ((2, count), (2, 1), ()))
    assert_equal("fma", [a, b, c])
    assert_equal("relu", [a[0]])


@pytest.mark.parametrize("name", ["sum", "sum_squares", "max"])
@pytest.mark.parametrize("length", [4095, 4096, 4097, 8200])
def test_a_reduction_goes_by_chunks(name: str, length: int) -> None:
    x = np.random.default_rng(length).standard_normal((length,)).astype(np.float32)
    assert_equal(name, [x], (1, 0))


@pytest.mark.parametrize("name", ["sum", "sum_squares", "max"])
@pytest.mark.parametrize("rows", [2, 57, 97])
def test_a_reduction_goes_down_columns(name: str, rows: int) -> None:
    few = hostile(np.random.default_rng(rows), (rows, 33))
    assert columns.matrices(few.shape, 1) == (1, rows, 33)
    assert_equal(name, [few], (1, 0))
    more = hostile(np.random.default_rng(rows), (2, rows, 1, 70))
    assert_equal(name, [more], (0b0110, 0))


def test_columns_have_chunks() -> None:
    assert_equal("sum", [hostile(np.random.default_rng(9), (CHUNK + 9, 33))], (1, 0))


def test_columns_are_those_of_matrices() -> None:
    assert columns.matrices((2, 3, 1, 5, 20), 0b00110) == (2, 3, 100)
    assert columns.matrices((2, 3, 5, 20), 0b0011) == (1, 6, 100)
    for dims, mask in (((9, 31), 1), ((2, 3, 4, 50), 0b0101), ((80, 80), 2), ((80, 80), 3)):
        assert columns.matrices(dims, mask) is None


def test_a_reduction_reads_any_axes() -> None:
    assert_equal("sum", [hostile(np.random.default_rng(4), (20, 1, 30))], (0b101, 0))
    x = hostile(np.random.default_rng(5), (3, 2, 2, 5))
    for axes in (0b0101, 0b1010, 0b1111, 0):
        assert_equal("sum", [x], (axes, 0))
        assert_equal("max_grad", [x, call("max", [x], (axes, 0))[0]], (axes, 0))


def test_argmax_takes_the_first_of_equals_and_the_first_nan() -> None:
    x = np.full(100, -1, np.float32)
    for places, value in (((40, 72), 0.0), ((41, 9), np.nan)):
        x[list(places)] = value
        assert_equal("argmax", [x], (1, 0))
    x[:] = [-0.0, 0.0] * 50
    assert_equal("argmax", [x], (1, 0))
    long = np.zeros((2, 8200), np.float32)
    long[0, [4095, 4097, 8199]] = 1
    long[1, [8192, 8195]] = np.nan
    assert_equal("argmax", [long], (2, 0))


@pytest.mark.parametrize("name", ["cumsum", "cumsum_back"])
def test_running_sums_go_by_chunks(name: str) -> None:
    x = hostile(np.random.default_rng(8), (2, 4098))
    assert_equal(name, [np.where(np.abs(x) < 1e9, x, np.float32(1))], (2,))


def test_order_has_nan_first_and_ties_by_index() -> None:
    x = np.array([[0.0, np.nan, -0.0, 1.0, np.nan, 1.0, -np.inf, np.inf]], np.float32)
    for k in (1, 4, 8):
        assert_equal("top_k_index", [x], (k,))
        assert_equal("top_k", [x], (k,))


def test_a_bad_label_is_refused_before_anything_is_launched() -> None:
    device = Emulator()
    inputs = [np.zeros((2, 3), np.float32), np.array([0, 3], np.int32)]
    with pytest.raises(KernelFault, match="position 1"):
        CudaKernels(device).call("cross_entropy", inputs)
    assert device.launches == 0


def test_the_whole_table_is_here() -> None:
    """A kernel without a program that this tier may run needs a family of its own."""
    assert [kernel.name for kernel in KERNELS if not supported(kernel.name)] == []
    assert FAMILIES.keys() <= BY_NAME.keys()


def test_a_kernel_that_is_not_here_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(FAMILIES, "sum")
    for name in ("sum", "softmax"):  # the second is a program over the first
        assert name not in CudaKernels.names()
        with pytest.raises(CannotAnswer, match=name):
            CudaKernels(Emulator()).call(name, [np.ones(3, np.float32)], (1, 0))


class Counted(Emulator):
    """Counts what goes to the device and comes back."""

    def __init__(self) -> None:
        super().__init__()
        self.put_sizes: list[int] = []
        self.got_sizes: list[int] = []

    def put(self, array: NDArray[Any]) -> NDArray[Any]:
        self.put_sizes.append(array.size)
        return super().put(array)

    def get(self, data: NDArray[Any], count: int) -> NDArray[Any]:
        self.got_sizes.append(count)
        return super().get(data, count)


@pytest.mark.parametrize("name", ["layer_norm", "softmax", "cross_entropy", "conv2d"])
def test_tensors_stay_on_the_device_between_the_kernels_of_a_call(name: str) -> None:
    """Operands go there, results come back; tables and literals go once, not again."""
    draws = (draw(name, np.random.default_rng(seed), 25) for seed in itertools.count())
    case = next(c for c in draws if all(x.size > 1 or not x.ndim for x in c.inputs))
    device = Counted()
    kernels = CudaKernels(device, side=SMALL)
    for turn in range(2):
        device.put_sizes.clear()
        device.got_sizes.clear()
        before = device.launches
        results = kernels.call(name, case.inputs, case.attrs, case.counts)
        assert device.got_sizes == [y.size for y in results]
        if turn:
            assert device.put_sizes == [x.size for x in case.inputs if x.size != 1]
            assert device.launches > before
