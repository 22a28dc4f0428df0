"""One transaction executed again, on an engine that shows more than its result."""

from __future__ import annotations

from anhvm.chain.lazy.answers import Answers
from anhvm.chain.lazy.cells import CellId
from anhvm.chain.lazy.evaluate import Evaluator, Meter
from anhvm.chain.lazy.index import Fate
from anhvm.chain.lazy.plan import Plan
from anhvm.chain.lazy.receipt import Receipt
from anhvm.chain.lazy.records import value_digest
from anhvm.chain.lazy.world import World
from anhvm.errors import Bug, UserError
from anhvm.program.engine import Engine, Loaded, Run


class _Only:
    """The history of `plain`, but for one position, which runs in `shown`."""

    def __init__(self, plain: World, shown: World, position: int) -> None:
        self._plain = plain
        self._shown = shown
        self._position = position

    def plan(self, position: int) -> Plan:
        return self._plain.plan(position)

    def last_writer(self, cell: CellId, before: int) -> int | None:
        return self._plain.last_writer(cell, before)

    def start(self, plan: Plan) -> Run:
        return self._world(plan).start(plan)

    def callee(self, plan: Plan, contract: bytes) -> Loaded:
        return self._world(plan).callee(plan, contract)

    def _world(self, plan: Plan) -> World:
        return self._shown if plan.position == self._position else self._plain


def again(
    answers: Answers, position: int, engine: Engine, plain: Engine, meter: Meter | None = None
) -> tuple[Plan, Receipt]:
    """Runs the transaction at `position` on `engine` with what it has read, and nothing else.

    What it depends on comes from receipts; those that are missing are made by `plain`, and counted
    by `meter`.  UserError ``trace.nothing`` where the transaction runs nothing; CannotAnswer
    ``lazy.budget``, ``chain.*``; Bug where the result is not that of the receipt.
    """
    entry = answers.entry(position)
    if entry.fate != Fate.RUNS:
        raise _nothing(entry.reason or "it is no call and no deployment")
    known = answers.receipt(position, meter)
    plan = answers.index.plan(position)
    if plan.function < 0 or (known.where[0] < 0 and known.trap is not None):
        raise _nothing(known.message or "the contract has no @init")
    quiet, shown = (World(answers.index, answers.catalogue, one) for one in (plain, engine))
    seen = Evaluator(_Only(quiet, shown, position), answers.receipts, value_digest, meter).view(
        plan
    )
    if _outcome(seen) != _outcome(known):
        raise Bug(f"another result: {_outcome(seen)} now, {_outcome(known)} in the receipt")
    return plan, seen


def _outcome(receipt: Receipt) -> tuple[object, ...]:
    writes = tuple((cell, value_digest(value)) for cell, value in receipt.writes)
    told = (receipt.status, receipt.gas_used, receipt.trap, receipt.where)
    return (*told, receipt.reads, writes, receipt.high_water)


def _nothing(why: str) -> UserError:
    return UserError("trace.nothing", f"the transaction runs nothing: {why}", "trace a call")
