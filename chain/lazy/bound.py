"""What an answer may cost, said before any work starts: at least, and at most.

At most follows every cell that a transaction *may* read, and every transaction that may have
written it.  At least follows only reads that are certain, and only the latest candidate, which has
to run whether or not it turns out to be the writer.  A receipt replaces both by the truth.
"""

from __future__ import annotations

import heapq
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from anhvm.chain.lazy.cells import AnyCell, CellId, Place
from anhvm.chain.lazy.certain import Floor
from anhvm.chain.lazy.evaluate import History, Receipts
from anhvm.chain.lazy.plan import Plan
from anhvm.chain.lazy.receipt import Status


class Writers(History, Protocol):
    def writers(self, place: Place, below: int) -> Iterator[int]:
        """Positions below `below` that may have written `place`, the latest first."""
        ...


@dataclass(frozen=True)
class Side:
    """One end of a bound: gas, and how many transactions."""

    gas: int
    transactions: int


@dataclass(frozen=True)
class Bound:
    """Cost-to-know of an answer: gas for someone who has executed nothing."""

    least: Side
    most: Side


class Bounds:
    """Bounds over `history`; `floor` knows the least that a run does.

    With `here`, receipts count as already paid for: the cost here.
    """

    def __init__(
        self,
        history: Writers,
        receipts: Receipts,
        floor: Floor,
        here: bool = False,
    ) -> None:
        self.history = history
        self.receipts = receipts
        self.floor = floor
        self.here = here

    def of_view(self, plan: Plan) -> Bound:
        """The bound of a query, without the query's own run."""
        least, most = _Least(self), _Most(self)
        for walk in (least, most):
            for place in walk.reads(plan):
                walk.want(place, plan.position)
        return Bound(least.total(), most.total())

    def of_receipts(self, positions: Iterable[int]) -> Bound:
        """The bound of knowing the receipts of these transactions."""
        least, most = _Least(self), _Most(self)
        for position in positions:
            least.add(position)
            most.add(position)
        return Bound(least.total(), most.total())


@dataclass
class _Walk(ABC):
    """The cone of one side, latest transaction first, so that each is met once."""

    bounds: Bounds
    todo: list[int] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    floors: dict[Place, int] = field(default_factory=dict)

    @abstractmethod
    def gas(self, plan: Plan) -> int:
        """What a transaction without a receipt counts for."""

    @abstractmethod
    def reads(self, plan: Plan) -> Iterable[Place]:
        """What a transaction without a receipt is taken to read."""

    @abstractmethod
    def ends(self, position: int, place: Place) -> bool:
        """Whether no earlier candidate counts for `place`."""

    def add(self, position: int) -> None:
        if position not in self.seen:
            self.seen.add(position)
            heapq.heappush(self.todo, -position)

    def want(self, place: Place, below: int) -> None:
        # Calls come with falling `below`, so what an earlier walk went through is never met again.
        if self.floors.get(place, below) < below:
            return
        for position in self.bounds.history.writers(place, below):
            self.floors[place] = position
            self.add(position)
            if self.ends(position, place):
                return

    def total(self) -> Side:
        gas = count = 0
        while self.todo:
            position = -heapq.heappop(self.todo)
            receipt = self.bounds.receipts.get(position)
            if receipt is not None and self.bounds.here:
                continue
            count += 1
            places: Iterable[Place]
            if receipt is not None:
                gas += receipt.gas_used
                places = [read.cell for read in receipt.reads]
            else:
                plan = self.bounds.history.plan(position)
                gas += self.gas(plan)
                places = self.reads(plan)
            for place in places:
                self.want(place, position)
        return Side(gas, count)

    def _wrote(self, position: int, place: Place) -> bool | None:
        """Whether the transaction wrote the cell, as far as a receipt tells."""
        receipt = self.bounds.receipts.get(position)
        if receipt is None or isinstance(place, AnyCell):
            return None
        return receipt.written(place) is not None


class _Least(_Walk):
    def gas(self, plan: Plan) -> int:
        return self.bounds.floor.gas(plan, self._alive(plan))

    def reads(self, plan: Plan) -> Iterable[CellId]:
        return self.bounds.floor.reads(plan, self._alive(plan))

    def _alive(self, plan: Plan) -> bool:
        """Whether it is known that the contract is alive when the plan runs."""
        if plan.deploys:
            return True
        deployment = self.bounds.history.last_writer(plan.alive, plan.position)
        if deployment is None:
            return False
        receipt = self.bounds.receipts.get(deployment)
        if receipt is not None:
            return receipt.status == Status.OK
        return self.bounds.history.plan(deployment).function < 0

    def ends(self, position: int, place: Place) -> bool:
        return self._wrote(position, place) is not False


class _Most(_Walk):
    def gas(self, plan: Plan) -> int:
        return plan.gas

    def reads(self, plan: Plan) -> Iterable[Place]:
        return plan.reads

    def ends(self, position: int, place: Place) -> bool:
        return self._wrote(position, place) is True
