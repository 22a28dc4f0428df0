"""A transaction executed again: the same result, nothing else on the engine that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from anhvm.api import compile_source
from anhvm.chain.keys import Key
from anhvm.chain.lazy.again import again
from anhvm.chain.lazy.evaluate import Meter
from anhvm.chain.lazy.receipt import Receipt, Status
from anhvm.chain.session import Session
from anhvm.errors import Bug, CannotAnswer, UserError
from anhvm.isa.traps import Trap
from anhvm.runtime.tracing import TracingEngine

SOURCE = """contract Chained:
    total: u64
    m: map[u64, u64]

    @init
    def setup(first: u64):
        assert first > 0
        self.total = first

    @call
    def grow(k: u64):
        self.total = self.total * 2
        self.m[self.total % 7] = k

    @call
    def fail():
        self.total += 1
        assert self.total < 1, "always"
"""
PLAIN = """contract Plain:
    @call
    def nothing():
        pass
"""
KEY = Key(bytes([9]) * 32)


class Forgetful:
    """Receipts that can be lost."""

    def __init__(self) -> None:
        self.kept: dict[int, Receipt] = {}

    def get(self, position: int) -> Receipt | None:
        return self.kept.get(position)

    def put(self, position: int, receipt: Receipt) -> None:
        self.kept[position] = receipt

    def lose_below(self, position: int) -> int:
        lost = [at for at in self.kept if at < position]
        for at in lost:
            del self.kept[at]
        return len(lost)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with Session.create(tmp_path / "chain", KEY) as made:
        yield made


def sent(session: Session, *calls: tuple[object, ...], first: int = 3) -> list[int]:
    """Positions of a deployment and of calls to it."""
    program = compile_source(SOURCE).encoded
    deployment, contract = session.deploy(KEY, program, first, gas_limit=5_000)
    session.produce(KEY)
    ids = [deployment]
    for function, *args in calls:
        # Each in a block of its own: a dry run lists the cells of the next.
        limit = 20_000 if function == "fail" else None
        ids.append(session.call(KEY, contract, str(function), *args, gas_limit=limit))
        session.produce(KEY)
    return [session.answers.position(name) for name in ids]


def test_it_alone_runs_and_gives_its_receipt(session: Session) -> None:
    positions = sent(session, ("grow", 5), ("grow", 6), ("fail",))
    engine = TracingEngine.of("core", 1)
    for count, position in enumerate(positions, 1):
        known = session.answers.receipt(position)
        executions = session.engine.executions
        plan, seen = again(session.answers, position, engine, session.engine)
        assert session.engine.executions == executions and engine.executions == count
        assert engine.trace is not None and engine.trace.gas_used == known.gas_used
        assert engine.trace.totals()[engine.trace.root] == known.gas_used == seen.gas_used
        assert engine.trace.root.function == plan.function
    assert known.trap == Trap.ASSERT


def test_what_is_lost_is_made_again_by_the_other_engine(session: Session) -> None:
    *_, position = sent(session, ("grow", 5), ("grow", 6))
    wanted = session.answers.receipt(position)
    receipts = Forgetful()
    session.answers.receipts = receipts  # type: ignore[assignment]
    session.answers.receipt(position)
    assert receipts.lose_below(position) == 2
    executions, engine, meter = session.engine.executions, TracingEngine.of("core", 1), Meter()
    _, seen = again(session.answers, position, engine, session.engine, meter)
    assert session.engine.executions - executions == 2 and engine.executions == 1
    assert meter.executed == 3
    assert engine.trace is not None and engine.trace.gas_used == wanted.gas_used == seen.gas_used


def test_the_budget_holds(session: Session) -> None:
    *_, position = sent(session, ("grow", 5), ("grow", 6))
    session.answers.receipts = Forgetful()  # type: ignore[assignment]
    with pytest.raises(CannotAnswer, match="budget"):
        again(session.answers, position, TracingEngine.of("core", 1), session.engine, Meter(100))


def test_another_result_is_a_bug_and_no_trace(session: Session) -> None:
    (position,) = sent(session)
    receipts = Forgetful()
    session.answers.receipts = receipts  # type: ignore[assignment]
    known = session.answers.receipt(position)
    for other in ({"gas_used": known.gas_used + 1}, {"writes": ()}, {"status": Status.TRAPPED}):
        receipts.kept[position] = replace(known, **other)
        with pytest.raises(Bug, match="another result"):
            again(session.answers, position, TracingEngine.of("core", 1), session.engine)


def test_what_runs_nothing_is_said(session: Session) -> None:
    """A contract that never came to life, one without @init, and a transfer."""
    _, dead = sent(session, ("fail",), first=0)
    plain, _ = session.deploy(KEY, compile_source(PLAIN).encoded, gas_limit=1_000)
    transfer = session.transfer(KEY, KEY.address, 1)
    session.produce(KEY)
    engine = TracingEngine.of("core", 1)
    for position, why in (
        (dead, "not alive"),
        (session.answers.position(plain), "no @init"),
        (session.answers.position(transfer), "no call"),
    ):
        with pytest.raises(UserError, match=why) as caught:
            again(session.answers, position, engine, session.engine)
        assert caught.value.code == "trace.nothing" and engine.executions == 0
