"""Engines put together: by name, by threads, and patient with those who wait."""

from __future__ import annotations

import time

import pytest

from anhvm.errors import UsageError
from anhvm.kernels import registry
from anhvm.kernels.table import BY_NAME
from anhvm.runtime import engines
from anhvm.runtime.engines import make_engine, noticed


@pytest.mark.parametrize("threads", [0, -1, 257])
def test_a_senseless_number_of_threads_is_refused(threads: int) -> None:
    with pytest.raises(UsageError, match=f"{threads} threads") as caught:
        make_engine(threads=threads)
    assert caught.value.code == "runtime.threads" and "1 to 256" in caught.value.hint


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(UsageError, match="no engine 'fast'") as caught:
        make_engine("fast")  # type: ignore[arg-type]
    assert "'core', 'gpu' or 'reference'" in caught.value.hint


def test_a_notice_comes_when_it_takes_long_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "PATIENCE", 0.02)
    said: list[str] = []
    with noticed(said.append, "quick"):
        pass
    with noticed(said.append, "slow"):
        time.sleep(0.2)
    time.sleep(0.05)
    assert said == ["slow"]


def test_a_kernel_that_compiles_for_long_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "PATIENCE", 0.02)

    def slow(self: registry.CpuKernels, kernel: int) -> registry.KernelPointers:
        time.sleep(0.2)
        return registry.KernelPointers(1, 2, 3)

    monkeypatch.setattr(registry.CpuKernels, "pointers", slow)
    said: list[str] = []
    kernels = registry.CpuKernels()
    assert engines._pointers(kernels, said.append, BY_NAME["tanh"].id) == (1, 2, 3, 0)
    assert len(said) == 1 and "kernel tanh" in said[0]


def test_each_run_is_counted_once() -> None:
    from anhvm.api import compile_source, open_machine, run

    contract = compile_source("contract A:\n    @view\n    def f() -> u64:\n        return 1\n")
    machine = open_machine(1)
    for _ in range(3):
        run(contract, "f", machine=machine)
    assert machine.engine.executions == 3
