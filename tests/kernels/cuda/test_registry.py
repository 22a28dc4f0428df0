"""The machine with kernels of the CUDA tier: the same results and gas."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec
from threading import Event
from typing import Any

import numpy as np
import pytest

from anhvm.api import compile_source, run
from anhvm.errors import CannotAnswer
from anhvm.fuzz.device import DefinedTier
from anhvm.isa.schedule import load as load_schedule
from anhvm.kernels import golden
from anhvm.kernels.blocks import Array
from anhvm.kernels.cpu.memory import MAX_RANK, header
from anhvm.kernels.cuda import copies
from anhvm.kernels.cuda.backend import CudaKernels
from anhvm.kernels.cuda.registry import CudaPointers
from anhvm.kernels.definitions.call import NUMPY, type_of
from anhvm.kernels.definitions.call import call as define
from anhvm.kernels.shapes import infer
from anhvm.kernels.signature import DType
from anhvm.kernels.table import BY_NAME, KERNELS
from anhvm.machine.engine import CoreEngine
from anhvm.runtime import engines
from anhvm.runtime.engines import make_engine
from anhvm.runtime.machine import Contract
from tests.kernels.cases import draw
from tests.kernels.cuda.emulate import Emulator

ANY = DType.ANY
LAUNCH = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_int64] * 2, *[ctypes.c_uint32] * 2)
BRING = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_uint64, ctypes.c_int64, ctypes.c_uint64)
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


def on(kernels: CudaKernels) -> CoreEngine:
    device = CudaPointers(kernels)
    return CoreEngine(device.pointers, load_schedule(), device=device)


def launched(name: str, inputs: Sequence[Any], attrs: Any, counts: Any) -> list[Array]:
    """Outputs of a kernel, called as the machine calls it on a device."""
    kernel, device = BY_NAME[name], CudaPointers(DefinedTier())
    x = [np.ascontiguousarray(a).reshape(np.shape(a)) for a in inputs]
    types = infer(kernel, [type_of(a) for a in x], attrs, counts)
    y = [np.zeros(t.dims, NUMPY[t.dtype]) for t in types]
    words = header(len(x + y), len(attrs), x[0].itemsize)
    for a in x + y:
        words += [a.ctypes.data, a.ndim, *a.shape, *[1] * (MAX_RANK - a.ndim)]
    block = np.array([*words, *attrs, *counts], np.uint64)
    numbers = np.zeros(len(x + y), np.uint64)
    operands = zip(kernel.signature.inputs, x, strict=True)
    anything = next((type_of(a).dtype for o, a in operands if o.dtype is ANY), ANY)
    launch = LAUNCH(device.pointers(kernel.id).launch)
    assert launch(block.ctypes.data, numbers.ctypes.data, anything, len(counts)) == 1
    for a, number in zip(x + y, numbers.tolist(), strict=True):
        assert bool(number) == bool(a.ndim and a.size)
        if number:
            where = a.ctypes.data
            a.fill(0)
            assert BRING(copies.BRING)(number, where, a.nbytes) == 1
            copies.forget(number)
    for a, given in zip(x, inputs, strict=True):
        assert a.tobytes() == np.asarray(given).tobytes(), "a copy is that of its operand"
    return y


@pytest.mark.parametrize("name", [kernel.name for kernel in KERNELS])
def test_a_kernel_is_launched_by_its_block(name: str) -> None:
    before = copies.outstanding()
    for seed in (BY_NAME[name].id, 1000 + BY_NAME[name].id):
        case = draw(name, np.random.default_rng(seed), 60)
        expected = define(name, case.inputs, case.attrs, case.counts)
        found = launched(name, list(map(np.array, case.inputs)), case.attrs, case.counts)
        assert golden.digest(found) == golden.digest(expected)
    assert copies.outstanding() == before


def test_what_is_named_or_lacking_stays_on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    device = CudaPointers(DefinedTier(), ["relu"])
    monkeypatch.setattr("anhvm.kernels.cuda.registry.supported", lambda name: name != "neg")
    for name in ("relu", "neg"):
        plan, _, kernel, launch = device.pointers(BY_NAME[name].id)
        assert plan and kernel and not launch
    assert not device.pointers(BY_NAME["concat"].id).plan


def test_a_contract_trains_to_the_same_bits_for_the_same_gas() -> None:
    net = compile_source(NET)
    random = np.random.default_rng(3)
    args = random.random((5, 6), np.float32), random.integers(0, 4, 5, np.int32), 2
    device = Emulator()
    engine = on(CudaKernels(device, side=2))
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


def test_a_launch_that_fails_is_told() -> None:
    class Broken(Emulator):
        def launch(self, *_: object) -> None:
            raise RuntimeError("an illegal address")

    engine = on(CudaKernels(Broken()))
    contract = Contract(engine, compile_source(NET).encoded)
    with pytest.raises(CannotAnswer, match="an illegal address") as caught:
        run(contract, "train", np.ones((5, 6), np.float32), [0] * 5, 1)
    assert caught.value.code == "gpu.failed" and "engine core" in caught.value.hint


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
