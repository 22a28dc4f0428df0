"""`t.put`: who else shows a value keeps it, and only a value that registers share is paid for."""

from __future__ import annotations

import numpy as np
import pytest

from anhvm.assembler import assemble
from anhvm.isa import schedule
from anhvm.isa.traps import VALUE_OVERHEAD
from anhvm.kernels.definitions.call import call
from anhvm.program.encode import encode
from anhvm.program.engine import Done, Engine, Env, Need, Tensor
from anhvm.program.model import Mode
from anhvm.reference import ReferenceEngine
from tests.machine.build import engine

SIZE = 64
HELD = np.arange(SIZE, dtype=np.int32)
TEXT = """
const fixed: i32[1] [{size}] = {numbers}
const five: u64 = 5
const minus: i32 = -1
field cell: i32[1] [{size}]
event Shown(i32[1])
function f call (i32[1]) -> (i32[1], i32[1])
  reads cell
  writes cell
  reg a: i32[1] = arg 0
  reg fixed: i32[1] = const fixed
  reg i: u64 = const five
  reg zero: u64
  reg e: i32
  reg minus: i32 = const minus
  reg x: i32[1]
  reg y: i32[1]
  t.get e, (a, zero)
  {lead}
  {put}
  ret (x, y)
function same internal (i32[1]) -> (i32[1])
  reg a: i32[1] = arg 0
  ret (a)
function own internal () -> (i32[1])
  reg fixed: i32[1] = const fixed
  ret (fixed)
"""
OWN = "t.set x, (a, zero, e)\n"
FREE = {
    "its own": OWN,
    "its own, once shared": f"{OWN} copy y, x\n drop y",
    "stored": f"{OWN} s.store x, cell",
    "emitted": f"{OWN} emit Shown(x)",
    "loaded": "s.load x, cell",
    "loaded twice": "s.load x, cell\n s.load y, cell",
    "stored and loaded": f"{OWN} s.store x, cell\n s.load y, cell",
    "loaded and stored": "s.load x, cell\n s.store x, cell",
    "back from a call": f"{OWN} call same(x) -> (x)",
}
PAID = {
    "shared": f"{OWN} copy y, x",
    "shared and stored": f"{OWN} copy y, x\n s.store y, cell",
    "argument": "copy x, a",
    "constant": "copy x, fixed",
    "constant alone": "call own() -> (x)",
    "constant, passed on": "call same(fixed) -> (x)",
}
PUT = "t.put x, (x, i, minus)"


def reference() -> ReferenceEngine:
    return ReferenceEngine(call, schedule.load())


def finish(on: Engine, lead: str, put: str) -> Done:
    numbers = ", ".join(map(str, HELD))
    text = TEXT.format(size=SIZE, numbers=numbers, lead=lead, put=put)
    run = on.start(on.load(encode(assemble(text))), 0, [HELD], Env(), 1 << 20)
    outcome = run.resume()
    while isinstance(outcome, Need):
        outcome = run.provide(HELD) if outcome.mode is Mode.READ else run.permit()
    assert isinstance(outcome, Done) and outcome.failure is None, outcome
    return outcome


def shown(done: Done) -> list[list[int]]:
    """Every tensor that a run hands out, apart from x."""
    values = [done.returns[1], *(v for _, v in done.writes), *(e.values[0] for e in done.events)]
    return [v.tolist() for v in values if isinstance(v, np.ndarray)]


def same(a: Done, b: Done) -> bool:
    """Whether two ends are equal, `==` of arrays aside."""
    return repr((a.gas_used, a.high_water)) == repr((b.gas_used, b.high_water)) and shown(
        a
    ) == shown(b)


def first(done: Done) -> Tensor:
    assert isinstance(done.returns[0], np.ndarray)
    return done.returns[0]


@pytest.mark.parametrize("lead", [*FREE.values(), *PAID.values()], ids=[*FREE, *PAID])
def test_only_the_register_changes_and_sharing_is_paid_for(lead: str) -> None:
    prices = schedule.load()
    before, after = finish(engine(), lead, ""), finish(engine(), lead, PUT)
    assert shown(after) == shown(before), "nobody else sees it"
    changed = first(before).tolist()
    changed[5] = -1
    assert first(after).tolist() == changed
    static = prices.opcodes["element"]
    paid = after.gas_used - before.gas_used - static
    copied = prices.opcodes["value"] + prices.by_bytes("bytes", 4 * SIZE)
    grown = prices.memory(before.high_water, after.high_water)
    assert paid == (0 if lead in FREE.values() else copied + grown)
    if lead in FREE.values():
        assert after.high_water == before.high_water
    assert same(after, finish(reference(), lead, PUT)), "the reference says the same"


def test_live_bytes_are_those_of_one_value_however_often_it_is_put() -> None:
    lead = f"{OWN} s.store x, cell\n {PUT}\n s.load y, cell\n {PUT}\n emit Shown(x)"
    done = finish(engine(), lead, PUT)
    assert done.high_water == 3 * (VALUE_OVERHEAD + 4 * SIZE), "a, x, y"
    assert same(done, finish(reference(), lead, PUT))
