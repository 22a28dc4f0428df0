"""Evaluation by demand, which is the definition of what a chain means.

A question starts at the latest transaction that may have written a cell that it needs.  That
transaction runs until it reads a cell that is not known; then it waits, suspended on the machine's
own heap, and the latest possible writer of *that* cell runs.  A candidate turns out to be the
writer, or not, only by its receipt.  So the stack of waiting runs is a list here, never Python's
own stack, and history that was overwritten is never executed::

    question ── needs net ──> train 40 ── needs net ──> train 39 ── … ──> deploy
                 (waits)                   (waits)                         (runs, receipt)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from anhvm.chain.lazy.cells import ALIVE, CellId
from anhvm.chain.lazy.plan import Plan
from anhvm.chain.lazy.receipt import NOBODY, Read, Receipt, Status
from anhvm.errors import Bug, CannotAnswer
from anhvm.isa.traps import Trap
from anhvm.program.engine import Callee, Cell, Done, Loaded, Need, Outcome, Run, Value
from anhvm.program.model import Mode


class History(Protocol):
    """What is known from bytes: the plan of each transaction, and who may have written a cell."""

    def plan(self, position: int) -> Plan: ...
    def last_writer(self, cell: CellId, before: int) -> int | None: ...
    def start(self, plan: Plan) -> Run:
        """A run of the plan's function, not yet resumed.  CannotAnswer if a blob is missing."""
        ...

    def callee(self, plan: Plan, contract: bytes) -> Loaded:
        """The program of a contract that is alive, in the engine that runs the plan."""
        ...


class Receipts(Protocol):
    """Receipts by position; losing some costs time and changes no answer."""

    def get(self, position: int) -> Receipt | None: ...
    def put(self, position: int, receipt: Receipt) -> None: ...


@dataclass
class Meter:
    """Counts gas really used.  `tell` is called with each amount; `budget` stops the work."""

    budget: int | None = None
    tell: Callable[[int], None] = lambda gas: None
    spent: int = 0
    executed: int = 0

    def add(self, gas: int) -> None:
        self.spent += gas
        self.executed += 1
        self.tell(gas)

    def check(self, running: int = 0) -> None:
        """Raises CannotAnswer when what is spent, with `running` runs' gas, is above the budget."""
        if self.budget is not None and self.spent + running > self.budget:
            raise CannotAnswer(
                "lazy.budget",
                f"cannot answer yet: the budget of {self.budget:,} gas is spent",
                "ask again with a larger budget; what was executed is kept as receipts",
            )


class Missing(Exception):
    """A receipt that must be had before a lookup can go on."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class Evaluator:
    """Answers from `history`, executing what `receipts` do not hold."""

    def __init__(
        self,
        history: History,
        receipts: Receipts,
        digest: Callable[[Value | None], bytes],
        meter: Meter | None = None,
    ) -> None:
        self.history = history
        self.receipts = receipts
        self.digest = digest
        self.meter = meter or Meter()

    def receipt(self, position: int) -> Receipt:
        """The receipt of the transaction at `position`, executed now if it has to be."""
        known = self.receipts.get(position)
        return known or self._work([_Task(self, self.history.plan(position))])

    def view(self, plan: Plan) -> Receipt:
        """The result of a query: a run whose receipt is not kept."""
        return self._work([_Task(self, plan, keep=False)])

    def rehearse(self, plan: Plan) -> tuple[Receipt, tuple[CellId, ...]]:
        """The result of a dry run, and the cells that it asked to write, undone or not."""
        task = _Task(self, plan, keep=False)
        return self._work([task]), tuple(task.permitted)

    def cell(self, cell: CellId, before: int) -> Value | None:
        """The value of `cell` after all transactions below `before`; None: never written."""
        while True:
            try:
                return self.lookup(cell, before)[0]
            except Missing as missing:
                self.receipt(missing.position)

    def lookup(self, cell: CellId, before: int) -> tuple[Value | None, int]:
        """Value and writer of `cell`; raises Missing where a candidate has no receipt yet."""
        candidate = self.history.last_writer(cell, before)
        while candidate is not None:
            receipt = self.receipts.get(candidate)
            if receipt is None:
                raise Missing(candidate)
            value = receipt.written(cell)
            if value is not None:
                return value, candidate
            candidate = self.history.last_writer(cell, candidate)
        return None, NOBODY

    def _work(self, stack: list[_Task]) -> Receipt:
        while True:
            task = stack[-1]
            self.meter.check(task.gas_used)
            try:
                receipt = task.advance()
            except Missing as missing:
                stack.append(_Task(self, self.history.plan(missing.position)))
                continue
            stack.pop()
            if task.keep:
                self.receipts.put(task.plan.position, receipt)
            if not stack:
                return receipt


class _Task:
    """One run with what it has read so far."""

    def __init__(self, evaluator: Evaluator, plan: Plan, keep: bool = True) -> None:
        self.evaluator = evaluator
        self.plan = plan
        self.keep = keep
        self.reads: list[Read] = []
        self.permitted: dict[CellId, None] = {}
        self.run: Run | None = None
        self.outcome: Outcome | None = None

    @property
    def gas_used(self) -> int:
        return self.run.gas_used if self.run else 0

    def advance(self) -> Receipt:
        """Runs on until done; raises Missing where it has to wait, and may be called again."""
        if not self.plan.deploys and not self.reads:
            alive = self._read(self.plan.alive)
            if alive is None:
                message = "the contract is not alive: its @init trapped"
                reads = tuple(self.reads)
                return Receipt(Status.TRAPPED, 0, Trap.NOT_ALIVE, message, reads=reads)
        if self.plan.function < 0:
            return self._receipt(Done(None, 0, (), (), (), (), 0))
        if self.run is None:
            self.run = self.evaluator.history.start(self.plan)
            self.outcome = self.run.resume()
        while not isinstance(self.outcome, Done):
            if isinstance(self.outcome, Callee):
                self.outcome = self._link(self.run, self.outcome.address)
            elif isinstance(self.outcome, Need):
                self.outcome = self._answer(self.run, self.outcome)
            else:
                raise Bug("an engine returned no outcome")
        self.evaluator.meter.add(self.outcome.gas_used)
        return self._receipt(self.outcome)

    def _answer(self, run: Run, need: Need) -> Outcome:
        cell = self._global(need.cell)
        if need.mode == Mode.WRITE:
            if not self.plan.may_write(cell):
                return run.abort()
            self.permitted[cell] = None
            return run.permit()
        if not self.plan.may_read(cell):
            return run.abort()
        value = self._read(cell)
        return run.provide(value)

    def _link(self, run: Run, address: bytes) -> Outcome:
        alive = CellId(address, ALIVE)
        if not self.plan.may_read(alive):
            return run.abort()
        value = self._read(alive)
        return run.link(
            None if value is None else self.evaluator.history.callee(self.plan, address)
        )

    def _read(self, cell: CellId) -> Value | None:
        value, writer = self.evaluator.lookup(cell, self.plan.position)
        self.reads.append(Read(cell, writer, self.evaluator.digest(value)))
        return value

    def _global(self, cell: Cell) -> CellId:
        return CellId(cell.contract or self.plan.contract, cell.field, cell.path)

    def _receipt(self, done: Done) -> Receipt:
        failure = done.failure
        writes = tuple((self._global(cell), value) for cell, value in done.writes)
        if self.plan.deploys and failure is None:
            writes = (*writes, (self.plan.alive, self.plan.code))
        return Receipt(
            status=Status.OK if failure is None else Status.TRAPPED,
            gas_used=done.gas_used,
            trap=failure.trap if failure else None,
            message=failure.message if failure else "",
            where=(failure.function, failure.pc) if failure else (-1, -1),
            contract=(failure.contract or self.plan.contract) if failure else b"",
            returns=done.returns,
            events=tuple(done.events),
            writes=writes,
            reads=tuple(self.reads),
            high_water=done.high_water,
        )
