"""What one transaction would run, known from its bytes and its block alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from anhvm.chain.lazy.arguments import Leaf
from anhvm.chain.lazy.cells import ALIVE, EVERYWHERE, CellId, Place, touched
from anhvm.program.calls import calls_out
from anhvm.program.engine import Env
from anhvm.program.model import Mode, Program


@dataclass(frozen=True)
class Plan:
    """One execution.

    `position` is the place of the transaction in chain order, or the number of transactions for a
    query.  `code` is the digest of the program.  `function` is -1 for the deployment of a contract
    without @init.  `listed` are the cells that the transaction lists, with whether it may write
    them; None lifts the rule that what is not known from bytes must be listed (views, dry runs).
    """

    position: int
    contract: bytes
    program: Program
    code: bytes
    function: int
    args: tuple[Leaf, ...]
    env: Env
    gas: int
    deploys: bool = False
    listed: tuple[tuple[CellId, bool], ...] | None = ()

    @cached_property
    def calls_out(self) -> bool:
        """Whether it may call other contracts: then it may touch all that it lists."""
        return self.function >= 0 and calls_out(self.program, self.function)

    @property
    def alive(self) -> CellId:
        return CellId(self.contract, ALIVE)

    @cached_property
    def reads(self) -> frozenset[Place]:
        """Cells that it may read, its contract's being alive among them."""
        places = self._places(Mode.READ)
        return places if self.deploys else places | {self.alive}

    @cached_property
    def writes(self) -> frozenset[Place]:
        """Cells that it may write."""
        places = self._places(Mode.WRITE)
        return places | {self.alive} if self.deploys else places

    def may_read(self, cell: CellId) -> bool:
        return self.listed is None or cell in self.reads

    def may_write(self, cell: CellId) -> bool:
        return self.listed is None or cell in self.writes

    def _places(self, mode: Mode) -> frozenset[Place]:
        if self.function < 0:
            return frozenset()
        found = touched(self.program, self.function, mode, self.args, self.env, self.contract)
        places = frozenset(narrowed(found, self.listed, mode))
        if not self.calls_out:
            return places
        if self.listed is None:
            return places | {EVERYWHERE}
        return places | {
            cell
            for cell, write in self.listed
            if mode == Mode.READ or (write and cell.field != ALIVE)
        }


def narrowed(
    places: Iterable[Place], listed: tuple[tuple[CellId, bool], ...] | None, mode: Mode
) -> Iterable[Place]:
    """`places` with every open one replaced by the listed cells that it covers."""
    for place in places:
        if listed is None or isinstance(place, CellId):
            yield place
            continue
        for cell, write in listed:
            covered = cell.contract == place.contract and cell.field == place.field
            if covered and (write or mode == Mode.READ):
                yield cell
