"""Contracts that call each other, evaluated by demand: as if everything had been executed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from anhvm.chain.lazy.bound import Bounds
from anhvm.chain.lazy.cells import ALIVE, CellId
from anhvm.chain.lazy.certain import Floor
from anhvm.chain.lazy.evaluate import Evaluator, Meter
from anhvm.chain.lazy.receipt import Receipt
from anhvm.chain.lazy.records import encode, value_digest
from anhvm.isa import schedule
from anhvm.program.engine import Engine
from anhvm.runtime.engines import make_engine
from tests.chain.lazy.eager import Eager
from tests.chain.lazy.peers import ADDRESSES, PeerHistory, contracts, history
from tests.chain.lazy.test_evaluate import Forgetful

SETS, EACH = 24, 20
FLOOR = Floor(schedule.load())


def chains(
    engine: Engine, sets: int, each: int, seed: int = 0
) -> Iterator[tuple[Random, PeerHistory]]:
    """Random chains, `each` of every set of contracts."""
    for number in range(seed, seed + sets):
        random = Random(number)
        programs = contracts(random, engine)
        for _ in range(each):
            yield random, history(random, engine, programs, random.randrange(3, 12))


def test_lazy_receipts_are_the_eager_ones() -> None:
    engine = make_engine(threads=1)
    seen: Counter[str] = Counter()
    for random, chain in chains(engine, SETS, EACH):
        expected = Eager(chain).execute_all(chain.plans.values())
        receipts = Forgetful(random, random.choice((0, 0.3, 1)))
        for position in random.sample(sorted(chain.plans), len(chain.plans)):
            found = Evaluator(chain, receipts, value_digest).receipt(position)
            assert encode(found) == encode(expected[position]), position
            receipts.lose()
        for position, receipt in expected.items():
            own = chain.plans[position].contract
            foreign = [cell for cell, _ in receipt.writes if cell.contract != own]
            seen["foreign writes"] += bool(foreign)
            seen["foreign events"] += any(event.contract for event in receipt.events)
            seen["foreign traps"] += receipt.contract not in (b"", own)
            seen[receipt.trap.name if receipt.trap else "OK"] += 1
    print(f"{SETS * EACH} chains, 0 divergences; {dict(seen)}")
    wanted = ("foreign writes", "foreign events", "foreign traps", "OK", "NOT_ALIVE", "REENTERED")
    assert all(seen[name] > 10 for name in (*wanted, "UNLISTED", "STIPEND", "ASSERT")), seen


def test_both_engines_give_the_same_receipts() -> None:
    """What is undone, kept, asked and paid on the way, in contracts that the compiler made."""
    engines = make_engine(threads=1), make_engine("reference")
    undone = 0
    for ours, theirs in zip(*(chains(engine, 8, 25, 1000) for engine in engines), strict=True):
        found, wanted = (
            Eager(chain).execute_all(chain.plans.values()) for _, chain in (ours, theirs)
        )
        for position, receipt in wanted.items():
            told = f"{position}: {found[position]} against {receipt}"
            assert encode(quiet(found[position])) == encode(quiet(receipt)), told
            undone += receipt.trap is None and len(receipt.reads) > len(receipt.writes) + 2
    assert undone > 60


def quiet(receipt: Receipt) -> Receipt:
    """Without words for people."""
    return replace(receipt, message="")


def test_only_the_cone_is_executed_and_the_bound_holds() -> None:
    engine = make_engine(threads=1)
    saved = 0
    for random, chain in chains(engine, 6, 20, 5000):
        target = random.choice(sorted(chain.plans))
        receipts = Forgetful(random, 0)
        bound = Bounds(chain, receipts, FLOOR).of_receipts([target])
        meter = Meter()
        Evaluator(chain, receipts, value_digest, meter).receipt(target)
        assert bound.least.transactions <= len(receipts.kept) <= bound.most.transactions
        assert bound.least.gas <= meter.spent <= bound.most.gas
        saved += max(chain.plans) - len(receipts.kept)
    assert saved > 100, "laziness has to save executions"


def test_a_receipt_depends_on_the_program_of_a_callee() -> None:
    """What says that a contract is alive names its program."""
    engine = make_engine(threads=1)
    found = 0
    for _, chain in chains(engine, 4, 20):
        receipts = Eager(chain).execute_all(chain.plans.values())
        for position, receipt in receipts.items():
            for read in receipt.reads:
                foreign = read.cell.contract != chain.plans[position].contract
                if read.cell.field != ALIVE or not foreign or read.writer < 0:
                    continue
                found += 1
                deployment = chain.plans[read.writer]
                assert deployment.deploys and deployment.contract == read.cell.contract
                assert read.digest == value_digest(deployment.code)
    assert found > 50


def test_what_calls_nobody_cannot_list_what_is_not_its_own() -> None:
    engine = make_engine(threads=1)
    for _, chain in chains(engine, 4, 10):
        for plan in chain.plans.values():
            own = {place.contract for place in (*plan.writes, *plan.reads)} == {plan.contract}
            assert own or plan.calls_out
            assert CellId(ADDRESSES[0], ALIVE) not in plan.writes or plan.deploys
