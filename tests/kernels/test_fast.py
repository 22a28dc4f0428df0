"""The fast tier: near the exact one, through the same pointers, whatever the shapes."""

from __future__ import annotations

import numpy as np
import pytest

from anhvm.errors import Bug
from anhvm.kernels.cpu import call as door
from anhvm.kernels.fast import registry
from anhvm.kernels.fast.blas import FUNCTIONS
from anhvm.kernels.fast.registry import FastKernels
from anhvm.kernels.registry import CpuKernels
from anhvm.kernels.table import BY_NAME, KERNELS
from tests.kernels.cases import draw


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> FastKernels:
    """The door to CPU kernels opens to the fast tier."""
    kernels = FastKernels()
    monkeypatch.setattr(door, "_KERNELS", kernels)
    return kernels


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_near_the_exact_tier(
    name: str, fast: FastKernels, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(BY_NAME[name].id)
    for _ in range(40):
        case = draw(name, random)
        inputs = [random.standard_normal(x.shape).astype(np.float32) for x in case.inputs]
        (y,) = door.call(name, inputs, case.attrs, case.counts)
        with monkeypatch.context() as exact:
            exact.setattr(door, "_KERNELS", CpuKernels())
            (expected,) = door.call(name, inputs, case.attrs, case.counts)
        np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-4)


def test_a_kernel_that_it_lacks_is_the_exact_one(fast: FastKernels) -> None:
    exact = CpuKernels()
    lacking = next(kernel for kernel in KERNELS if kernel.name == "relu")
    own = fast.pointers(lacking.id)
    assert all(own) == all(exact.pointers(lacking.id)) and lacking.id not in fast._fast
    assert fast.pointers(0) == fast.pointers(0) != exact.pointers(0)


def test_a_kernel_that_fails_is_reported(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no BLAS today")

    monkeypatch.setattr(registry, "FUNCTIONS", {"matmul": broken})
    monkeypatch.setattr(door, "_KERNELS", FastKernels())
    with pytest.raises(Bug, match="run failed"):
        door.call("matmul", [np.ones((2, 2), np.float32)] * 2)
    assert "no BLAS today" in capfd.readouterr().err
