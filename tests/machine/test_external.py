"""Calls between contracts, on the core and on the reference: what a call does, and undoes."""

from __future__ import annotations

import numpy as np
import pytest

from anhvm.assembler import assemble
from anhvm.errors import Bug
from anhvm.isa.traps import Trap
from anhvm.program.encode import encode
from anhvm.program.engine import Callee, Env
from tests.machine.build import GAS
from tests.machine.build import engine as core
from tests.machine.contracts import (
    ASKS_WHO,
    COUNTER,
    ENGINES,
    OUT,
    TRIES,
    UP,
    WHO,
    agreed,
    caller,
    engine,
    loaded,
    run,
)


def test_a_callee_sees_its_caller_and_itself() -> None:
    told = agreed({"A": ASKS_WHO, "B": WHO}, 5)
    assert told.done.returns == (b"A", b"B", 0, 8, 9, 5)
    assert told.asked == ["link B"]


def test_writes_and_events_are_those_of_the_callee() -> None:
    text = caller(f"{OUT}  call.ext up(b, all) -> (out)\n  ret ()\n", [UP])
    told = agreed({"A": text, "B": COUNTER}, cells={("B", 0): 1})
    assert told.asked == ["link B", "read B.0", "write B.0"]
    assert told.writes == {(b"B", 0): 2}
    (event,) = told.done.events
    assert (event.contract, event.index, event.values) == (b"B", 0, (2,))
    assert [cell.contract for cell in told.done.reads] == [b"B"]


def test_a_trap_of_a_callee_ends_its_caller() -> None:
    text = caller(f"{OUT}  call.ext up(b, all) -> (out)\n  ret ()\n", [UP])
    told = agreed({"A": text, "B": COUNTER}, cells={("B", 0): 2})
    assert told.trap == "ASSERT" and told.where == (b"B", 0, 5)
    assert told.done.failure is not None and told.done.failure.message == "too many"
    assert not told.done.writes and not told.done.events


def test_a_caught_trap_undoes_the_callee_and_nothing_else() -> None:
    told = agreed({"A": TRIES, "B": COUNTER, "C": COUNTER}, cells={("B", 0): 2})
    assert told.writes == {(b"", 0): Trap.ASSERT, (b"C", 0): 1}
    assert [(e.contract, e.values) for e in told.done.events] == [
        (b"", (1,)),
        (b"", (Trap.ASSERT,)),
        (b"C", (1,)),
    ]
    assert told.done.returns == (1,), "a result of a call that trapped stays what it was"


def test_a_call_that_is_tried_and_works_says_0() -> None:
    told = agreed({"A": TRIES, "B": COUNTER, "C": COUNTER})
    assert told.writes == {(b"", 0): 0, (b"B", 0): 1, (b"C", 0): 1}
    assert told.done.returns == (1,)


def test_a_trap_undoes_what_the_callees_of_the_callee_did() -> None:
    middle = caller(
        f"{OUT}  reg one: u64 = const one\n  call.ext up(c, all) -> (out)\n"
        "  call.ext up(c, all) -> (out)\n  u64.sub out, how, one\n  ret (out)\n",
        [UP],
        "const one: u64 = 1\n",
        "call () -> (u64)",
        "up",
    )
    told = agreed({"A": TRIES, "B": middle, "C": COUNTER})
    assert told.writes == {(b"", 0): Trap.OVERFLOW, (b"C", 0): 1}
    assert [e.contract for e in told.done.events] == [b"", b"", b"C"]


def test_an_undone_value_of_a_tensor_is_the_old_one() -> None:
    holder = """
field row: f32[1] [3]
const one: f32 = 1.0
const zero: u64 = 0
const none: bytes = ""
function set call (bool) -> ()
  reads row
  writes row
  reg fine: bool = arg 0
  reg one: f32 = const one
  reg zero: u64 = const zero
  reg none: bytes = const none
  reg row: f32[1]
  s.load row, row
  t.set row, (row, zero, one)
  s.store row, row
  s.load row, row
  s.store row, row
  assert fine, none
  ret ()
"""
    text = caller(
        "  reg yes: bool = const yes\n  reg no: bool\n  reg how: u64\n"
        "  try.ext how, set(no, b, all)\n"
        "  call.ext set(yes, b, all)\n  ret ()\n",
        ["set call (bool) -> ()"],
        "const yes: bool = true\n",
    )
    before = np.array([5, 6, 7], np.float32)
    on = {"A": text, "B": holder}
    for name in ENGINES:
        ((_, row),) = run(name, on, cells={("B", 0): before}).done.writes
        assert np.array_equal(np.asarray(row), [1, 6, 7])


def test_what_is_known_is_asked_once_though_it_was_undone() -> None:
    text = TRIES.replace("call.ext up(c, all)", "call.ext up(b, all)")
    told = agreed({"A": text, "B": COUNTER}, cells={("B", 0): 2})
    assert told.trap == "ASSERT"
    assert told.asked == ["link B", "read B.0", "write B.0"]


def test_a_cell_that_was_written_and_undone_is_unknown_again() -> None:
    blind = """
field n: u64
const one: u64 = 1
const none: bytes = ""
function set call (bool) -> (u64)
  reads n
  writes n
  reg keep: bool = arg 0
  reg one: u64 = const one
  reg none: bytes = const none
  reg n: u64
  jif keep, look
  s.store one, n
  s.load n, n
  assert keep, none
look:
  s.load n, n
  ret (n)
"""
    text = caller(
        f"{OUT}  reg yes: bool = const yes\n  reg no: bool\n"
        "  try.ext how, set(no, b, all) -> (out)\n"
        "  call.ext set(yes, b, all) -> (out)\n  ret (out)\n",
        ["set call (bool) -> (u64)"],
        "const yes: bool = true\n",
        "call () -> (u64)",
    )
    told = agreed({"A": text, "B": blind}, cells={("B", 0): 41})
    assert told.done.returns == (41,) and told.asked == ["link B", "write B.0", "read B.0"]
    assert not told.done.writes


def test_values_are_shared_and_let_go() -> None:
    keeper = (
        "function keep call (bytes) -> (bytes)\n  reg x: bytes = arg 0\n  reg y: bytes\n"
        "  bytes.concat y, x, x\n  ret (y)\n"
    )
    text = caller(
        "  reg x: bytes = arg 0\n  reg y: bytes\n  call.ext keep(x, b, all) -> (y)\n"
        "  call.ext keep(x, b, all) -> (y)\n  ret (y)\n",
        ["keep call (bytes) -> (bytes)"],
        signature="call (bytes) -> (bytes)",
    )
    told = agreed({"A": text, "B": keeper}, b"x" * 1000)
    assert told.done.returns == (b"x" * 2000,)
    assert told.done.high_water == 3 * 64 + 1000 + 2 * 2000


@pytest.mark.parametrize("on", ["reference", "core"])
def test_only_a_program_of_the_engine_is_linked(on: str) -> None:
    run = engine(on).start(loaded(on, ASKS_WHO), 0, [1], Env(), GAS)
    assert run.resume() == Callee(b"B")
    with pytest.raises(Bug, match="another engine"):
        run.link(loaded("core" if on == "reference" else "reference", WHO))
    with pytest.raises(Bug, match="no need"):
        run.permit()
    assert run.resume() == Callee(b"B")
    run.link(loaded(on, WHO))
    with pytest.raises(Bug, match="callee"):
        run.link(None)


def test_only_a_program_of_this_core_is_linked() -> None:
    other = core().load(encode(assemble(WHO)))
    run = engine("core").start(loaded("core", ASKS_WHO), 0, [1], Env(), GAS)
    run.resume()
    with pytest.raises(Bug, match="another engine"):
        run.link(other)
