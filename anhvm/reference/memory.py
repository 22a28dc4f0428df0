"""Gas that is left, and bytes of live values: the two counters of a run."""

from __future__ import annotations

from dataclasses import dataclass

from anhvm.isa.schedule import SATURATED, Schedule
from anhvm.isa.traps import MAX_MEMORY, VALUE_OVERHEAD, Trap
from anhvm.program.engine import Tensor
from anhvm.reference.trapped import Trapped

Data = bytes | Tensor


class Meter:
    """Gas: `left` to the contract at work, `kept` by those that wait for it."""

    def __init__(self, gas: int) -> None:
        self.left = gas
        self.kept = 0

    @property
    def total(self) -> int:
        return self.left + self.kept

    def keep(self, gas: int) -> None:
        """`gas` is out of reach until it is given back."""
        self.left -= gas
        self.kept += gas

    def give_back(self, gas: int) -> None:
        self.kept -= gas
        self.left += gas

    def charge(self, cost: int) -> None:
        """Takes `cost`; short of it, what is left becomes 0 and the run traps."""
        if cost > self.left or cost >= SATURATED:
            self.left = 0
            raise Trapped(Trap.OUT_OF_GAS)
        self.left -= cost


@dataclass(eq=False, slots=True)
class Held:
    """A value on the heap.  `size` is what it counts, 0 for what is never counted."""

    data: Data
    size: int = 0
    owners: int = 0


def length(data: Data) -> int:
    """Bytes of a value."""
    return len(data) if isinstance(data, bytes) else data.nbytes


class Memory:
    """Live bytes: `live` now, `high` at most so far."""

    def __init__(self, meter: Meter, schedule: Schedule) -> None:
        self.meter = meter
        self.schedule = schedule
        self.live = 0
        self.high = 0

    def reserve(self, *lengths: int) -> None:
        """Counts new values of these lengths together, before they are made."""
        wanted = self.live + sum(VALUE_OVERHEAD + n for n in lengths)
        if wanted > self.high:
            self.meter.charge(self.schedule.memory(self.high, wanted))
            if wanted > MAX_MEMORY:
                raise Trapped(Trap.MEMORY)
            self.high = wanted
        self.live = wanted

    def hold(self, data: Data) -> Held:
        """A value for which `reserve` was called."""
        return Held(data, VALUE_OVERHEAD + length(data))

    def make(self, data: Data) -> Held:
        """A new value, counted."""
        self.reserve(length(data))
        return self.hold(data)

    def own(self, value: object) -> None:
        """One more register owns `value`."""
        if isinstance(value, Held):
            value.owners += 1

    def disown(self, value: object) -> None:
        """One register fewer owns `value`; the last one lets go of its bytes."""
        if isinstance(value, Held):
            value.owners -= 1
            if value.owners == 0:
                self.live -= value.size
