"""How long one call takes on a machine that has other work too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import repeat
from time import perf_counter, process_time
from typing import Final

Batch = Callable[[int], object]
"""Makes so many calls."""

GRAIN: Final = 2e-4
"""Seconds of a batch beside which the clock's own cost is nothing."""
ROUNDS: Final = 5
"""Batches at least."""


@dataclass(frozen=True)
class Timer:
    """Times what works on `threads` threads, about `seconds` long.

    One thread is timed by the processor's clock, which stands while others have the processor;
    several wait for each other, so there it is the wall's.  The figure is the least of all batches,
    because what disturbs a run only ever adds to it.
    """

    threads: int
    seconds: float

    def of_batches(self, batch: Batch, empty: float = 0.0) -> float:
        """Least seconds a call, less `empty` seconds of each batch."""
        count = 1
        self._spent(batch, count)  # the first call may compile, and it fills the caches
        while (spent := min(self._spent(batch, count) for _ in range(2))) < GRAIN:
            count *= max(2, min(100, int(GRAIN / max(spent, 1e-9))))
        best, rounds, end = spent, 1, perf_counter() + self.seconds
        while rounds < ROUNDS or perf_counter() < end:
            best = min(best, self._spent(batch, count))
            rounds += 1
        return (best - empty) / count

    def of_calls(self, call: Callable[[], object], empty: Callable[[], object]) -> float:
        """Least seconds of a call from Python, less those of an empty one."""
        return self.of_batches(_repeated(call)) - self.briefly().of_batches(_repeated(empty))

    def briefly(self) -> Timer:
        """One for what is taken off."""
        return Timer(self.threads, self.seconds / 4)

    def _spent(self, batch: Batch, count: int) -> float:
        clock = process_time if self.threads == 1 else perf_counter
        start = clock()
        batch(count)
        return clock() - start


def nothing() -> None:
    """The empty call of an engine that has none: only Python's own part is taken off."""


def _repeated(call: Callable[[], object]) -> Batch:
    def batch(count: int) -> None:
        for _ in repeat(None, count):
            call()

    return batch
