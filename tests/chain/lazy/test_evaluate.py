"""Evaluation by demand gives what executing everything gives, in whatever order it is asked."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from anhvm.chain.lazy.bound import Bounds
from anhvm.chain.lazy.cells import CellId
from anhvm.chain.lazy.certain import Floor
from anhvm.chain.lazy.evaluate import Evaluator, Meter
from anhvm.chain.lazy.plan import Plan
from anhvm.chain.lazy.receipt import Receipt, Status
from anhvm.chain.lazy.records import decode, encode, value_digest
from anhvm.compiler.phases import compile_source
from anhvm.errors import CannotAnswer
from anhvm.isa import schedule
from anhvm.program.encode import encode as encode_program
from anhvm.program.engine import Env
from anhvm.runtime.engines import make_engine
from tests.chain.lazy.chains import MemoryHistory, compiled, history
from tests.chain.lazy.eager import Eager

CONTRACTS = 100
FLOOR = Floor(schedule.load())
CHAINS = 20


class Forgetful:
    """Receipts of which some get lost at any time."""

    def __init__(self, random: Random, loss: float) -> None:
        self.random = random
        self.loss = loss
        self.kept: dict[int, Receipt] = {}

    def get(self, position: int) -> Receipt | None:
        return self.kept.get(position)

    def put(self, position: int, receipt: Receipt) -> None:
        self.kept[position] = decode(encode(receipt))

    def lose(self) -> None:
        for position in list(self.kept):
            if self.random.random() < self.loss:
                del self.kept[position]


def test_lazy_receipts_are_the_eager_ones() -> None:
    """2,000 random chains; receipts are asked for in random order while some get lost."""
    engine = make_engine(threads=1)
    seen: Counter[str] = Counter()
    for seed in range(CONTRACTS):
        random = Random(seed)
        loaded = engine.load(compiled(random)[0])
        for _ in range(CHAINS):
            chain = history(random, engine, loaded, random.randrange(4, 12))
            expected = Eager(chain).execute_all(chain.plans.values())
            receipts = Forgetful(random, random.choice((0, 0.3, 1)))
            for position in random.sample(sorted(chain.plans), len(chain.plans)):
                found = Evaluator(chain, receipts, value_digest).receipt(position)
                assert encode(found) == encode(expected[position]), (seed, position)
                receipts.lose()
            seen.update(r.trap.name if r.trap else "OK" for r in expected.values())
            seen["chains"] += 1
            seen["partial"] += sum(bool(r.writes) for r in expected.values())
    print(f"{seen['chains']} chains, 0 divergences; {dict(seen)}")
    wanted = ("OK", "OVERFLOW", "ASSERT", "BOUNDS", "OUT_OF_GAS", "UNLISTED", "NOT_ALIVE")
    assert all(seen[name] > 20 for name in wanted), seen


def test_only_the_cone_is_executed_and_the_bound_holds() -> None:
    """What runs for a cell lies between the two ends of the bound, in number and in gas."""
    engine = make_engine(threads=1)
    saved = 0
    for seed in range(30):
        random = Random(1000 + seed)
        loaded = engine.load(compiled(random)[0])
        for _ in range(10):
            chain = history(random, engine, loaded, 12)
            last = max(chain.plans)
            target = random.choice(sorted(chain.plans))
            receipts = Forgetful(random, 0)
            bounds = Bounds(chain, receipts, FLOOR)
            bound = bounds.of_receipts([target])
            meter = Meter()
            Evaluator(chain, receipts, value_digest, meter).receipt(target)
            assert bound.least.transactions <= len(receipts.kept) <= bound.most.transactions
            assert bound.least.gas <= meter.spent <= bound.most.gas
            assert max(receipts.kept) == target, "nothing later than the question is executed"
            after = bounds.of_receipts([target])
            exact = sum(receipt.gas_used for receipt in receipts.kept.values())
            assert after.least == after.most
            assert (after.most.gas, after.most.transactions) == (exact, len(receipts.kept))
            assert (
                Bounds(chain, receipts, FLOOR, here=True).of_receipts([target]).most.transactions
                == 0
            )
            saved += last - len(receipts.kept)
    assert saved > 500, "laziness has to save executions"


def test_overwritten_history_is_never_executed() -> None:
    engine = make_engine(threads=1)
    text = """contract C:
    a: u64
    @call
    def put(x: u64):
        self.a = x
"""
    loaded = engine.load(encode_program(compile_source(text).program))
    chain = MemoryHistory(engine, loaded)
    contract = bytes([2]) * 33
    for position in range(1, 100):
        chain.plans[position] = Plan(
            position,
            contract,
            loaded.program,
            b"",
            -1 if position == 1 else 0,
            () if position == 1 else (position,),
            Env(self=contract),
            10**6,
            deploys=position == 1,
        )
    receipts = Forgetful(Random(0), 0)
    evaluator = Evaluator(chain, receipts, value_digest)
    assert evaluator.cell(CellId(contract, 0), 100) == 99
    assert chain.started == [99]


def test_a_budget_stops_the_work_and_keeps_it() -> None:
    engine = make_engine(threads=1)
    random = Random(5)
    stopped = 0
    for seed in range(20):
        loaded = engine.load(compiled(Random(seed))[0])
        chain = history(random, engine, loaded, 12)
        whole = Forgetful(random, 0)
        meter = Meter()
        expected = Evaluator(chain, whole, value_digest, meter).receipt(13)
        if meter.executed < 4:
            continue
        receipts = Forgetful(random, 0)
        with pytest.raises(CannotAnswer):
            Evaluator(chain, receipts, value_digest, Meter(meter.spent // 2)).receipt(13)
        again = Meter()
        found = Evaluator(chain, receipts, value_digest, again).receipt(13)
        assert encode(found) == encode(expected)
        assert again.executed < meter.executed, "what was executed before is kept"
        stopped += 1
    assert stopped >= 5


def test_long_chains_need_no_python_stack() -> None:
    """20,000 runs wait for each other; Python's own stack has 1,000 frames."""
    text = "contract C:\n    a: u64\n    @call\n    def add(x: u64):\n        self.a += x\n"
    engine = make_engine(threads=1)
    loaded = engine.load(encode_program(compile_source(text).program))
    contract = bytes([2]) * 33
    length = 20_000

    class Chain(MemoryHistory):
        def last_writer(self, cell: CellId, before: int) -> int | None:
            return before - 1 if before > 1 and cell.field == 0 else 1 if before > 1 else None

    chain = Chain(engine, loaded)
    for position in range(1, length + 1):
        chain.plans[position] = Plan(
            position,
            contract,
            loaded.program,
            b"",
            -1 if position == 1 else 0,
            () if position == 1 else (1,),
            Env(self=contract),
            10**6,
            deploys=position == 1,
        )
    receipts = Forgetful(Random(0), 0)
    evaluator = Evaluator(chain, receipts, value_digest)
    assert evaluator.cell(CellId(contract, 0), length + 1) == length - 1
    assert receipts.kept[2].status == Status.OK
