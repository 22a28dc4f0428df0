"""Times that no other thread of the processor's core has disturbed.

Two threads share a core, and the other may be another computer's.  Beside a busy one, code that
keeps the core busy takes 1.5 to 2 times as long and code that waits for memory hardly longer, for
seconds or minutes: what disturbs times then disturbs their ratios.  So a loop whose time is known
is run before and after what is timed.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Final

from anhvm.benches.gas import calibration
from anhvm.benches.gas.case import Case, Measured, Meter

_ITERATIONS: Final = 50_000
_FIRST: Final = 100
"""Runs of the loop, of a quarter of a millisecond each, before anything is timed."""
_SLOWER: Final = 1.2
PATIENCE, HURRY = 3.0, 0.02
"""Seconds in which a quiet moment has to come for a close look and for another."""


class Quiet:
    """Times cases by a meter when the core is its own."""

    def __init__(self, meter: Meter, clock: Callable[[], float] = monotonic) -> None:
        self.meter = meter
        self._clock = clock
        self._loop = meter.load(calibration.squares())
        self._least = inf
        for _ in range(_FIRST):
            self.now()

    def now(self) -> bool:
        """Whether the loop takes hardly more than it ever took."""
        spent, _ = self.meter.spend(self._loop, _ITERATIONS, ())
        self._least = min(self._least, spent)
        return spent < _SLOWER * self._least

    def measure(
        self, case: Case, rounds: int, patience: float, count: int | None = None
    ) -> tuple[Measured, bool]:
        """The least time found, and whether all was quiet: until then it is measured again, for so
        many seconds.

        Raises `Trapped`.
        """
        end, best = self._clock() + patience, None
        while True:
            alone = self._wait(end)
            one = self.meter.measure(case, rounds, best.count if best else count)
            alone = alone and self.now()
            if best is None or one.nanoseconds < best.nanoseconds:
                best = one
            if alone or self._clock() >= end:
                return best, alone

    def _wait(self, end: float) -> bool:
        """Returns when it is quiet, or too late."""
        while not (alone := self.now()) and self._clock() < end:
            pass
        return alone
