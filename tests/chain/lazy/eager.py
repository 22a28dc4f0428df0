"""The slow twin of evaluation by demand: execute everything, in chain order, all state known."""

from __future__ import annotations

from collections.abc import Iterable

from anhvm.chain.lazy.cells import ALIVE, CellId
from anhvm.chain.lazy.evaluate import History
from anhvm.chain.lazy.plan import Plan
from anhvm.chain.lazy.receipt import NOBODY, Read, Receipt, Status
from anhvm.chain.lazy.records import value_digest
from anhvm.isa.traps import Trap
from anhvm.program.engine import Callee, Cell, Done, Outcome, Value
from anhvm.program.model import Mode


class Eager:
    """State after the plans executed so far, and the receipt of each."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.state: dict[CellId, tuple[Value, int]] = {}
        self.receipts: dict[int, Receipt] = {}

    def execute_all(self, plans: Iterable[Plan]) -> dict[int, Receipt]:
        for plan in plans:
            receipt = self.execute(plan)
            self.receipts[plan.position] = receipt
            for cell, value in receipt.writes:
                self.state[cell] = value, plan.position
        return self.receipts

    def execute(self, plan: Plan) -> Receipt:
        reads: list[Read] = []

        def read(cell: CellId) -> Value | None:
            value, writer = self.state.get(cell, (None, NOBODY))
            reads.append(Read(cell, writer, value_digest(value)))
            return value

        def place(cell: Cell) -> CellId:
            return CellId(cell.contract or plan.contract, cell.field, cell.path)

        alive: tuple[tuple[CellId, Value], ...] = ()
        if plan.deploys:
            alive = ((plan.alive, plan.code),)
        elif read(plan.alive) is None:
            message = "the contract is not alive: its @init trapped"
            return Receipt(Status.TRAPPED, 0, Trap.NOT_ALIVE, message, reads=tuple(reads))
        if plan.function < 0:
            return Receipt(Status.OK, 0, writes=alive)
        run = self.history.start(plan)
        outcome: Outcome = run.resume()
        while not isinstance(outcome, Done):
            if isinstance(outcome, Callee):
                living = CellId(outcome.address, ALIVE)
                if not plan.may_read(living):
                    outcome = run.abort()
                    continue
                there = read(living) is not None
                outcome = run.link(self.history.callee(plan, outcome.address) if there else None)
                continue
            cell = place(outcome.cell)
            if outcome.mode == Mode.WRITE:
                outcome = run.permit() if plan.may_write(cell) else run.abort()
            else:
                outcome = run.provide(read(cell)) if plan.may_read(cell) else run.abort()
        writes = tuple((place(cell), value) for cell, value in outcome.writes)
        failure = outcome.failure
        return Receipt(
            status=Status.TRAPPED if failure else Status.OK,
            gas_used=outcome.gas_used,
            trap=failure.trap if failure else None,
            message=failure.message if failure else "",
            where=(failure.function, failure.pc) if failure else (-1, -1),
            contract=(failure.contract or plan.contract) if failure else b"",
            returns=outcome.returns,
            events=tuple(outcome.events),
            writes=writes if failure else writes + alive,
            reads=tuple(reads),
            high_water=outcome.high_water,
        )
