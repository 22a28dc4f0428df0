"""Convolutions and pools: against plain loops, across blocks of k, bands and slices; bad shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.cpu.call import call as fast
from anhvm.kernels.definitions.call import call as slow
from anhvm.kernels.ranks import KernelFault
from anhvm.kernels.shapes import infer
from anhvm.kernels.table import BY_NAME
from tests.kernels.numbers import same, tame
from tests.kernels.test_shapes import f32

Array = NDArray[Any]
Dims = tuple[int, ...]


def plain_conv2d(x: Array, w: Array, stride: int, padding: int, groups: int) -> Array:
    """The correlation by loops over every output, in binary64."""
    out, own, rows, across = w.shape
    wide = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    high = (wide.shape[2] - rows) // stride + 1
    broad = (wide.shape[3] - across) // stride + 1
    y = np.zeros((len(x), out, high, broad))
    for n, o, i, j in np.ndindex(*y.shape):
        first = o // (out // groups) * own
        top, left = i * stride, j * stride
        part = wide[n, first : first + own, top : top + rows, left : left + across]
        y[n, o, i, j] = (part * w[o]).sum()
    return y


@pytest.mark.parametrize("attrs", [(1, 0, 1), (1, 2, 2), (2, 1, 4), (3, 1, 1)])
def test_conv2d_is_the_correlation(attrs: Dims) -> None:
    random = np.random.default_rng(sum(attrs))
    x = random.normal(size=(2, 4, 6, 7)).astype(np.float32)
    w = random.normal(size=(8, 4 // attrs[2], 3, 2)).astype(np.float32)
    (y,) = slow("conv2d", [x, w], attrs)
    np.testing.assert_allclose(y, plain_conv2d(x, w, *attrs), atol=1e-5)


@pytest.mark.parametrize(
    ("x", "w", "attrs"),
    [
        ((2, 31, 9, 8), (17, 31, 3, 3), (1, 1, 1)),  # k beyond a block
        ((3, 2, 30, 45), (4, 1, 2, 5), (1, 2, 2)),  # bands of rows; slices of positions
        ((2, 30, 12, 9), (19, 30, 3, 3), (1, 1, 1)),  # vectors that meet three rows
        ((2, 3, 5, 33), (5, 3, 3, 6), (1, 4, 1)),  # vectors that meet two; edges beyond windows
        ((1, 2, 9, 50), (3, 2, 2, 18), (2, 3, 1)),  # a row of a window beyond a vector
        ((3, 44, 7, 9), (6, 22, 3, 2), (3, 2, 2)),  # more panels of rows than values of k
        ((3, 2, 3, 3), (3, 2, 2, 2), (1, 6, 1)),  # edges broader than all the rest
        ((0, 2, 9, 5), (3, 2, 2, 2), (1, 0, 1)),  # no image
        ((2, 0, 4, 5), (3, 0, 2, 2), (1, 0, 1)),  # no channel
        ((1, 1, 3, 1100), (2, 1, 1, 3), (2, 1, 1)),  # a row longer than a band
        ((2, 1, 70, 66), (40, 1, 3, 2), (3, 0, 1)),  # phases of a stride, o beyond a panel
        ((5, 6, 16, 16), (4, 3, 16, 16), (1, 0, 2)),  # a single window
        ((1, 70, 4, 4), (70, 1, 2, 2), (2, 1, 70)),  # a channel to each group
    ],
)
def test_convolutions_equal_their_definitions(x: Dims, w: Dims, attrs: Dims) -> None:
    random = np.random.default_rng(len(x) + w[0])
    image, weights = tame(random, x), tame(random, w)
    shapes = infer(BY_NAME["conv2d"], [f32(*x), f32(*w)], attrs)
    u = tame(random, shapes[0].dims)
    calls = {
        "conv2d": [image, weights],
        "conv2d_data_grad": [u, weights, image],
        "conv2d_weight_grad": [image, u, weights],
    }
    for name, inputs in calls.items():
        prepared = Prepared(name, inputs, attrs)
        splits = sorted(int(s) for s in random.integers(0, prepared.tiles + 1, 3))
        assert same(prepared.run(splits)[0], slow(name, inputs, attrs)[0]), name


BAD = [
    ([f32(1, 2, 3, 3), f32(4, 2, 4, 1)], (1, 0, 1), "kernel.shape"),  # no window fits
    ([f32(1, 2, 3, 3), f32(4, 2, 0, 1)], (1, 0, 1), "kernel.shape"),
    ([f32(1, 2, 3, 3), f32(4, 1, 1, 1)], (1, 0, 1), "kernel.shape"),  # channels
    ([f32(1, 3, 3, 3), f32(4, 1, 1, 1)], (1, 0, 2), "kernel.shape"),  # groups do not divide
    ([f32(1, 4, 3, 3), f32(3, 2, 1, 1)], (1, 0, 2), "kernel.shape"),
    ([f32(1, 2, 3, 3), f32(0, 2, 1, 1)], (1, 0, 1), "kernel.shape"),
    ([f32(1, 2, 3, 3), f32(4, 2, 1, 1)], (0, 0, 1), "kernel.type"),
    ([f32(1, 2, 3, 3), f32(4, 2, 1, 1)], (1, -1, 1), "kernel.type"),
    ([f32(1, 2, 3, 3), f32(4, 2, 1, 1)], (1, 0, 1 << 16), "kernel.type"),
    ([f32(2, 3, 3), f32(4, 2, 1, 1)], (1, 0, 1), "kernel.type"),
    ([f32(1, 1, 1, 1), f32(1, 1, 1, 1)], (1, 65535, 1), "kernel.size"),
]


@pytest.mark.parametrize(("types", "attrs", "code"), BAD)
def test_a_bad_convolution_is_refused(types: list[Any], attrs: Dims, code: str) -> None:
    with pytest.raises(KernelFault) as caught:
        infer(BY_NAME["conv2d"], types, attrs)
    assert caught.value.code == code
    assert "conv2d" in caught.value.message


def test_an_adjoint_of_another_shape_is_refused() -> None:
    types = [f32(1, 4, 3, 3), f32(4, 2, 2, 2), f32(1, 2, 5, 4)]
    with pytest.raises(KernelFault, match="'H/R' of 'u' is 3, expected 4"):
        infer(BY_NAME["conv2d_data_grad"], types, (1, 0, 1))


def plain_pool(x: Array, stride: int, padding: int, size: int, *, mean: bool) -> Array:
    """A pool by loops over every output, in binary64."""
    edges = ((0, 0), (padding, padding), (padding, padding))
    wide = np.pad(x.astype(np.float64), edges, constant_values=0.0 if mean else -np.inf)
    high, broad = ((n - size) // stride + 1 for n in wide.shape[1:])
    y = np.zeros((len(x), high, broad))
    for n, i, j in np.ndindex(*y.shape):
        part = wide[n, i * stride : i * stride + size, j * stride : j * stride + size]
        y[n, i, j] = part.mean() if mean else part.max()
    return y


@pytest.mark.parametrize("attrs", [(1, 0, 1), (2, 0, 2), (2, 1, 3), (1, 2, 5), (5, 1, 3)])
def test_pools_by_loops(attrs: Dims) -> None:
    x = np.random.default_rng(9).normal(size=(3, 8, 11)).astype(np.float32)
    for name, mean in (("max_pool2d", False), ("avg_pool2d", True)):
        np.testing.assert_allclose(
            slow(name, [x], attrs)[0], plain_pool(x, *attrs, mean=mean), rtol=1e-5, atol=1e-6
        )


def test_ties_of_a_pool_go_to_the_first_and_windows_add_up() -> None:
    x = np.array([[-0.0, 0.0, 0.0], [np.nan, 1.0, np.nan]], np.float32)
    u = np.array([[1.0, 2.0]], np.float32)
    for run in (slow, fast):
        np.testing.assert_array_equal(run("max_pool2d", [x[:1].repeat(2, 0)], (1, 0, 2))[0], 0)
        (d,) = run("max_pool2d_grad", [x, u], (1, 0, 2))
        np.testing.assert_array_equal(d, [[0, 0, 0], [1, 0, 2]])
        (d,) = run("max_pool2d_grad", [np.ones((2, 3), np.float32), u], (1, 0, 2))
        np.testing.assert_array_equal(d, [[1, 2, 0], [0, 0, 0]])
        (d,) = run("avg_pool2d_grad", [u, x], (1, 0, 2))
        np.testing.assert_array_equal(d, [[0.25, 0.75, 0.5]] * 2)


@pytest.mark.parametrize(
    ("dims", "attrs"),
    [
        ((3, 64, 70), (2, 1, 3)),
        ((1, 5, 4100), (1, 0, 4)),
        ((70, 4, 4), (2, 0, 2)),
        ((3, 5, 79), (2, 0, 2)),
        ((2, 3, 64), (2, 0, 2)),
    ],
)
def test_pools_equal_their_definitions(dims: Dims, attrs: Dims) -> None:
    random = np.random.default_rng(dims[-1])
    x, v = (random.integers(-3, 3, dims).astype(np.float32) for _ in range(2))  # many ties
    u = tame(random, infer(BY_NAME["max_pool2d"], [f32(*dims)], attrs)[0].dims)
    calls = {
        "max_pool2d": [x],
        "max_pool2d_grad": [x, u],
        "max_pool2d_pick": [x, v],
        "avg_pool2d": [x],
        "avg_pool2d_grad": [u, x],
    }
    for name, inputs in calls.items():
        prepared = Prepared(name, inputs, attrs)
        splits = sorted(int(s) for s in random.integers(0, prepared.tiles + 1, 2))
        assert same(prepared.run(splits)[0], slow(name, inputs, attrs)[0]), name


@pytest.mark.parametrize("attrs", [(2, 0, 2), (1, 0, 2), (2, 1, 3), (3, 2, 5), (7, 1, 4)])
def test_pools_of_hostile_values(attrs: Dims) -> None:
    random = np.random.default_rng(sum(attrs))
    special = np.array([-0.0, 0.0, np.nan, 1.0, -1.0, np.inf, -np.inf], np.float32)
    for wide in (5, 6, 15, 16, 17, 31, 33, 67):
        x = random.choice(special, (7, 6, wide))
        u = random.choice(special, infer(BY_NAME["max_pool2d"], [f32(*x.shape)], attrs)[0].dims)
        calls = {"max_pool2d": [x], "max_pool2d_grad": [x, u], "max_pool2d_pick": [x, x]}
        for name, inputs in calls.items():
            assert same(fast(name, inputs, attrs)[0], slow(name, inputs, attrs)[0]), (name, wide)


@pytest.mark.parametrize("attrs", [(1, 1, 2), (0, 0, 2), (1, 0, 0)])
def test_a_bad_pool_is_refused(attrs: Dims) -> None:
    with pytest.raises(KernelFault) as caught:
        infer(BY_NAME["max_pool2d"], [f32(4, 4)], attrs)
    assert caught.value.code == "kernel.type"
