"""Times of the CUDA tier on a GPU, in one run with what they are held against: the vendor's float32
products (TF32 off), through PyTorch or CuPy where they are there, and the bandwidth of a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from anhvm.kernels.cuda.backend import CudaKernels

ROUNDS = 11
CALLS = 10  # in a row, so that the device never waits for the next
PRODUCT_BARS: Mapping[int, float] = {4096: 1.15}  # of the vendor's time, by the edge
STREAM_BAR = 0.85  # of the measured copy bandwidth


@dataclass(frozen=True)
class Row:
    """Milliseconds; `ratio` is ours over the fastest peer, `share` the part of a copy's bandwidth.

    `met` says whether the bar is; None where there is none, or no peer.
    """

    name: str
    size: str
    ours: float
    peers: Mapping[str, float] = field(default_factory=dict)
    ratio: float | None = None
    share: float | None = None
    bar: float | None = None
    met: bool | None = None
    unit: str = "ms"
    runs: int = ROUNDS


@dataclass(frozen=True)
class Stream:
    """A kernel that memory limits: words it has to move for each element of its operand."""

    kernel: str
    operands: int
    words: int
    attrs: tuple[int, ...] = ()


STREAMS: Mapping[str, Stream] = {
    "relu": Stream("relu", 1, 2),
    "add": Stream("add", 2, 3),
    "exp": Stream("exp", 1, 2),
    "tanh": Stream("tanh", 1, 2),
    "gelu": Stream("gelu", 1, 2),
    "sum": Stream("sum", 1, 1, (0b11, 0)),
    "sum of rows": Stream("sum", 1, 1, (0b10, 0)),
    "sum of columns": Stream("sum", 1, 1, (0b01, 0)),
    "max": Stream("max", 1, 1, (0b11, 0)),
}


class Replay:
    """A device that hands everything on to a GPU, and can launch the same once more."""

    def __init__(self, gpu: Any) -> None:
        self._gpu = gpu
        self._launches: list[tuple[Any, ...]] = []
        self.put, self.get, self.empty = gpu.put, gpu.get, gpu.empty

    def launch(self, kernel: Callable[..., None], blocks: int, threads: int, *args: Any) -> None:
        self._launches.append((kernel, blocks, threads, *args))
        self._gpu.launch(kernel, blocks, threads, *args)

    def again(self) -> None:
        for launch in self._launches:
            self._gpu.launch(*launch)


def kernel_time(gpu: Any, name: str, inputs: Sequence[Any], attrs: Sequence[int] = ()) -> float:
    """Milliseconds that the kernels of one call take; operands and outputs are on the device."""
    replay = Replay(gpu)
    CudaKernels(replay).call(name, inputs, attrs)
    return _milliseconds(gpu, replay.again)


def _milliseconds(gpu: Any, work: Callable[[], object]) -> float:
    """Median over rounds of the time of one call, by events of the device."""

    def batch() -> None:
        for _ in range(CALLS):
            work()

    gpu.milliseconds(work)
    return float(median(gpu.milliseconds(batch) for _ in range(ROUNDS))) / CALLS


@lru_cache(1)
def _square(edge: int) -> Any:
    return np.random.default_rng(0).standard_normal((edge, edge), np.float32)


def product_row(gpu: Any, edge: int) -> Row:
    """matmul of squares beside the vendor's."""
    x = _square(edge)
    ours = kernel_time(gpu, "matmul", [x, x])
    found = ((name, peer(x)) for name, peer in PEERS.items())
    peers = {name: time for name, time in found if time is not None}
    ratio = ours / min(peers.values()) if peers else None
    bar = PRODUCT_BARS.get(edge)
    met = ratio <= bar if ratio is not None and bar is not None else None
    return Row("matmul", f"{edge}^3", ours, peers, ratio, None, bar, met)


def stream_row(gpu: Any, name: str, edge: int) -> Row:
    """A kernel on a square, as a share of a copy's bandwidth."""
    work, x = STREAMS[name], _square(edge)
    copied = copy_row(gpu, edge).ours
    ours = kernel_time(gpu, work.kernel, [x] * work.operands, work.attrs)
    share = work.words * copied / 2 / ours
    return Row(name, f"{edge}^2", ours, {}, None, share, STREAM_BAR, share >= STREAM_BAR)


def copy_row(gpu: Any, edge: int) -> Row:
    """A copy of as many elements on the device."""
    source, target = gpu.put(_square(edge).reshape(-1)), gpu.empty(edge * edge, np.float32)
    ours = _milliseconds(gpu, lambda: gpu.copy(target, source))
    return Row("copy", f"{edge}^2", ours)


def _torch(x: Any) -> float | None:
    torch = import_module("torch")
    if not torch.cuda.is_available():
        return None
    torch.backends.cuda.matmul.allow_tf32 = False
    a = torch.from_numpy(x).cuda()
    y = torch.empty_like(a)
    return _wall(lambda: torch.mm(a, a, out=y), torch.cuda.synchronize)


def _cupy(x: Any) -> float | None:
    """CuPy multiplies float32 without TF32 unless the environment asks for it."""
    cupy = import_module("cupy")
    a = cupy.asarray(x)
    y = cupy.empty_like(a)
    return _wall(lambda: cupy.matmul(a, a, out=y), cupy.cuda.Device().synchronize)


def _present(peer: Callable[[Any], float | None]) -> Callable[[Any], float | None]:
    """The peer; None where it is not installed, or does not work here."""

    def measured(x: Any) -> float | None:
        try:
            return peer(x)
        except Exception:
            return None

    return measured


PEERS: Mapping[str, Callable[[Any], float | None]] = {
    "torch": _present(_torch),
    "cupy": _present(_cupy),
}


def _wall(work: Callable[[], object], synchronize: Callable[[], object]) -> float:
    """Milliseconds of one call: median over rounds, the first left out."""
    times = []
    for _ in range(ROUNDS + 1):
        synchronize()
        start = perf_counter()
        for _ in range(CALLS):
            work()
        synchronize()
        times.append(1e3 * (perf_counter() - start) / CALLS)
    return float(median(times[1:]))
