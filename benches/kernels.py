"""`anhvm bench kernels`: our kernels beside NumPy, PyTorch and JAX, and beside what is possible."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod

from anhvm.benches.kernel_cases import MILLION, Work
from anhvm.benches.report import OURS, Limit, Row, row
from anhvm.benches.sides import Plan, Say, Side, measure

QUICK = Plan(rounds=1, seconds=0.05, threads=(1,))
FULL = Plan(rounds=5, seconds=0.3, threads=(1, 2))
LIBRARIES = ("numpy", "torch", "jax", "jaxlib")


def sides() -> tuple[Side, ...]:
    """Ours, and the peers.

    NumPy's BLAS may choose AVX2 code on a CPU that has AVX-512; where we use AVX-512, it is run
    once more and told to.
    """
    from anhvm.kernels.cpu.target import AVX512, tile

    forced = Side(
        "numpy, AVX-512 forced", "kernels_numpy", environment={"OPENBLAS_CORETYPE": "SkylakeX"}
    )
    return (
        Side(OURS, "kernels_ours"),
        Side("numpy", "kernels_numpy"),
        *([forced] if tile() == AVX512 else []),
        Side("torch", "kernels_torch", needs=("torch",)),
        Side("jax", "kernels_jax", needs=("jax",)),
    )


def run(chosen: Sequence[Work], plan: Plan, say: Say) -> tuple[list[Row], list[str]]:
    """The rows of the chosen cases, and the peers that are missing."""
    rows: list[Row] = []
    missing: list[str] = []
    for threads in plan.threads:
        limits = Limits(threads, plan.seconds)
        times, absent = measure(sides(), [case.key for case in chosen], threads, plan, say)
        missing += [name for name in absent if name not in missing]
        made = (row(c, threads, "us", 1e6, times[c.key], limits.of(c)) for c in chosen)
        rows += [one for one in made if one is not None]
    return rows, missing


class Limits:
    """What the machine can do at most on so many threads, measured when it is asked for."""

    def __init__(self, threads: int, seconds: float) -> None:
        self._threads, self._seconds = threads, seconds
        self._stream = cache(self._measured_stream)
        self._rate = cache(self._measured_rate)

    def of(self, work: Work) -> Limit:
        """Bytes at the speed of a stream of as many arrays, or multiply-adds in registers."""
        if work.streams is not None:
            reads, writes = work.streams
            return Limit(self._stream(reads, writes), f"stream, {reads} in, {writes} out")
        return Limit(work.madds / self._rate(), "fma in registers")

    def _measured_rate(self) -> float:
        from anhvm.benches.limits import fma_rate

        return fma_rate(self._threads, self._seconds)

    def _measured_stream(self, reads: int, writes: int) -> float:
        from anhvm.benches.limits import stream_time

        return stream_time(prod(MILLION), reads, writes, self._threads, self._seconds)
