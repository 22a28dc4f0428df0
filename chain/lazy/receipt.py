"""The result of executing one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from anhvm.chain.lazy.cells import CellId
from anhvm.isa.traps import Trap
from anhvm.program.engine import Event, Value

NOBODY = -1
"""The writer of a cell that was never written."""


class Status(IntEnum):
    OK = 0
    TRAPPED = 1
    STILLBORN = 2


@dataclass(frozen=True)
class Read:
    """A cell that was read, the position of the transaction that wrote it, and what it held."""

    cell: CellId
    writer: int
    digest: bytes


@dataclass(frozen=True)
class Receipt:
    """Status, gas used, return value, events, writes and reads of one transaction.

    `where` is (function, instruction) of a trap, in `contract`.  Writes hold the last value of each
    cell.  The contract of an event is empty for the one that was started.
    """

    status: Status
    gas_used: int
    trap: Trap | None = None
    message: str = ""
    where: tuple[int, int] = (-1, -1)
    returns: tuple[Value, ...] = ()
    events: tuple[Event, ...] = ()
    writes: tuple[tuple[CellId, Value], ...] = ()
    reads: tuple[Read, ...] = ()
    high_water: int = 0
    contract: bytes = b""

    def written(self, cell: CellId) -> Value | None:
        """What it wrote to `cell`; None if it did not."""
        return self._written.get(cell)

    @cached_property
    def _written(self) -> dict[CellId, Value]:
        return dict(self.writes)
