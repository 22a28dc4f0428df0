"""`make gpu` from end to end on devices that are not there: no line of it runs first on a GPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from anhvm.benches import gpu, gpu_times
from anhvm.benches.gpu import Found, Plan, Workers, examine
from tests.benches.fake_gpu import Fake

FAKES = "tests.benches.fake_gpu:"
SMALL = ["f32_of_bool", "place_label"]  # soon emulated


PLAN = Plan(vectors=64, jobs=1, products=(), square=4)


def run(device: str, names: list[str], patience: float = 60, plan: Plan = PLAN) -> Found:
    workers = Workers(FAKES + device, patience)
    kept: list[Found] = []
    try:
        found = examine(workers, names, kept.append, lambda line: None, plan)
    finally:
        workers.stop()
    assert kept
    return found


def test_all_is_well_from_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--out", str(tmp_path), "--device", f"{FAKES}Fake", "--kernels", *SMALL]
    assert gpu.main(given, PLAN) == 0
    said = capsys.readouterr().out
    assert "flushes as N2 says" in said and "2 kernels, 0 faults" in said
    report = json.loads((tmp_path / "gpu-fake-gpu.json").read_text())
    assert (report["faults"], report["unreached"], report["kernels"]) == ([], [], 2)
    assert [row["name"] for row in report["rows"]] == ["copy", *gpu_times.STREAMS]
    assert report["missing"] == ["cupy", "torch"]
    assert report["machine"]["gpu"] == "Fake GPU"


def test_no_gpu_is_told_with_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for device, word in (("Absent", "no CUDA device\n  next: find one"), ("Unusable", "libcuda")):
        assert gpu.main(["--out", str(tmp_path), "--device", FAKES + device]) == 6
        assert word in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_kills_hangs_or_spoils_stops_nothing_else() -> None:
    names = ["transpose", "gather", "lower", "concat"]
    found = run("Moody", names, patience=5)
    died, hung, spoilt, failed, *times = found.faults
    assert died == "transpose: its process ended with 7: a driver that gives up"
    assert hung == "gather: no answer within 5 s"
    assert spoilt == "lower: RuntimeError: an illegal address"
    assert failed == "concat: RuntimeError: an illegal address"
    assert found.kernels == 4 and not found.ok
    assert times == []


def test_kernels_are_checked_several_at_a_time() -> None:
    names = ["transpose", "gather", *SMALL]
    found = run("Moody", names, patience=10, plan=replace(PLAN, jobs=3))
    hung, died = sorted(found.faults)
    assert died.startswith("transpose: its process ended") and hung.startswith("gather: no answer")
    assert found.kernels == 4 and found.unreached == []


def test_faults_are_told_and_make_the_run_fail() -> None:
    found = run("Unflushed", ["place_label"])
    assert any("at the edge of flushing" in fault for fault in found.faults)
    assert any("only the signs of zeros differ" in fault for fault in found.faults)
    assert not found.ok and "fault: " in gpu.summary(found)


def test_what_there_was_no_time_for_is_told() -> None:
    found = run("Fake", SMALL, plan=replace(PLAN, seconds=0))
    assert found.unreached[:3] == [*SMALL, "time of copy 4"] and not found.ok
    assert "no time was left for: f32_of_bool" in gpu.summary(found)


def test_a_device_that_is_gone_for_good_is_told() -> None:
    workers = Workers(FAKES + "Fake")
    workers.start()
    assert workers._process is not None
    workers._process.kill()
    workers._process.wait()
    assert "ended with -9" in workers.do(task="flush", vectors=1)["failed"]
    workers._command[-1] = f"{FAKES}Absent"
    assert "no other process could be started" in workers.do(task="flush", vectors=1)["failed"]


def test_rows_say_whether_their_bars_are_met(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([2.0, 2.0, 1.0, 1.0, 1.0, 3.0])
    monkeypatch.setattr(gpu_times, "kernel_time", lambda *_: next(times))
    monkeypatch.setattr(gpu_times, "PRODUCT_BARS", {4: 1.15})
    peers: dict[str, Any] = {"torch": lambda x: 1.9, "cupy": lambda x: None}
    monkeypatch.setattr(gpu_times, "PEERS", peers)
    row = gpu_times.product_row(Fake(), 4)
    assert (row.ratio, row.peers, row.met) == (2 / 1.9, {"torch": 1.9}, True)
    peers["cupy"] = lambda x: 1.0
    assert gpu_times.product_row(Fake(), 4).met is False
    free = gpu_times.product_row(Fake(), 2)
    assert (free.ratio, free.bar, free.met) == (1.0, None, None)
    relu, slow = (gpu_times.stream_row(Fake(), "sum", 4) for _ in range(2))
    assert relu.share == 0.05 and relu.met is False and slow.met is False
    monkeypatch.setattr(gpu_times, "PEERS", {})
    alone = gpu_times.product_row(Fake(), 4)
    assert (alone.ratio, alone.met) == (None, None)
    said = [gpu.shown(vars(r)) for r in (row, relu, alone)]
    assert "1.05 of torch  bar 1.15 met" in said[0] and "0.05 of copy" in said[1]
    assert "MISSED" in said[1] and "bar" not in said[2]
    found = Found("Fake GPU", rows=[vars(relu)])
    assert "bars missed: sum 4^2" in gpu.summary(found)


def test_a_call_is_launched_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(Fake):
        def milliseconds(self, work: Any) -> float:
            work()
            return 3.0

    monkeypatch.setattr(gpu_times, "ROUNDS", 2)
    monkeypatch.setattr(gpu_times, "CALLS", 3)
    device = Clock()
    assert gpu_times.kernel_time(device, "neg", [np.ones(4, np.float32)]) == 1.0
    assert device.launches == 1 + 1 + 2 * 3
    assert gpu_times.copy_row(device, 4).ours == 1.0


def test_peers_multiply_float32_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    matmul = SimpleNamespace(allow_tf32=True)
    tensor = SimpleNamespace(cuda=lambda: "a")
    torch = SimpleNamespace(
        cuda=SimpleNamespace(is_available=lambda: True, synchronize=lambda: None),
        backends=SimpleNamespace(cuda=SimpleNamespace(matmul=matmul)),
        from_numpy=lambda x: tensor,
        empty_like=lambda a: "y",
        mm=lambda a, b, out: calls.append("torch"),
    )
    device = SimpleNamespace(synchronize=lambda: None)
    cupy = SimpleNamespace(
        cuda=SimpleNamespace(Device=lambda: device),
        asarray=lambda x: "a",
        empty_like=lambda a: "y",
        matmul=lambda a, b, out: calls.append("cupy"),
    )
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    times = {name: peer(np.ones((2, 2), np.float32)) for name, peer in gpu_times.PEERS.items()}
    assert all(time is not None and time >= 0 for time in times.values())
    assert {*calls} == {"torch", "cupy"} and matmul.allow_tf32 is False
    torch.cuda.is_available = lambda: False
    cupy.asarray = None
    assert [peer(1) for peer in gpu_times.PEERS.values()] == [None, None]


SIMULATED = """
from contextlib import contextmanager
import numpy as np
from anhvm.kernels.cuda.backend import CudaKernels
from anhvm.kernels.cuda.gpu import Gpu
compiled = []
@contextmanager
def compiling(name):
    yield
    compiled.append(name)
gpu = Gpu(compiling)
kernels, x = CudaKernels(gpu), np.arange(6, dtype=np.float32).reshape(2, 3)
assert (kernels.call("transpose", [x])[0] == x.T).all()
assert (kernels.call("slice", [x], (), (1, 2, 0, 2))[0] == x[1:2, :2]).all()
assert kernels.call("transpose", [x[:0]])[0].shape == (3, 0)
target = gpu.empty(3, np.float32)
gpu.copy(target, gpu.put(x[1]))
assert (gpu.get(target, 3) == x[1]).all()
assert compiled == ["copy"], compiled
from numba import cuda
from numba.cuda.cudadrv import driver
for code in (2, 700):
    def refuse(*_, code=code):
        raise driver.CudaAPIError(code, "no")
    cuda.device_array = cuda.to_device = refuse
    for ask in (lambda: gpu.empty(5000, np.float32), lambda: gpu.put(np.ones(5000, np.float32))):
        try:
            ask()
        except MemoryError as error:
            assert code == 2 and str(error) == "5,000 elements of float32"
        except driver.CudaAPIError:
            assert code == 700
print(isinstance(gpu.milliseconds(lambda: None), float))
"""


def test_the_device_itself_under_the_simulator() -> None:
    """Numba's simulator has no arithmetic of ours, but allocates, copies, launches and times."""
    pytest.importorskip("numba_cuda", reason="numba-cuda is absent: pip install 'anhvm[cuda]'")
    done = subprocess.run(
        [sys.executable, "-c", SIMULATED],
        env={**os.environ, "NUMBA_ENABLE_CUDASIM": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.returncode) == ("True", 0), done.stderr
