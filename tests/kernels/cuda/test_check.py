"""The check of a device finds what it is there to find."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest

from anhvm.errors import CannotAnswer
from anhvm.kernels.cuda import check
from anhvm.kernels.cuda.backend import CudaKernels
from anhvm.kernels.cuda.gpu import Gpu
from anhvm.kernels.definitions.call import call as define
from tests.kernels.cuda.emulate import Emulator


class Faulty:
    """Rounds by the definitions but for one operation, which it does its own way."""

    def __init__(self, name: str, way: Any) -> None:
        self.name, self.way = name, way

    def call(self, name: str, inputs: Any) -> Any:
        return [self.way(*inputs)] if name == self.name else define(name, inputs)


def before_rounding(wide: Any) -> Any:
    """Flushes what is below the least normal before it is rounded."""
    with np.errstate(all="ignore"):
        return np.where(np.abs(wide) < 2.0**-126, np.copysign(0, wide), wide).astype(np.float32)


def product(a: Any, b: Any) -> Any:
    return a.astype(np.float64) * b


WAYS = [
    ("mul", lambda a, b: before_rounding(product(a, b))),
    ("mul", lambda a, b: product(a, b).astype(np.float32)),
    ("fma", lambda a, b, c: before_rounding(product(a, b) + c)),
    ("add", lambda a, b: (a.astype(np.float64) + b).astype(np.float32)),
    ("div", lambda a, b: (a.astype(np.float64) / b).astype(np.float32)),
]


@pytest.mark.parametrize(("name", "way"), WAYS)
def test_another_rule_of_flushing_is_found(name: str, way: Any) -> None:
    faults = check.flush_faults(Faulty(name, way))  # type: ignore[arg-type]
    assert faults[name] > 1000
    assert not any(count for other, count in faults.items() if other != name)


class Biased(Emulator):
    """A device that spoils the last bit of one element."""

    def get(self, data: Any, count: int) -> Any:
        found = data[:count].copy()
        if found.dtype == np.float32 and count > 5:
            found.view(np.int32)[5] ^= 1
        return found


def test_a_single_bit_is_found_and_explained() -> None:
    spoilt = CudaKernels(Biased(), side=2)
    golden, *more = check.faults(spoilt, "neg")
    assert "neg, element" in golden and "1 ulp apart" in golden
    assert any("drawn call" in s and "right the CPU: neg, element" in s for s in more)
    terse = check.faults(spoilt, "neg", explains=False)
    assert len(terse) == 1 + len(more) and not any("ulp" in s for s in terse)
    assert check.faults(CudaKernels(Emulator(), side=2), "neg") == []


class Broken(Emulator):
    """A device that cannot run maps."""

    def launch(self, kernel: Any, blocks: int, threads: int, *args: Any) -> None:
        if kernel.__name__.startswith("each_"):
            raise RuntimeError("an illegal address")
        super().launch(kernel, blocks, threads, *args)


def test_a_kernel_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "flush_sentences", lambda kernels: ["mul: wrong"])
    assert check.check(Broken(), ["neg", "transpose"]) == [
        "mul: wrong",
        "neg: RuntimeError: an illegal address",
    ]


def test_a_machine_without_a_gpu_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anhvm.kernels.cuda.gpu.find_spec", lambda name: None)
    with pytest.raises(CannotAnswer, match="packages") as fault:
        Gpu()
    assert "anhvm[cuda]" in fault.value.hint and fault.value.exit_code == 6
    assert importlib.util.find_spec("anhvm.kernels.cuda.check")
