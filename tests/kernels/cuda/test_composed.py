"""Kernels of the CUDA tier that are made of others, at sizes at which those cannot be emulated.

So the others here are the definitions; `test_emulated` shows that they are the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anhvm.kernels.cuda.backend import CudaKernels, Tensor
from anhvm.kernels.cuda.ordered import _sorted
from anhvm.kernels.definitions.call import call, type_of
from anhvm.kernels.definitions.matmul import matmul
from anhvm.kernels.shapes import Type
from anhvm.kernels.signature import DType
from tests.kernels.cases import draw
from tests.kernels.cuda.emulate import Emulator
from tests.kernels.numbers import hostile, same, tame

CONVOLUTIONS = ["conv2d", "conv2d_data_grad", "conv2d_weight_grad"]
POOLS = ["max_pool2d", "max_pool2d_grad", "max_pool2d_pick", "avg_pool2d", "avg_pool2d_grad"]
ATTENTION = ["attention", "attention_causal"]
COMPOSED = [*CONVOLUTIONS, *POOLS, *ATTENTION]


class Defined(CudaKernels):
    """Whatever is not in COMPOSED by its definition, and products."""

    def run(self, name: str, operands: Any, attrs: Any = (), counts: Any = ()) -> list[Tensor]:
        if name in COMPOSED:
            return super().run(name, operands, attrs, counts)
        x = [self._tensor(o) for o in operands]
        arrays = [t.data[: t.count].reshape(t.dims) for t in x]
        return [Tensor(y.reshape(-1), type_of(y)) for y in call(name, arrays, attrs)]

    def _product(
        self,
        turned: tuple[bool, bool],
        sizes: tuple[int, int, int, int],
        a: Any,
        b: Any,
        kind: Type,
        period: int,
    ) -> Tensor:
        batch, m, n, k = sizes
        if not k:
            return super()._product(turned, sizes, a, b, kind, period)
        left = a.reshape(-1, *((k, m) if turned[0] else (m, k)))
        right = b.reshape(batch, *((n, k) if turned[1] else (k, n)))
        assert len(left) == period
        y = matmul(left[np.arange(batch) % period], right, *turned)
        return Tensor(y.reshape(-1), kind)


def assert_same(name: str, inputs: Any, attrs: Any = ()) -> None:
    (ours,) = Defined(Emulator()).call(name, inputs, attrs)
    (law,) = call(name, inputs, attrs)
    assert same(ours, law), (name, [np.shape(x) for x in inputs], attrs)


@pytest.mark.parametrize("name", CONVOLUTIONS + POOLS)
def test_images_of_any_shape(name: str) -> None:
    random = np.random.default_rng(len(name))
    for _ in range(8):
        case = draw(name, random, 200)
        assert_same(name, case.inputs, case.attrs)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_a_convolution_may_skip_and_pad(name: str, stride: int) -> None:
    """Kernels of 2 x 3, so that with a stride of 3 there are positions that no weight meets."""
    random, padding = np.random.default_rng(stride), 2
    high, wide = ((n + 2 * padding - size) // stride + 1 for n, size in ((5, 2), (4, 3)))
    x, w = hostile(random, (2, 4, 5, 4)), hostile(random, (6, 2, 2, 3))
    u = hostile(random, (2, 6, high, wide))
    inputs = {"conv2d": [x, w], "conv2d_data_grad": [u, w, x], "conv2d_weight_grad": [x, u, w]}
    assert_same(name, inputs[name], (stride, padding, 2))


@pytest.mark.parametrize("name", ATTENTION)
@pytest.mark.parametrize("keys", [1, 127, 128, 129, 257])
def test_attention_goes_by_blocks_of_keys(name: str, keys: int) -> None:
    random = np.random.default_rng(keys)
    for queries, make in ((3, hostile), (keys + 2, tame)):
        q, k, v = (make(random, (queries if i == 0 else keys, 2)) for i in range(3))
        assert_same(name, [q, k, v, np.float32(0.7)])


@pytest.mark.parametrize("name", ATTENTION)
def test_attention_is_batched(name: str) -> None:
    q, k, v = (tame(np.random.default_rng(i), (2, 3, n, 5)) for i, n in enumerate((4, 130, 130)))
    assert_same(name, [q, k, v, np.float32(0.3)])


@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 300])
def test_permutations_of_any_length(count: int) -> None:
    given = "permutation", [np.uint64(7), np.uint64(9)], (), (count,)
    np.testing.assert_array_equal(CudaKernels(Emulator()).call(*given)[0], call(*given)[0])


def test_equal_keys_keep_the_order_of_their_indices() -> None:
    keys = np.array([[5, 1, 5, 1, (1 << 64) - 1], [0, 0, 0, 0, 0]], np.uint64)
    kernels = CudaKernels(Emulator())
    kind = Type(DType.I32, (2, 5))
    found = _sorted(kernels, keys.reshape(-1), 5, kind)
    assert found.data.reshape(2, 5).tolist() == [[1, 3, 0, 2, 4], [0, 1, 2, 3, 4]]


def test_a_block_of_masked_keys_is_not_visited() -> None:
    """It would add +0 to a sum that is -0."""
    q, k, v = (np.full((n, 1), x, np.float32) for n, x in ((2, 1), (130, 0), (130, -0.0)))
    k[0], v[0] = -5, -(2.0**-126)
    inputs = [q, k, v, np.float32(1)]
    assert np.signbit(call("attention_causal", inputs)[0][1, 0])
    assert_same("attention_causal", inputs)
