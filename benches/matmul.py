"""matmul on one thread against NumPy's BLAS: `python -m anhvm.benches.matmul [--json]`.

Each side is timed in processes of its own, turn by turn, because idle workers of one library would
spin on the cores of the other.  A figure is the best of all rounds.  NumPy's BLAS may pick AVX2
code on a CPU that has AVX-512, so the peer is also run with AVX-512 forced where we use it.  The
limit is the speed of a tile whose operands never leave the first-level cache.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

SHAPES = [
    (512, 512, 512),
    (1024, 1024, 1024),
    (64, 784, 128),
    (32, 1024, 1024),
    (1, 1024, 1024),
    (64, 64, 32),
]
BAR, AIM = 1 / 0.75, 1 / 0.9  # of the peer's time, at 512 x 512 x 512
ROUNDS = 3
FORCED = {"OPENBLAS_CORETYPE": "SkylakeX"}
SECONDS = 0.3


def best(once: Callable[[], float]) -> float:
    """The least of what `once` answers again and again."""
    once()
    least, end = float("inf"), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        least = min(least, once())
    return least


def timed(call: Callable[[], object]) -> Callable[[], float]:
    """Seconds of one call."""

    def once() -> float:
        start = time.perf_counter()
        call()
        return time.perf_counter() - start

    return once


def side(name: str) -> list[float]:
    """Seconds for each shape; behind ours, the limit in multiply-adds per second."""
    from anhvm.kernels.cpu.call import Prepared
    from anhvm.kernels.cpu.fpmode import flush_mode

    generator = np.random.default_rng(0)
    times = []
    for m, k, n in SHAPES:
        a = generator.normal(size=(m, k)).astype(np.float32)
        b = generator.normal(size=(k, n)).astype(np.float32)
        if name == "numpy":
            times.append(best(timed(partial(np.matmul, a, b, out=np.empty((m, n), np.float32)))))
        else:
            product = Prepared("matmul", [a, b])
            with flush_mode():
                times.append(best(partial(product.nanoseconds, 1e4)) / 1e9)
    return times if name == "numpy" else [*times, _peak()]


def _peak() -> float:
    from numba import njit

    from anhvm.kernels.cpu.matmul import BLOCK, PANEL, W0, _tile0

    def repeat(a: Any, b: Any, c: Any, times: Any) -> None:
        for _ in range(times):
            _tile0(a, b, c, BLOCK, W0, PANEL, PANEL, PANEL, 1)

    loop = njit(repeat)
    panels = [np.zeros(BLOCK * 64, np.float32) for _ in range(3)]
    addresses = [panel.ctypes.data for panel in panels]
    seconds = best(timed(lambda: loop(*addresses, 1000)))
    return 1000 * BLOCK * W0 * PANEL / seconds


def _run(name: str, **extra: str) -> list[float]:
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "anhvm.benches.matmul", "--side", name]
    environment = {**os.environ, **one, **extra}
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    times: list[float] = json.loads(answer.stdout)
    return times


def measure() -> list[dict[str, object]]:
    """One row for each shape, after the schema of the design."""
    from anhvm.kernels.cpu.target import AVX512, tile

    peers = {"numpy": {}, "numpy, AVX-512 forced": FORCED} if tile() == AVX512 else {"numpy": {}}
    all_ours, all_peers = [], []
    for _ in range(ROUNDS):
        all_ours.append(_run("ours"))
        all_peers.append({peer: _run("numpy", **extra) for peer, extra in peers.items()})
    peak = max(ours[-1] for ours in all_ours)
    rows: list[dict[str, object]] = []
    for i, (m, k, n) in enumerate(SHAPES):
        ours = [times[i] for times in all_ours]
        theirs = {peer: min(times[peer][i] for times in all_peers) for peer in peers}
        fastest = min(theirs, key=lambda peer: theirs[peer])
        limit = m * k * n / peak
        row: dict[str, object] = {
            "name": "matmul",
            "size": f"{m}x{k}x{n}",
            "threads": 1,
            "unit": "s",
            "ours": min(ours),
            "peer": theirs[fastest],
            "peer_name": fastest,
            "peers": theirs,
            "ratio": min(ours) / theirs[fastest],
            "limit": limit,
            "limit_name": "fma in cache",
            "share": limit / min(ours),
            "runs": ROUNDS,
            "spread": max(ours) / min(ours) - 1,
        }
        if m == k == n == 512:
            row |= {"bar": BAR, "aim": AIM}
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m anhvm.benches.matmul", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--side", choices=["ours", "numpy"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        print(json.dumps(side(given.side)))
        return
    rows = measure()
    if given.json:
        from anhvm.kernels.cpu.loader import target

        cpu, features = target()
        known = [f for f in ("fma", "avx2", "avx512f") if f"+{f}" in features.split(",")]
        versions = {"numpy": np.__version__}
        machine = {"cpu": cpu, "cores": os.cpu_count(), "features": known, "versions": versions}
        command = "python -m anhvm.benches.matmul --json"
        print(json.dumps({"schema": 1, "command": command, "machine": machine, "rows": rows}))
        return
    print(f"{'size':>16} {'ours':>10} {'peer':>10} {'speed':>7} {'of limit':>8}  peer")
    for row in rows:
        ours, peer = float(str(row["ours"])), float(str(row["peer"]))
        print(
            f"{row['size']:>16} {ours * 1e6:8.1f}us {peer * 1e6:8.1f}us {peer / ours:6.2f}x "
            f"{float(str(row['share'])):8.0%}  {row['peer_name']}"
        )


if __name__ == "__main__":
    main()
