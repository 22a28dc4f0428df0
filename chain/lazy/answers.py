"""Questions to a chain folder: receipts, views, dry runs, and what they cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from anhvm.chain.catalogue import Catalogue
from anhvm.chain.lazy.arguments import Leaf
from anhvm.chain.lazy.bound import Bound, Bounds
from anhvm.chain.lazy.cells import CellId
from anhvm.chain.lazy.certain import Floor
from anhvm.chain.lazy.evaluate import Evaluator, Meter
from anhvm.chain.lazy.inclusion import Contract
from anhvm.chain.lazy.index import Entry, Fate, Index
from anhvm.chain.lazy.plan import Plan
from anhvm.chain.lazy.receipt import Receipt, Status
from anhvm.chain.lazy.records import StoredReceipts, value_digest
from anhvm.chain.lazy.world import World
from anhvm.chain.node import Chain
from anhvm.errors import UserError
from anhvm.isa.schedule import Schedule
from anhvm.program.engine import Engine, Env, Value
from anhvm.program.initial import initial
from anhvm.program.model import Mode, Program


class Rehearsal(NamedTuple):
    """A dry run: what the call would give now, and the cells that it has to list."""

    receipt: Receipt
    listed: tuple[tuple[CellId, bool], ...]


class Answers:
    """Answers from one chain folder, executed with `engine` and priced by `schedule`."""

    def __init__(self, chain: Chain, engine: Engine, schedule: Schedule) -> None:
        self.chain = chain
        self.catalogue = Catalogue(chain)
        self.index = Index(chain, self.catalogue)
        self.receipts = StoredReceipts(chain.derived)
        self._world = World(self.index, self.catalogue, engine)
        self._schedule = schedule

    def position(self, transaction: bytes) -> int:
        """Where a transaction stands.  UserError ``transaction.unknown``."""
        self.index.catch_up()
        position = self.index.position(transaction)
        if position is None:
            message = f"no block holds the transaction {transaction.hex()}"
            hint = "check the id; a transaction that waits needs: anhvm chain produce"
            raise UserError("transaction.unknown", message, hint)
        return position

    def entry(self, position: int) -> Entry:
        return self.index.entry(position)

    def sent_by(self, sender: bytes) -> list[int]:
        """Positions of the calls and deployments of an account, in order."""
        self.index.catch_up()
        return list(self.index.sent_by(sender))

    def contract(self, target: bytes) -> tuple[Contract, Program]:
        """The contract at an address and its program.  UserError ``contract.unknown``."""
        self.index.catch_up()
        contract = self.index.contract(target)
        if contract is None:
            message = "no contract has this address"
            hint = "check the address; a deployment that waits needs: anhvm chain produce"
            raise UserError("contract.unknown", message, hint)
        return contract, self.index.program(contract.code)

    def receipt(self, position: int, meter: Meter | None = None) -> Receipt:
        """The receipt of the transaction at `position`, executed now if it has to be."""
        entry = self.index.entry(position)
        if entry.fate != Fate.RUNS:
            born = entry.fate == Fate.INERT
            return Receipt(Status.OK if born else Status.STILLBORN, 0, message=entry.reason)
        return self._evaluator(meter).receipt(position)

    def view(self, plan: Plan, meter: Meter | None = None) -> Receipt:
        """The result of a question, after all transactions there are."""
        return self._evaluator(meter).view(plan)

    def rehearse(self, plan: Plan, meter: Meter | None = None) -> Rehearsal:
        """A dry run of `plan`, with every cell that bytes do not determine noted."""
        receipt, permitted = self._evaluator(meter).rehearse(plan)
        known = {Mode.READ: plan.reads, Mode.WRITE: plan.writes}
        touched: dict[CellId, bool] = {}
        for read in receipt.reads:
            if read.cell not in known[Mode.READ]:
                touched.setdefault(read.cell, False)
        for cell in (*permitted, *(cell for cell, _ in receipt.writes)):
            if cell not in known[Mode.WRITE]:
                touched[cell] = True
        return Rehearsal(receipt, tuple(touched.items()))

    def question(
        self, target: bytes, function: int, args: tuple[Leaf, ...], sender: bytes, gas: int
    ) -> Plan:
        """The plan of a function run after all transactions, in a block that comes next."""
        contract, program = self.contract(target)
        head = self.chain.head
        time = head.time if head else self.chain.genesis.time
        env = Env(sender, target, 0, self.chain.height + 1, time)
        return Plan(
            position=self.index.end,
            contract=target,
            program=program,
            code=contract.code,
            function=function,
            args=args,
            env=env,
            gas=gas,
            listed=None,
        )

    def cell(self, cell: CellId, meter: Meter | None = None) -> Value:
        """What a cell holds after all transactions.  UserError ``contract.unknown``."""
        _, program = self.contract(cell.contract)
        value = self._evaluator(meter).cell(cell, self.index.end)
        return initial(program, program.fields[cell.field]) if value is None else value

    def cost_of_view(self, plan: Plan, *, here: bool = False) -> Bound:
        """Cost-to-know of a question; `here` subtracts this folder's receipts."""
        return self._bounds(here).of_view(plan)

    def cost_of_receipts(self, positions: Iterable[int], *, here: bool = False) -> Bound:
        """Cost-to-know of the receipts of transactions; those that run nothing cost nothing."""
        runs = [at for at in positions if self.index.entry(at).fate == Fate.RUNS]
        return self._bounds(here).of_receipts(runs)

    def _evaluator(self, meter: Meter | None) -> Evaluator:
        return Evaluator(self._world, self.receipts, value_digest, meter)

    def _bounds(self, here: bool) -> Bounds:
        return Bounds(self._world, self.receipts, Floor(self._schedule), here)
