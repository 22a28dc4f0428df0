"""Traces: each line's gas against the interpreter's own meter, on random programs and traps."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from time import perf_counter_ns

import numpy as np
import pytest

from anhvm.api import compile_source, run
from anhvm.errors import CannotAnswer
from anhvm.fuzz.cases import FAMILY, Case, case, near_exhaustion
from anhvm.fuzz.observe import Observation, differences, observe
from anhvm.isa.schedule import load
from anhvm.isa.traps import MAX_DEPTH, Trap
from anhvm.program.engine import Engine
from anhvm.runtime import trace as trace_module
from anhvm.runtime.engines import make_engine
from anhvm.runtime.machine import Contract
from anhvm.runtime.profile import by_function, by_line, parts
from anhvm.runtime.speedscope import speedscope
from anhvm.runtime.trace import Call, Source, Trace
from anhvm.runtime.tracing import TracingEngine
from tests.runtime.spending import Path, spending

SEEDS = range(0, 240 * FAMILY, FAMILY)
KEEP = 1000
_PLAIN: Engine = make_engine("core", 1)
_TRACED = TracingEngine.of("core", 1, keep=KEEP, times=True)
Line = tuple[Path, int, Source]


def cases() -> Iterator[Case]:
    """Random programs, and each again where its gas just suffices or just does not."""
    for seed in SEEDS:
        first = case(seed)
        if first.program.externs:
            continue  # a tree is of one contract
        yield first
        used = traced(first)[0].gas_used
        if used <= 20_000:
            yield from near_exhaustion(first, used)


def traced(one: Case, engine: TracingEngine = _TRACED) -> tuple[Observation, Trace]:
    seen = observe(engine, engine.load(one.encoded), one, lambda: ())
    assert engine.trace is not None
    return seen, engine.trace


def path_of(call: Call) -> Path:
    path: list[tuple[int, int]] = []
    while call.caller is not None:
        path.insert(0, (call.caller.function, call.site))
        call = call.caller
    return tuple(path)


def told(trace: Trace) -> dict[Line, int]:
    """Gas by call and line as the trace tells it."""
    lines: Counter[Line] = Counter()
    for call in trace.root.walk():
        for pc, gas in trace.gas(call).items():
            lines[path_of(call), call.function, trace.code.source(call.function, pc)] += gas
    return lines


def test_every_line_has_the_gas_that_the_meter_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    traps: Counter[Trap | None] = Counter()
    for one in cases():
        if one.program.externs:  # the book knows one contract; the next test takes all
            continue
        book, wanted = spending(one, monkeypatch)
        seen, trace = traced(one)
        assert not differences(seen, wanted)
        meter: Counter[Line] = Counter()
        for (path, function, pc), gas in book.spent.items():
            meter[path, function, trace.code.source(function, pc)] += gas
        lines = told(trace)
        where = f"seed {one.seed}, gas {one.gas}, {seen.trap}"
        for key in meter.keys() | lines.keys():
            assert lines.get(key, 0) == meter[key], f"{where}: {key}"
        assert sum(lines.values()) == seen.gas_used == sum(meter.values()), where
        made = sum(call.times for call in trace.root.walk()) - 1
        assert made == sum(book.calls.values()), where
        traps[seen.trap] += 1
    assert traps[None] > 40 and traps[Trap.OUT_OF_GAS] > 30 and len(traps) > 3, traps


def test_tracing_changes_nothing_and_every_view_adds_up() -> None:
    for one in cases():
        plain = observe(_PLAIN, _PLAIN.load(one.encoded), one, lambda: ())
        seen, trace = traced(one)
        assert not differences(plain, seen), one.seed
        used = plain.gas_used
        assert trace.gas_used == trace.totals()[trace.root] == used
        assert sum(row.gas for row in by_line(trace)) == used
        assert sum(row.own for row in by_function(trace)) == used
        assert max((row.total for row in by_function(trace)), default=0) == used
        own = [part.gas for call in trace.root.walk() for part in parts(trace, call)]
        assert sum(own) == used
        assert len(trace.steps) == min(trace.executed, KEEP)
        flamegraph(trace)
        clocked = sum(sum(call.spans.values()) for call in trace.root.walk())
        assert sum(row.time for row in by_line(trace)) == clocked
        assert sum(row.own_time for row in by_function(trace)) == clocked
        if seen.trap is None and trace.executed <= KEEP:
            entry = trace.root.dynamic.get(trace_module.ENTRY, 0)
            assert sum(step.gas for step in trace.steps) == used - entry


def test_another_contract_has_a_branch_of_its_own() -> None:
    """Its calls, its lines, its gas; a trap in it that is caught ends the branch there."""
    caught = 0
    for on in ("core", "reference"):
        engine = TracingEngine.of(on, 1, keep=KEEP)
        shop = Contract(engine, compile_source(SHOP).encoded)
        coin = Contract(engine, compile_source(COIN, "coin.anh").encoded)
        for amount in (3, 120):
            result = shop.run("sell", (AT, b"t" * 33, amount), others={AT: coin})
            trace = engine.trace
            assert result.trap is None and trace is not None
            root, totals = trace.root, trace.totals()
            (move,) = root.calls.values()
            assert move.code.name(move.function) == "Coin.move" and move.code.contract == AT
            inner = [call.code.name(call.function) for call in move.walk()]
            assert inner == ["Coin.move", "Coin.check"]
            assert totals[root] == result.gas_used > totals[move] > 0
            coins = [row.gas for row in by_line(trace) if "Coin.move" in row.functions]
            coins += [row.gas for row in by_line(trace) if "Coin.check" in row.functions]
            assert sum(coins) == totals[move]
            names = {row.name: row.total for row in by_function(trace)}
            assert names["sell"] == result.gas_used and names["Coin.move"] == totals[move]
            caught += result.value == 0
    assert caught == 2


AT = b"c" * 33
SHOP = """interface Coin:
    def move(to: address, amount: u64) -> u64
contract Shop:
    @call
    def sell(coin: address, to: address, amount: u64) -> u64:
        left = 0
        try:
            left = Coin(coin).move(to, amount)
        except:
            left = 0
        return left
"""
COIN = """contract Coin:
    sold: u64
    @call
    def move(to: address, amount: u64) -> u64:
        self.sold += amount
        check(amount)
        return self.sold
    def check(amount: u64):
        assert amount < 100, "too much"
"""


def flamegraph(trace: Trace) -> None:
    """What speedscope's own reader insists on."""
    file = json.loads(json.dumps(speedscope(trace, "name")))
    assert file["$schema"] == "https://www.speedscope.app/file-format-schema.json"
    frames, used = file["shared"]["frames"], set[int]()
    assert all(set(frame) <= {"name", "file", "line", "col"} for frame in frames)
    profiles = [profile for profile in file["profiles"] if profile["endValue"]]
    assert [profile["unit"] for profile in profiles] == ["none", "nanoseconds"][: len(profiles)]
    for profile in profiles:
        assert (profile["type"], profile["startValue"]) == ("sampled", 0)
        assert len(profile["samples"]) == len(profile["weights"])
        assert sum(profile["weights"]) == profile["endValue"]
        assert all(weight > 0 for weight in profile["weights"])
        used |= {index for sample in profile["samples"] for index in sample}
    assert profiles[0]["endValue"] == trace.gas_used
    assert used == set(range(len(frames)))


SOURCE = """contract Deep:
    total: u64
    names: map[u64, bytes]

    @view
    def factorial(n: u64) -> u64:
        if n < 2:
            return 1
        return n * factorial(n - 1)

    @view
    def endless(n: u64) -> u64:
        return endless(n + 1)

    def once(n: u64) -> u64:
        total: u64 = 0
        for i in range(n):
            total += i
        return total

    @call
    def twice(n: u64):
        for i in range(3):
            self.total += once(n)
        self.total += once(n)
"""


def look(function: str, *args: object, gas: int = 1 << 40) -> Trace:
    engine = TracingEngine.of("core", 1)
    result = run(Contract(engine, compile_source(SOURCE, "deep.anh").encoded), function, *args,
                 gas=gas)  # fmt: skip
    assert engine.trace is not None and engine.trace.gas_used == result.gas_used
    return engine.trace


def test_calls_of_one_place_are_one_node_and_recursion_counts_once() -> None:
    trace = look("twice", 10)
    first, last = trace.root.calls.values()
    assert (first.times, last.times) == (3, 1)
    totals = trace.totals()
    assert totals[first] == 3 * totals[last] > 0
    rows = {row.name: row for row in by_function(trace)}
    assert rows["once"].calls == 4 and rows["once"].own == rows["once"].total == 4 * totals[last]
    assert rows["twice"].total == trace.gas_used
    recursive = look("factorial", 10)
    (row,) = by_function(recursive)
    assert row.calls == 10 and row.total == row.own == recursive.gas_used


def test_the_deepest_tree_there_is_can_be_told() -> None:
    trace = look("endless", 0)
    assert max(call.depth for call in trace.root.walk()) == MAX_DEPTH - 1
    from anhvm.cli import traces

    assert traces.as_text(trace).count("endless") == MAX_DEPTH
    assert json.dumps(traces.as_json(trace)).count('"endless"') == MAX_DEPTH
    flamegraph(trace)


def test_a_line_says_what_its_gas_was_for() -> None:
    trace = look("twice", 10)
    lines = {row.source.line: row for row in by_line(trace)}
    number = SOURCE.split("\n").index("            self.total += once(n)") + 1
    row = lines[number]
    assert set(row.parts) == {"load total", "store total"} and row.source.file == "deep.anh"
    schedule = load()
    stored = 3 * (schedule.opcodes["store"] + schedule.by_bytes("store", 8))
    assert row.parts["store total"] == stored


def test_a_hostile_tree_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_module, "MOST_CALLS", 100)
    with pytest.raises(CannotAnswer, match="more than 100 different calls"):
        look("endless", 0)


UNEVEN = """contract Uneven:
    total: u64

    def dear(x: f32[N, N]) -> f32:
        return sum(x @ x)

    @call
    def both(x: f32[N, N], n: u64) -> f32:
        found = dear(x)
        for i in range(n):
            self.total += i
        return found
"""


def test_time_goes_to_the_line_that_took_it() -> None:
    contract = Contract(_TRACED, compile_source(UNEVEN, "uneven.anh").encoded)
    for size, steps, dearest, function in ((300, 1, 5, "dear"), (1, 20_000, 11, "both")):
        begun = perf_counter_ns()
        run(contract, "both", np.ones((size, size), np.float32), steps)
        wall = perf_counter_ns() - begun
        assert _TRACED.trace is not None
        rows = by_line(_TRACED.trace)
        whole = sum(row.time for row in rows)
        first = max(rows, key=lambda row: row.time)
        assert first.source.line == dearest and 0.5 * whole < first.time <= whole < wall
        own = {row.name: row.own_time for row in by_function(_TRACED.trace)}
        assert max(own, key=lambda name: own[name]) == function


def test_the_time_is_told_on_request_alone() -> None:
    engine = TracingEngine.of("core", 1)
    run(Contract(engine, compile_source(UNEVEN).encoded), "both", np.ones((2, 2), np.float32), 3)
    assert engine.trace is not None and not any(row.time for row in by_line(engine.trace))
    assert len(speedscope(engine.trace, "gas alone")["profiles"]) == 1
