"""The PTX of every kernel, compiled without a GPU, holds nothing that the law does not allow."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
import pytest

from anhvm.kernels.cuda.backend import CudaKernels
from anhvm.kernels.cuda.law import offences
from anhvm.kernels.cuda.ops import add, mul
from tests.kernels.cases import draw

if not os.environ.get("CI"):  # which may not skip it
    pytest.importorskip("numba_cuda", reason="numba-cuda is absent: pip install 'anhvm[cuda]'")
from numba import cuda, types

from anhvm.kernels.cuda.compiled import Compiled, compile_ptx

F32 = types.float32[::1]
PRODUCTS = [name for name in CudaKernels.names() if name.startswith("matmul")]
OTHERS = [name for name in CudaKernels.names() if name not in PRODUCTS]


@pytest.fixture(scope="module")
def device() -> Compiled:
    return Compiled()


def launched(device: Compiled, name: str) -> dict[Any, str]:
    """What calls of a kernel launch and no call before did."""
    before = set(device.ptx)
    random = np.random.default_rng(len(name))
    for _ in range(2):
        case = draw(name, random, 300)
        CudaKernels(device).call(name, case.inputs, case.attrs, case.counts)
    return {key: text for key, text in device.ptx.items() if key not in before}


@pytest.mark.parametrize("name", OTHERS)
def test_a_kernel_is_exact(device: Compiled, name: str) -> None:
    for key, text in launched(device, name).items():
        assert offences(text) == [], key


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_is_exact_and_keeps_its_accumulators_in_registers(name: str) -> None:
    device = Compiled()
    x = np.ones((3, 3), np.float32)
    CudaKernels(device).call(name, [x, x])
    (text,) = device.ptx.values()
    assert offences(text) == []
    assert text.count("fma.rn.ftz.f32") == 64
    assert ".local" not in text


def test_a_sum_has_the_tree_of_the_law(device: Compiled) -> None:
    CudaKernels(device).call("sum", [np.ones(70, np.float32)], (1, 0))
    text = next(text for (name, *_), text in device.ptx.items() if name == "reduce")
    assert text.count("shfl.sync.down.b32") == 5


def _bare(y: Any, x: Any) -> None:
    y[0] = x[0] * x[1] + x[2]


def _half(y: Any, x: Any) -> None:
    y[0] = add(mul(x[0], x[1]) + x[2], x[3])


def _quotient(y: Any, x: Any) -> None:
    y[0] = x[0] / x[1]


def _wide(y: Any, x: Any) -> None:
    y[0] = x[0] * 0.1


def _atomic(y: Any, x: Any) -> None:
    cuda.atomic.add(y, 0, x[0])


def _fast(y: Any, x: Any) -> None:
    y[0] = cuda.libdevice.fast_expf(x[0])


@pytest.mark.parametrize(
    ("kernel", "found"),
    [
        (_bare, "fma.rn.f32"),
        (_half, "add.f32"),
        (_quotient, "div.rn.f32"),
        (_wide, "f64"),
        (_atomic, "atom.global.add.f32"),
        (_fast, "approx"),
    ],
)
def test_a_bad_kernel_is_refused(kernel: Callable[..., None], found: str) -> None:
    assert isinstance(kernel, FunctionType)
    assert any(found in opcode for opcode in offences(compile_ptx(kernel, (F32, F32))))
