"""The machine with kernels of the CUDA tier: the same results and gas."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec
from threading import Event

import numpy as np
import pytest

from anhvm.api import compile_source, run
from anhvm.errors import Bug, CannotAnswer
from anhvm.isa.schedule import load as load_schedule
from anhvm.kernels import golden
from anhvm.kernels.blocks import Array
from anhvm.kernels.cpu import call as door
from anhvm.kernels.cuda.backend import CudaKernels
from anhvm.kernels.cuda.registry import CudaPointers, computes
from anhvm.kernels.definitions.call import call as define
from anhvm.kernels.table import BY_NAME, KERNELS
from anhvm.machine.engine import CoreEngine
from anhvm.runtime import engines
from anhvm.runtime.engines import make_engine
from anhvm.runtime.machine import Contract
from tests.kernels.cases import draw
from tests.kernels.cuda.emulate import Emulator

COMPUTED = [kernel.name for kernel in KERNELS if computes(kernel)]
NET = """
import std.nn as nn

contract Net:
    def loss(w: f32[6, 4], b: f32[4], x: f32[N, 6], y: i32[N]) -> f32:
        return cross_entropy(tanh(x @ w + b), y)

    @view
    def train(x: f32[N, 6], y: i32[N], steps: u64) -> (f32[6, 4], f32):
        w: f32[6, 4] = nn.kaiming(7, 0)
        b: f32[4] = zeros()
        value = 0.0
        for step in range(steps):
            value, dw, db = grad loss(w, b, x, y) wrt w, b
            w = w - 0.5 * dw
            b = b - 0.5 * db
        return w, value
"""


class Defined:
    """A GPU whose kernels are the definitions."""

    def call(self, name: str, inputs: Sequence[Array], attrs: Sequence[int]) -> list[Array]:
        return define(name, inputs, attrs)


@pytest.fixture
def pointers(monkeypatch: pytest.MonkeyPatch) -> CudaPointers:
    """The door to CPU kernels opens to those of such a GPU."""
    kernels = CudaPointers(Defined())
    monkeypatch.setattr(door, "_KERNELS", kernels)
    return kernels


@pytest.mark.parametrize("name", COMPUTED)
def test_a_kernel_is_the_same_by_its_pointers(name: str, pointers: CudaPointers) -> None:
    case = draw(name, np.random.default_rng(BY_NAME[name].id), 60)
    found = door.call(name, case.inputs, case.attrs)
    assert BY_NAME[name].id in pointers._held
    assert golden.digest(found) == golden.digest(define(name, case.inputs, case.attrs))


def test_what_only_moves_stays_on_the_cpu(pointers: CudaPointers) -> None:
    left = {kernel.name for kernel in KERNELS} - set(COMPUTED)
    assert {"reshape", "slice", "concat", "fill"} <= left and len(left) < 30
    (y,) = door.call("concat", [np.ones((2, 3), np.int8)] * 2, (0,))
    assert y.shape == (4, 3) and BY_NAME["concat"].id not in pointers._held


def test_a_contract_trains_to_the_same_bits_for_the_same_gas() -> None:
    net = compile_source(NET)
    random = np.random.default_rng(3)
    args = random.random((5, 6), np.float32), random.integers(0, 4, 5, np.int32), 2
    device = Emulator()
    engine = CoreEngine(CudaPointers(CudaKernels(device, side=2)).pointers, load_schedule())
    here, there = run(net, "train", *args), run(Contract(engine, net.encoded), "train", *args)
    assert here.trap is there.trap is None and device.launches > 20
    assert here.gas_used == there.gas_used
    assert isinstance(here.value, tuple) and isinstance(there.value, tuple)
    for ours, theirs in zip(here.value, there.value, strict=True):
        assert np.asarray(ours).tobytes() == np.asarray(theirs).tobytes()
    bad = (args[0], np.full(5, 4, np.int32), 1)
    refused = [run(c, "train", *bad) for c in (net, Contract(engine, net.encoded))]
    assert refused[0].trap is not None
    assert [(r.trap, r.gas_used) for r in refused] == [(refused[0].trap, refused[0].gas_used)] * 2


def test_a_launch_that_fails_is_reported(capfd: pytest.CaptureFixture[str]) -> None:
    class Broken(Emulator):
        def launch(self, *_: object) -> None:
            raise RuntimeError("an illegal address")

    net = compile_source(NET)
    engine = CoreEngine(CudaPointers(CudaKernels(Broken())).pointers, load_schedule())
    with pytest.raises(Bug):
        run(Contract(engine, net.encoded), "train", np.ones((5, 6), np.float32), [0] * 5, 1)
    assert "an illegal address" in capfd.readouterr().err


def test_a_long_compilation_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def gpu(compiling: Callable[[str], AbstractContextManager[object]]) -> Emulator:
        with compiling("each_tanh"):
            assert told.wait(10)
        return Emulator()

    def notice(sentence: str) -> None:
        said.append(sentence)
        told.set()

    told, said = Event(), list[str]()
    monkeypatch.setattr(engines, "PATIENCE", 0.0)
    pytest.importorskip("numba_cuda", reason="numba-cuda is absent: pip install 'anhvm[cuda]'")
    monkeypatch.setattr("anhvm.kernels.cuda.gpu.Gpu", gpu)
    make_engine("gpu", notice=notice)
    assert said == ["compiling each_tanh for this GPU, once in this process"]


def test_without_a_gpu_the_engine_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec("numba_cuda"):
        monkeypatch.setattr("numba.cuda.is_available", lambda: False)
    with pytest.raises(CannotAnswer) as caught:
        make_engine("gpu")
    assert caught.value.code in ("gpu.missing", "gpu.packages")
