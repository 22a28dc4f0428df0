"""Calls through an entry: no call sees what an earlier one left, whatever that was."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

import numpy as np
import pytest

from anhvm.errors import UserError
from anhvm.isa.traps import Trap
from anhvm.machine.core import lib
from anhvm.machine.engine import CoreEngine
from anhvm.machine.entry import CoreEntry
from anhvm.program.engine import Callee, Cell, Done, Env, Event, Need, Outcome, Run, Value
from anhvm.program.entry import refuse
from tests.machine.build import FIBONACCI, GAS, load

# One function that does, by its first argument: nothing much; a tensor as large as the second says;
# a sink as deep; a trap with a message; a cell; an event; itself, by its address.
WIDE = "".join(f"  reg wide{i}: u64\n" for i in range(30))
"""Registers, so that deep calls need a large stack."""
MANY = f"""
const one: u64 = 1
const two: u64 = 2
const three: u64 = 3
const four: u64 = 4
const five: u64 = 5
const six: u64 = 6
const zero: u64 = 0
const all: u64 = 18446744073709551615
const word: bytes = "no"
field kept: u64
event Told(u64)
extern many call (u64, u64) -> (u64, f32)
function many call (u64, u64) -> (u64, f32) reentrant
  reads kept
  writes kept
  reg what: u64 = arg 0
  reg n: u64 = arg 1
  reg one: u64 = const one
  reg two: u64 = const two
  reg three: u64 = const three
  reg four: u64 = const four
  reg five: u64 = const five
  reg six: u64 = const six
  reg zero: u64 = const zero
  reg all: u64 = const all
  reg word: bytes = const word
  reg me: bytes = self
  reg is: bool
  reg t: f32[1]
  reg x: f32
  reg out: u64
  u64.eq is, what, one
  jif is, tensor
  u64.eq is, what, two
  jif is, depth
  u64.eq is, what, three
  jif is, fail
  u64.eq is, what, four
  jif is, store
  u64.eq is, what, five
  jif is, tell
  u64.eq is, what, six
  jif is, again
  u64.to_f32 x, n
  ret (n, x)
tensor:
  kernel fill(x, n) -> (t)
  t.dim out, t, 0
  ret (out, x)
depth:
  call sink(n) -> (out)
  ret (out, x)
fail:
  assert is, word
  u64.lt is, one, zero
  assert is, word
  ret (out, x)
store:
  s.load out, kept
  u64.add out, out, n
  s.store out, kept
  ret (out, x)
tell:
  emit Told(n)
  ret (n, x)
again:
  call.ext many(zero, n, me, all) -> (out, x)
  ret (out, x)
function sink internal (u64) -> (u64)
  reg n: u64 = arg 0
  reg one: u64 = const one
  reg zero: u64 = const zero
  reg less: u64
  reg end: bool
{WIDE}  u64.eq end, n, zero
  jif end, up
  u64.sub less, n, one
  call sink(less) -> (less)
up:
  ret (less)
"""
ENV = Env(b"me", b"contract", 5, 6, 7)
NOTHING, TENSOR, DEPTH, FAIL, STORE, TELL, AGAIN = range(7)
CALLS = [(NOTHING, 3), (TENSOR, 5), (TENSOR, 1 << 19), (DEPTH, 3), (DEPTH, 200), (FAIL, 0),
         (STORE, 8), (TELL, 9), (AGAIN, 4)]  # fmt: skip


def give(run: Run, need: Need | Callee) -> Outcome:
    assert isinstance(need, Need)
    return run.provide(34)


def many() -> tuple[CoreEngine, CoreEntry]:
    on, loaded = load(MANY)
    return on, on.entry(loaded, 0, ENV, permits=True)


def fresh(what: tuple[int, int], gas: int = GAS) -> Done:
    return many()[1].call(what, gas, give)


def test_what_a_call_costs_and_shows_does_not_depend_on_those_before() -> None:
    alone = [fresh(what) for what in CALLS]
    shown = [(d.failure and d.failure.trap, d.returns, len(d.writes), len(d.events)) for d in alone]
    assert shown == [
        (None, (3, 3.0), 0, 0), (None, (5, 0.0), 0, 0), (None, (1 << 19, 0.0), 0, 0),
        (None, (0, 0.0), 0, 0), (None, (0, 0.0), 0, 0), (Trap.ASSERT, (), 0, 0),
        (None, (42, 0.0), 1, 0), (None, (9, 0.0), 0, 1), (None, (4, 4.0), 0, 0),
    ]  # fmt: skip
    assert alone[2].high_water > alone[1].high_water > alone[0].high_water
    _, entry = many()
    for before in CALLS:
        for what, expected in zip(CALLS, alone, strict=True):
            entry.call(before, GAS, give)
            assert entry.call(what, GAS, give) == expected
            short = entry.call(what, expected.gas_used - 1, give)
            assert short.failure is not None or expected.failure is not None
            assert short == fresh(what, expected.gas_used - 1)


@pytest.mark.parametrize("what", [c for c in CALLS if c[0] not in (FAIL, STORE, TELL)])
def test_a_call_that_ended_holds_no_memory_but_its_run(what: tuple[int, int]) -> None:
    _, entry = many()
    entry.call((NOTHING, 0), GAS, refuse)
    before = lib.anh_outstanding()
    entry.call(what, GAS, refuse)
    large = what == (DEPTH, 200)
    assert lib.anh_outstanding() == before - large, "a large stack is let go, a small one is kept"
    assert len(entry._waiting) == 1


def test_what_was_done_stays_though_its_entry_is_called_again() -> None:
    _, entry = many()
    stored, told = entry.call((STORE, 8), GAS, give), entry.call((TELL, 9), GAS, refuse)
    for what in CALLS:
        entry.call(what, GAS, give)
    assert stored.writes == ((Cell(0), 42),) and stored.reads == (Cell(0),)
    assert told.events == (Event(0, (9,)),)


def test_a_run_that_may_need_nothing_ends_where_it_does() -> None:
    done = many()[1].call((STORE, 8), GAS, refuse)
    assert done.failure is not None and done.failure.trap == Trap.UNLISTED


@pytest.mark.parametrize("on", [many()[1]])
@pytest.mark.parametrize(
    ("args", "gas", "code"),
    [
        ((1,), GAS, "machine.start"),
        ((), GAS, "machine.start"),
        ((0, 1 << 64), GAS, "machine.value"),
        ((0, -1), GAS, "machine.value"),
        ((0, True), GAS, "machine.value"),
        ((0, np.uint64(1)), GAS, "machine.value"),
        ((0, 1), -1, "machine.start"),
        ((0, 1), 1 << 64, "machine.start"),
    ],
)
def test_what_cannot_be_called_is_a_user_error_and_the_next_call_works(
    on: CoreEntry, args: tuple[Value, ...], gas: int, code: str
) -> None:
    for begin in (lambda: on.call(args, gas, refuse), lambda: on.start(args, gas)):
        with pytest.raises(UserError) as caught:
            begin()
        assert caught.value.code == code
    assert on.call((NOTHING, 3), GAS, refuse).returns == (3, 3.0)


def test_a_host_that_fails_in_the_middle_leaves_an_entry_that_works() -> None:
    def fail(run: Run, need: Need | Callee) -> Outcome:
        raise KeyError

    _, entry = many()
    for _ in range(3):
        with pytest.raises(KeyError):
            entry.call((STORE, 8), GAS, fail)
        assert entry.call((STORE, 8), GAS, give).returns == (42, 0.0)


def test_a_host_may_call_the_entry_while_it_answers() -> None:
    _, entry = many()

    def nested(run: Run, need: Need | Callee) -> Outcome:
        inner = entry.call((NOTHING, 30), GAS, refuse).returns[0]
        return run.provide(inner)

    for _ in range(3):
        assert entry.call((STORE, 8), GAS, nested).returns == (38, 0.0)


def test_a_call_that_is_interrupted_leaves_an_entry_that_works() -> None:
    on, loaded = load(FIBONACCI)
    entry = on.entry(loaded, 0, Env())

    class Stop(Exception):
        pass

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stop

    expected = entry.call((10,), GAS, refuse)
    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        with pytest.raises(Stop):
            entry.call((1 << 60,), (1 << 64) - 2, refuse)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert entry.call((10,), GAS, refuse) == expected


def test_threads_share_an_entry() -> None:
    on, entry = many()

    def calls(which: int) -> list[int]:
        return [int(entry.call((DEPTH * (i & 1), which + i), GAS, refuse).gas_used) for i in COUNT]

    COUNT = range(300)
    before = on.executions
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(calls, range(8))) == [calls(which) for which in range(8)]
    assert on.executions - before == 16 * len(COUNT)
    assert len(entry._waiting) <= 4


def scalars(count: int) -> str:
    types = ", ".join(["u64", "i64", "i32", "bool", "f32", *["u64"] * count])
    names = ", ".join(f"r{i}" for i in range(5 + count))
    lines = [f"  reg r{i}: {t} = arg {i}" for i, t in enumerate(types.split(", "))]
    return (
        f"function same call ({types}) -> ({types})\n" + "\n".join(lines) + f"\n  ret ({names})\n"
    )


def as_bits(value: Value) -> object:
    return value.tobytes() if isinstance(value, np.float32) else (type(value), value)


NAN = np.uint32(0xFFC12345).view(np.float32)


@pytest.mark.parametrize("more", [0, 3, 4, 20])
@pytest.mark.parametrize(
    "args",
    [
        (0, 0, 0, False, np.float32(0)),
        ((1 << 64) - 1, -1, -1, True, np.float32(-1.5)),
        (1, -(1 << 63), -(1 << 31), True, NAN),
        (2, (1 << 63) - 1, (1 << 31) - 1, False, np.float32(1e-45)),
    ],
)
def test_every_scalar_goes_in_and_comes_out(more: int, args: tuple[Value, ...]) -> None:
    on, loaded = load(scalars(more))
    entry, given = on.entry(loaded, 0, Env()), (*args, *range(more))
    for _ in range(2):
        called, started = entry.call(given, GAS, refuse), entry.start(given, GAS).resume()
        assert isinstance(started, Done) and called.failure is None
        assert [*map(as_bits, called.returns)] == [*map(as_bits, started.returns)]
        assert [*map(as_bits, called.returns[:4])] == [*map(as_bits, args[:4])]
        assert called.gas_used == started.gas_used


def test_an_entry_keeps_its_program_and_is_kept_by_nobody() -> None:
    on, loaded = load(FIBONACCI)
    gc.collect()
    entry, before = on.entry(loaded, 0, Env()), lib.anh_outstanding()
    del loaded
    assert entry.call((10,), GAS, refuse).failure is None
    del entry
    assert lib.anh_outstanding() < before


LAST = """
import ctypes
import anhvm
from anhvm.program.engine import Env
from anhvm.program.entry import refuse
from tests.machine.build import FIBONACCI, GAS, load
on, loaded = load(FIBONACCI)
anhvm.kept = on.entry(loaded, 0, Env())
ctypes.pythonapi.Py_IncRef(ctypes.py_object(anhvm))
print(anhvm.kept.call((10,), GAS, refuse).returns)
"""
"""A module that nobody lets go of is emptied last, when those that it imported are."""


def test_an_entry_that_outlives_its_module_says_nothing() -> None:
    said = subprocess.run([sys.executable, "-c", LAST], capture_output=True, text=True, check=True)
    assert (said.stdout, said.stderr) == ("(0,)\n", "")
