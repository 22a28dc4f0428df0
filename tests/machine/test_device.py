"""Values of which a copy is on a device, or nothing else: nobody can tell."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from anhvm.assembler import assemble
from anhvm.fuzz.device import DefinedTier
from anhvm.fuzz.differential import compare
from anhvm.fuzz.engines import with_device
from anhvm.isa import schedule
from anhvm.isa.traps import Trap
from anhvm.kernels.cuda import copies
from anhvm.kernels.definitions.call import call
from anhvm.program.encode import encode
from anhvm.program.engine import Callee, Done, Engine, Env, Outcome, Value
from anhvm.program.trace import Watch
from anhvm.reference import ReferenceEngine
from tests.machine.build import GAS, engine, finish, on_device, shown

GIVEN = np.arange(6, dtype=np.float32)
TEXT = """
const fixed: f32[1] [6] = 1.5, -2.5, 0.5, 4.5, 8.0, 3.0
const two: f32 = 2.0
const three: u64 = 3
field cell: f32[1] [6]
event Shown(f32[1])
function f call (f32[1]) -> (f32[1], f32[1], f32)
  writes cell
  reads cell
  reg a: f32[1] = arg 0
  reg fixed: f32[1] = const fixed
  reg two: f32 = const two
  reg i: u64 = const three
  reg e: f32
  reg x: f32[1]
  reg y: f32[1]
  {lead}
  {act}
  ret (x, y, e)
function same internal (f32[1]) -> (f32[1])
  reg a: f32[1] = arg 0
  ret (a)
"""
OWN = "kernel neg(a) -> (x)\n"
LEADS = {
    "its own": OWN,
    "shared": f"{OWN} copy y, x",
    "once shared": f"{OWN} copy y, x\n drop y",
    "an argument that was sent": "copy x, a\n kernel neg(x) -> (y)",
    "made here, and sent": "t.set x, (a, i, two)\n kernel exp(x) -> (y)",
    "a constant": "copy x, fixed\n kernel neg(x) -> (y)",
    "stored": f"{OWN} s.store x, cell",
    "stored, and looked at": f"{OWN} s.store x, cell\n t.get e, (x, i)",
    "loaded": f"{OWN} s.store x, cell\n s.load x, cell",
    "loaded, and stored over": f"{OWN} s.store x, cell\n s.load y, cell\n s.store a, cell",
    "loaded, and the other is gone": f"{OWN} s.store x, cell\n s.load y, cell\n drop x\n copy x, y",
    "seen by its view": f"{OWN} s.store x, cell\n s.load y, cell\n t.get e, (y, i)",
    "emitted": f"{OWN} emit Shown(x)",
    "back from a call": f"{OWN} call same(x) -> (x)",
    "one value, two operands": "kernel add(a, a) -> (x)",
    "in place": f"{OWN} kernel sgd(x, x, two) -> (x)",
    "over the last result": f"{OWN} kernel exp(a) -> (x)",
    "written, and sent": f"{OWN} t.put x, (x, i, two)\n kernel exp(x) -> (y)",
}
ACTS = {
    "nothing": "",
    "get": "t.get e, (x, i)",
    "set": "t.set y, (x, i, two)",
    "put": "t.put x, (x, i, two)",
    "put twice": "t.put x, (x, i, two)\n t.put x, (x, i, e)",
    "put, and go on": "t.put x, (x, i, two)\n kernel exp(x) -> (y)",
    "put into what is sent": "kernel exp(x) -> (y)\n t.put x, (x, i, two)\n kernel neg(x) -> (y)",
    "store, and write over it": "s.store x, cell\n kernel exp(a) -> (x)\n s.load y, cell",
    "store, and put": "s.store x, cell\n t.put x, (x, i, two)",
    "a kernel here": "kernel tanh(x) -> (y)",
    "a kernel here, in place": "kernel tanh(x) -> (x)\n kernel neg(x) -> (y)",
}
HERE = ("tanh", "sgd")


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("lead", LEADS.values(), ids=LEADS)
def test_nobody_can_tell_where_a_value_is(lead: str, act: str) -> None:
    text = TEXT.format(lead=lead, act=act)
    traces: list[list[object]] = [[], [], []]
    seen = [
        finish(on, text, GIVEN)
        for on in (
            engine(),
            on_device(),
            on_device(here=HERE),
            engine(trace=lambda *m: traces[0].append(m), watch=Watch.MARKS),
            on_device(trace=lambda *m: traces[1].append(m), watch=Watch.MARKS),
            on_device(here=HERE, trace=lambda *m: traces[2].append(m), watch=Watch.MARKS),
        )
    ]
    for done in seen:
        assert shown(done) == shown(seen[0])
        assert (done.gas_used, done.high_water) == (seen[0].gas_used, seen[0].high_water)
    assert len(traces[0]) > 3 and traces[0] == traces[1] == traces[2]


def test_generated_programs_mean_the_same() -> None:
    report = compare(range(0, 600, 5), with_device())
    assert report.compared > 500 and not report.divergences
    gc.collect()
    assert copies.outstanding() == 0


def test_what_is_checked_is_all_that_comes_back() -> None:
    text = """
    function f call (f32[2]) -> (f32[1])
      reg a: f32[2] = arg 0
      reg b: f32[2]
      reg i: i32[1]
      reg x: f32[1]
      kernel neg(a) -> (b)
      kernel argmax(b; 2, 0) -> (i)
      kernel pick_label(b, i) -> (x)
      drop b
      drop i
      ret (x)
    """
    given, tier = np.array([[1, 0, 3], [2, 5, 4]], np.float32), DefinedTier()
    on = on_device(tier)
    done = on.start(on.load(encode(assemble(text))), 0, [given], Env(), GAS).resume()
    assert isinstance(done, Done) and np.asarray(done.returns[0]).tolist() == [-0.0, -2.0]
    assert (tier.sent, tier.brought) == (1, 2)


def test_a_constant_is_sent_once_for_a_program_however_many_run_it() -> None:
    tier = DefinedTier()
    on = on_device(tier)
    text = TEXT.format(lead="kernel neg(fixed) -> (x)", act="kernel exp(fixed) -> (y)")
    loaded = [on.load(encode(assemble(text)))]
    kept = copies.outstanding()

    def finished(_: int) -> list[bytes]:
        done = on.start(loaded[0], 0, [GIVEN], Env(), GAS).resume()
        assert isinstance(done, Done)
        return shown(done)

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(finished, range(40)))
    assert all(one == found[0] for one in found)
    gc.collect()
    assert tier.sent <= 4 and copies.outstanding() == kept + 1
    loaded.clear()
    gc.collect()
    assert copies.outstanding() == kept


CALLEE = """
const two: f32 = 2.0
const six: u64 = 6
field cell: f32[1] [6]
function twice call (f32[1], i32[1]) -> (f32[1])
  writes cell
  reads cell
  reg a: f32[1] = arg 0
  reg i: i32[1] = arg 1
  reg two: f32 = const two
  reg six: u64 = const six
  reg x: f32[1]
  reg m: f32[2]
  reg picked: f32[1]
  kernel add(a, a) -> (x)
  s.store x, cell
  kernel neg(x) -> (x)
  kernel fill(two, six, six) -> (m)
  kernel pick_label(m, i) -> (picked)
  ret (x)
"""
CALLER = """
extern twice call (f32[1], i32[1]) -> (f32[1])
const two: f32 = 2.0
const many: u64 = 32
const b: bytes = "B"
const all: u64 = 18446744073709551615
field mine: f32[1] [6]
function f call (f32[1], i32[1]) -> (f32[1], u64)
  writes mine
  reads mine
  reg a: f32[1] = arg 0
  reg i: i32[1] = arg 1
  reg b: bytes = const b
  reg all: u64 = const all
  reg x: f32[1]
  reg y: f32[1]
  reg how: u64
  reg two: f32 = const two
  reg many: u64 = const many
  reg large: f32[2]
  kernel exp(a) -> (x)
  s.store x, mine
  try.ext how, twice(x, i, b, all) -> (x)
  kernel neg(x) -> (y)
  kernel fill(two, many, many) -> (large)
  ret (y, how)
"""


def called(on: Engine, labels: Sequence[int]) -> Done:
    caller, callee = (on.load(encode(assemble(text))) for text in (CALLER, CALLEE))
    args: list[Value] = [GIVEN, np.array(labels, np.int32)]
    run = on.start(caller, 0, args, Env(self=b"A"), GAS, permits=True)
    outcome: Outcome = run.resume()
    while not isinstance(outcome, Done):
        outcome = run.link(callee) if isinstance(outcome, Callee) else run.provide(None)
    return outcome


@pytest.mark.parametrize("last", [5, 6], ids=["returns", "traps"])
def test_contracts_that_call_each_other(last: int) -> None:
    """Where the callee traps, at a label out of range, what it stored is undone, and the result of
    the kernel that trapped was never made: the mark shows it."""
    slow, ours = ReferenceEngine(call, schedule.load()), on_device(here=("neg",))
    on: list[Engine] = [slow, engine(), on_device(), ours]
    wanted, *others = (called(one, [0, 1, 2, 3, 4, last]) for one in on)
    assert wanted.failure is None and wanted.returns[1] == (Trap.DATA if last == 6 else 0)
    assert len(wanted.writes) == (1 if last == 6 else 2)
    for done in others:
        assert shown(done) == shown(wanted)
        assert (done.gas_used, done.high_water) == (wanted.gas_used, wanted.high_water)
