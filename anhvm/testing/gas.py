"""What the calls of tests cost: by function, and by line of the source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median_low

from anhvm.runtime.profile import by_line
from anhvm.testing.stage import Spent


@dataclass
class FunctionCost:
    """The gas of a function's calls that did not trap, and how many did."""

    name: str
    gas: list[int] = field(default_factory=list)
    trapped: int = 0

    @property
    def least(self) -> int:
        return min(self.gas, default=0)

    @property
    def median(self) -> int:
        return median_low(self.gas) if self.gas else 0

    @property
    def most(self) -> int:
        return max(self.gas, default=0)


@dataclass(frozen=True)
class LineCost:
    """Gas that a line spent over all calls; `calls` of them reached it."""

    file: str
    line: int
    calls: int
    gas: int


def by_function(calls: Iterable[Spent]) -> list[FunctionCost]:
    """A row for each function that was called, by name."""
    found: dict[str, FunctionCost] = {}
    for call in calls:
        name = f"{call.contract}.{call.function}"
        row = found.setdefault(name, FunctionCost(name))
        if call.trapped:
            row.trapped += 1
        else:
            row.gas.append(call.gas)
    return sorted(found.values(), key=lambda row: row.name)


def over_lines(calls: Iterable[Spent]) -> list[LineCost]:
    """A row for each line that spent gas, in the order of the source."""
    gas, reached = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    for call in calls:
        for row in by_line(call.trace) if call.trace else ():
            gas[row.source] += row.gas
            reached[row.source] += 1
    return [LineCost(*source, reached[source], gas[source]) for source in sorted(gas)]
