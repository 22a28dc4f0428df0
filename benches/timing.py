"""How long one call takes on a machine that has other work too."""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from time import perf_counter
from typing import Final

Batch = Callable[[int], object]
"""Makes so many calls."""

CLOCK: Final = 2e-4
"""Seconds of a batch beside which the clock's own cost and grain are nothing."""


def least(batch: Batch, seconds: float) -> float:
    """The least seconds a call of batches that are run for `seconds`, and at least three times.

    The least, because what disturbs a run only ever adds to it.
    """
    count, spent = 1, _timed(batch, 1)  # the first call may compile, and fills caches
    while (spent := _timed(batch, count)) < CLOCK:
        count *= max(2, min(100, int(CLOCK / max(spent, 1e-9))))
    best, rounds, end = spent, 0, perf_counter() + seconds
    while rounds < 3 or perf_counter() < end:
        best = min(best, _timed(batch, count))
        rounds += 1
    return best / count


def calling(call: Callable[[], object]) -> Batch:
    """A batch of calls from Python; compare with one of an empty call."""

    def batch(count: int) -> None:
        for _ in repeat(None, count):
            call()

    return batch


def _timed(batch: Batch, count: int) -> float:
    start = perf_counter()
    batch(count)
    return perf_counter() - start
