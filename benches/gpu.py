"""The CUDA tier on the GPU here: `make gpu`, or `python -m anhvm.benches.gpu [--out FOLDER]`.

The law first (`anhvm.kernels.cuda.check`); if it is kept, times against the device's own limits and
against float32 products of the vendor (TF32 off) through PyTorch, where that is installed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from anhvm.benches.report import SCHEMA, installed, machine
from anhvm.errors import Exit, UserError
from anhvm.kernels.cuda.backend import CudaKernels
from anhvm.kernels.cuda.check import check
from anhvm.kernels.cuda.gpu import Gpu

ROUNDS = 11
CALLS = 10  # in a row, so that the device never waits for the next
PRODUCT = 4096
ELEMENTS = 1 << 26
PRODUCT_BAR = 1.15  # of the vendor's time
STREAM_BAR = 0.85  # of the measured copy bandwidth


@dataclass(frozen=True)
class Row:
    """Milliseconds; `ratio` is ours over the peer, `share` the part of the copy bandwidth."""

    name: str
    size: str
    unit: str
    ours: float
    peer: float | None = None
    peer_name: str | None = None
    ratio: float | None = None
    share: float | None = None
    bar: float | None = None
    runs: int = ROUNDS


class Replay:
    """A device that hands everything on to a GPU, and can launch the same once more."""

    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu
        self._launches: list[tuple[Any, ...]] = []
        self.put, self.get, self.empty = gpu.put, gpu.get, gpu.empty

    def launch(self, kernel: Callable[..., None], blocks: int, threads: int, *args: Any) -> None:
        self._launches.append((kernel, blocks, threads, *args))
        self._gpu.launch(kernel, blocks, threads, *args)

    def again(self) -> None:
        for launch in self._launches:
            self._gpu.launch(*launch)


def kernel_time(gpu: Gpu, name: str, inputs: Sequence[Any], attrs: Sequence[int] = ()) -> float:
    """Milliseconds that the kernels of one call take; operands and outputs are on the device."""
    replay = Replay(gpu)
    CudaKernels(replay).call(name, inputs, attrs)
    return milliseconds(gpu, replay.again)


def milliseconds(gpu: Gpu, work: Callable[[], object]) -> float:
    """Median over rounds of the time of one call, by events of the device."""

    def batch() -> None:
        for _ in range(CALLS):
            work()

    gpu.milliseconds(work)
    return median(gpu.milliseconds(batch) for _ in range(ROUNDS)) / CALLS


def product_row(gpu: Gpu) -> Row:
    """matmul beside the vendor's."""
    x = np.random.default_rng(0).standard_normal((PRODUCT, PRODUCT)).astype(np.float32)
    ours = kernel_time(gpu, "matmul", [x, x])
    size = f"{PRODUCT} x {PRODUCT} x {PRODUCT}"
    peer = vendor_product(x)
    if peer is None:
        return Row("matmul", size, "ms", ours)
    return Row("matmul", size, "ms", ours, peer, "torch", ours / peer, None, PRODUCT_BAR)


def vendor_product(x: Any) -> float | None:
    """The same product by PyTorch's float32, or None where it has no GPU."""
    try:
        torch = import_module("torch")
    except ImportError:
        return None
    if not torch.cuda.is_available():
        return None
    torch.backends.cuda.matmul.allow_tf32 = False
    a = torch.from_numpy(x).cuda()
    y = torch.empty_like(a)
    times = []
    for _ in range(ROUNDS + 1):
        torch.cuda.synchronize()
        start = perf_counter()
        for _ in range(CALLS):
            torch.mm(a, a, out=y)
        torch.cuda.synchronize()
        times.append(1e3 * (perf_counter() - start) / CALLS)
    return float(median(times[1:]))


def stream_rows(gpu: Gpu) -> Iterator[Row]:
    """Elementwise kernels and reductions, as shares of a copy's bandwidth."""
    x = np.random.default_rng(0).standard_normal(ELEMENTS).astype(np.float32)
    source, target = gpu.put(x), gpu.empty(ELEMENTS, np.float32)
    per_word = milliseconds(gpu, lambda: target.copy_to_device(source)) / 2
    yield Row("copy", str(ELEMENTS), "ms", 2 * per_word)
    for name, operands, attrs, words in (
        ("relu", [x], (), 2),
        ("add", [x, x], (), 3),
        ("exp", [x], (), 2),
        ("tanh", [x], (), 2),
        ("sum", [x], (1, 0), 1),
        ("max", [x], (1, 0), 1),
    ):
        ours = kernel_time(gpu, name, operands, attrs)
        share = words * per_word / ours
        yield Row(name, str(ELEMENTS), "ms", ours, share=share, bar=STREAM_BAR)


def show(rows: Sequence[Row]) -> None:
    for row in rows:
        beside = f"{row.ratio:.2f} of {row.peer_name}" if row.ratio else ""
        beside = f"{row.share:.2f} of copy" if row.share else beside
        bar = f"(bar {row.bar})" if row.bar else ""
        print(f"{row.name:8} {row.size:20} {row.ours:9.3f} ms  {beside} {bar}")


def main() -> int:
    """The command; exit code 0 if the law is kept, 1 if not, 6 where there is no GPU."""
    parser = argparse.ArgumentParser(prog="python -m anhvm.benches.gpu")
    parser.add_argument("--out", type=Path, default=Path("benches/results"), metavar="FOLDER")
    folder: Path = parser.parse_args().out
    try:
        gpu = Gpu()
    except UserError as fault:
        print(f"{fault.message}\n  next: {fault.hint}", file=sys.stderr)
        return int(fault.exit_code)
    wrong = check(gpu)
    print(f"{gpu.name}: {len(CudaKernels.names())} kernels, {len(wrong)} faults")
    for sentence in wrong:
        print(f"  {sentence}")
    rows = [product_row(gpu), *stream_rows(gpu)]
    show(rows)
    report = {
        "schema": SCHEMA,
        "command": "python -m anhvm.benches.gpu",
        "machine": {**machine(("numba-cuda", "torch")), "gpu": gpu.name},
        "faults": wrong,
        "rows": [asdict(row) for row in rows],
        "missing": [] if installed("torch") else ["torch"],
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"gpu-{'-'.join(gpu.name.lower().split())}.json"
    file.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"written to {file}")
    return int(Exit.FAILED if wrong else Exit.OK)


if __name__ == "__main__":
    sys.exit(main())
