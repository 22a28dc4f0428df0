"""Times beside a neighbour on the processor's core: taken again until it is gone, or too late."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from anhvm.benches.gas.calibration import squares
from anhvm.benches.gas.case import Case, Measured, Meter
from anhvm.benches.gas.quiet import Quiet
from anhvm.isa.schedule import load
from anhvm.machine.loaded import CoreProgram
from anhvm.program.engine import Value

BEGIN = 1000


class Shared(Meter):
    """A core that has a neighbour at some ticks; whatever runs takes one."""

    def __init__(self, shared: Callable[[int], bool]) -> None:
        super().__init__(load())
        self.shared = shared
        self.tick = 0
        self.measured = 0

    def _busy(self) -> bool:
        self.tick += 1
        return self.shared(self.tick)

    def spend(self, loaded: CoreProgram, count: int, args: Sequence[Value]) -> tuple[int, int]:
        return (1600 if self._busy() else 1010 + self.tick % 7), 0

    def measure(self, case: Case, rounds: int, count: int | None = None) -> Measured:
        self.measured += 1
        return Measured(case, 10, 20.0 if self._busy() else 10.0, 10.0)


@pytest.mark.parametrize(
    ("shared", "nanoseconds", "alone", "measured"),
    [
        pytest.param(lambda _: False, 10.0, True, 1, id="never"),
        pytest.param(lambda tick: tick > BEGIN // 2, 20.0, False, 1, id="from now on"),
        pytest.param(lambda tick: BEGIN - 9 < tick < BEGIN + 40, 10.0, True, 1, id="at first"),
        pytest.param(lambda tick: BEGIN < tick < BEGIN + 9, 10.0, True, 2, id="meanwhile"),
        pytest.param(lambda tick: tick > BEGIN, 20.0, False, 2, id="after it began"),
    ],
)
def test_a_neighbour_is_waited_for(
    shared: Callable[[int], bool], nanoseconds: float, alone: bool, measured: int
) -> None:
    meter = Shared(shared)
    quiet = Quiet(meter, lambda: meter.tick)
    meter.tick = BEGIN - 1
    assert quiet.measure(squares(), 2, 100) == (
        Measured(squares(), 10, nanoseconds, 10.0),
        alone,
    )
    assert meter.measured == measured
    assert BEGIN < meter.tick <= BEGIN + 110
