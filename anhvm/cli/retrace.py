"""A transaction of a chain executed again, to be looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from anhvm.cli import output, sessions
from anhvm.cli.progress import bar

if TYPE_CHECKING:
    from anhvm.chain.lazy.plan import Plan
    from anhvm.chain.lazy.receipt import Receipt
    from anhvm.runtime.trace import Trace


class Retraced(NamedTuple):
    """What ran, its receipt, its trace, and the container of its program."""

    plan: Plan
    receipt: Receipt
    trace: Trace
    container: bytes


def retrace(
    name: bytes,
    folder: Path,
    threads: int | None,
    budget: int | None,
    instructions: bool = False,
    times: bool = False,
) -> Retraced:
    """The trace of the transaction `name`; what it depends on is executed once, by need.

    UserError ``transaction.unknown``, ``trace.nothing``; CannotAnswer ``lazy.budget``, ``chain.*``.
    """
    from anhvm.chain.lazy.again import again
    from anhvm.chain.lazy.evaluate import Meter
    from anhvm.cli import traces
    from anhvm.errors import Bug

    with sessions.open_session(folder, threads) as session:
        answers = session.answers
        position = answers.position(name)
        here = session.cost_of(name, here=True).most.gas
        if here:
            output.say(f"executing what it depends on: at most {here:,} gas")
        engine = traces.tracing("core", threads, instructions, times)
        with bar("executing", here, "gas") as advance:
            meter = Meter(budget, advance)
            plan, receipt = again(answers, position, engine, session.engine, meter)
        if engine.trace is None:
            raise Bug("a transaction ran and left no trace")
        return Retraced(plan, receipt, engine.trace, answers.index.container(plan.code))
