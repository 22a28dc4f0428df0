"""Cells, needs, events, kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anhvm.errors import UserError
from anhvm.isa.traps import MAX_EVENTS, VALUE_OVERHEAD, Trap
from anhvm.program.engine import Cell, Done, Event, Need, Value
from anhvm.program.model import Mode
from anhvm.program.trace import Mark
from tests.prices import load
from tests.reference.engine import function, run, start

COUNTER = """
const five: u64 = 5
field total: u64 = five
field rows: f32[2] [2, 2]
function add call (u64) -> (u64)
  reads total
  writes total
  reg n: u64 = arg 0
  reg a: u64
  s.load a, total
  u64.add a, a, n
  s.store a, total
  s.load a, total
  ret (a)
"""
TOTAL = Cell(0)


def test_a_run_stops_at_a_cell_that_it_does_not_know() -> None:
    going = start(COUNTER, 2)
    need = going.resume()
    assert need == Need(TOTAL, Mode.READ) and going.resume() == need
    spent = going.gas_used
    done = going.provide(40)
    assert isinstance(done, Done)
    assert (done.returns, done.writes, done.reads) == ((42,), ((TOTAL, 42),), (TOTAL,))
    schedule = load()
    # Two loads and a store of 8 bytes; everything else was in the one block before the stop.
    rest = 2 * schedule.by_bytes("load", 8) + schedule.by_bytes("store", 8)
    assert going.gas_used - spent == rest


def test_a_cell_never_written_has_its_initial_value() -> None:
    assert run(COUNTER, 2).returns == (7,)


@pytest.mark.parametrize(
    ("field", "initial"),
    [("u64", 0), ("i32", 0), ("bool", False), ("f32", np.float32(0)), ("bytes", b"")],
)
def test_without_a_constant_it_is_zero(field: str, initial: Value) -> None:
    source = f"field c: {field}\n" + function([], [field], f"reads c\nreg a: {field}\n"
                                              "s.load a, c\nret (a)\n")  # fmt: skip
    (value,) = run(source).returns
    assert type(value) is type(initial) and value == initial


def test_a_tensor_never_written_is_zeros_of_its_dims() -> None:
    source = "field c: i8[2] [3, 2]\n" + function(
        [], ["i8[2]"], "reads c\nreg a: i8[2]\ns.load a, c\nret (a)\n"
    )
    (value,) = run(source).returns
    assert isinstance(value, np.ndarray)
    assert value.dtype == np.int8 and value.tolist() == [[0, 0]] * 3


def test_an_aborted_run_has_failed_at_its_need() -> None:
    going = start(COUNTER, 2)
    going.resume()
    done = going.abort()
    assert done.failure and (done.failure.trap, done.failure.pc) == (Trap.UNLISTED, 0)
    assert (done.writes, done.events, done.reads) == ((), (), (TOTAL,))


def test_a_value_of_another_type_is_refused_and_the_run_still_waits() -> None:
    going = start(COUNTER, 2)
    need = going.resume()
    with pytest.raises(UserError):
        going.provide(b"")
    assert going.resume() == need
    assert isinstance(going.provide(1), Done)


MAP = """
const k: u64 = 258
field m[u64, i64, i32, bool]: u64
field n[bytes]: u64
function inner internal (bytes) -> ()
  writes n[arg 0]
  reg who: bytes = arg 0
  reg x: u64
  s.store x, n[who]
  ret ()
function f call (i64, i32, bool, bytes) -> ()
  reads m[const k, arg 0, arg 1, arg 2]
  writes n[any]
  writes n[arg 3]
  reg k: u64 = const k
  reg a: i64 = arg 0
  reg b: i32 = arg 1
  reg c: bool = arg 2
  reg who: bytes = arg 3
  reg own: bytes = self
  reg free: bytes
  reg x: u64
  s.load x, m[k, a, b, c]
  s.store x, n[STORED]
  s.store x, n[STORED]
  call inner(who) -> ()
  ret ()
"""
STORES = "  s.store x, n[STORED]\n" * 2


def needs_of(stored: str) -> list[Need]:
    """What the function asks for after its read, where it stores at that key."""
    going = start(MAP.replace("STORED", stored), -2, -1, True, b"xyz")
    outcome = going.resume()
    path = b"\0\0\0\0\0\0\1\2" + b"\xff" * 7 + b"\xfe" + b"\xff" * 4 + b"\1"
    assert outcome == Need(Cell(0, path), Mode.READ)
    found = []
    outcome = going.provide(9)
    while isinstance(outcome, Need):
        found.append(outcome)
        outcome = going.permit()
    assert isinstance(outcome, Done) and outcome.failure is None
    return found


XYZ = Cell(1, b"\0\0\0\3xyz")


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("who", []),  # declared exactly, and written when the inner function comes to it
        ("free", [Cell(1, bytes(4)), XYZ]),  # computed
        ("own", [Cell(1, b"\0\0\0\4self"), XYZ]),  # known from bytes, declared as "any" alone
    ],
)
def test_a_first_store_asks_unless_bytes_show_the_cell(stored: str, asked: list[Cell]) -> None:
    assert needs_of(stored) == [Need(cell, Mode.WRITE) for cell in asked]


def test_an_inner_function_asks_and_an_abort_names_it() -> None:
    going = start(MAP.replace(STORES, ""), 0, 0, False, b"xyz")
    going.resume()
    assert going.provide(1) == Need(XYZ, Mode.WRITE)
    done = going.abort()
    assert done.failure is not None
    assert (done.failure.trap, done.failure.function, done.failure.pc) == (Trap.UNLISTED, 0, 0)
    assert done.writes == ()


ROWS = """
field rows: f32[2] [2, 1]
function put call (f32[2]) -> (f32[2])
  reads rows
  writes rows
  reg t: f32[2] = arg 0
  reg back: f32[2]
  s.store t, rows
  s.load back, rows
  ret (back)
"""


def test_a_stored_tensor_has_the_dims_of_the_field() -> None:
    schedule = load()
    done = run(ROWS, np.array([[1], [2]], np.float32))
    assert done.failure is None and done.reads == ()
    size = VALUE_OVERHEAD + 8
    assert done.high_water == 2 * size
    static = 2 + 200 + 100 + 5 + 1
    dynamic = schedule.by_bytes("store", 8) + schedule.by_bytes("load", 8)
    assert done.gas_used == static + dynamic + schedule.memory(0, 2 * size)
    failed = run(ROWS, np.zeros((1, 2), np.float32))
    assert failed.failure and (failed.failure.trap, failed.failure.pc) == (Trap.SHAPE, 0)
    assert failed.gas_used == static + schedule.memory(0, size)


def test_a_provided_subnormal_is_flushed_and_a_nan_leaves_canonical() -> None:
    source = ROWS.replace("  s.store t, rows\n", "")
    odd = np.array([[1e-45], [0]], np.float32)
    odd.view(np.uint32)[1] = 0xFFC12345
    (back,) = run(source, np.zeros((0, 0), np.float32), cells={Cell(0): odd}).returns
    assert isinstance(back, np.ndarray)
    assert back.view(np.uint32).tolist() == [[0], [0x7FC00000]]


def test_after_a_trap_nothing_was_written_or_emitted() -> None:
    source = """
field c: u64
event E(u64)
function f call () -> ()
  writes c
  reg n: u64
  s.store n, c
  emit E(n)
  u64.div n, n, n
  ret ()
"""
    done = run(source)
    assert done.failure and done.failure.trap == Trap.DIVISION
    assert (done.writes, done.events) == ((), ())


SHOUT = """
event Said(u64, bytes)
event Shown(f32[1])
function f call (u64, f32[1]) -> ()
  reg n: u64 = arg 0
  reg t: f32[1] = arg 1
  reg who: bytes = sender
  emit Said(n, who)
  emit Shown(t)
  ret ()
"""


def test_events_carry_values_and_pay_by_their_bytes() -> None:
    schedule = load()
    done = run(SHOUT, 3, np.array([1, 2], np.float32))
    assert [e.index for e in done.events] == [0, 1]
    assert done.events[0] == Event(0, (3, b"sender"))
    paid = schedule.by_bytes("emit", 8 + 6) + schedule.by_bytes("emit", 8)
    assert done.gas_used == 3 + 205 + paid + schedule.memory(0, VALUE_OVERHEAD + 8)


def test_too_many_events_trap() -> None:
    source = "event E()\n" + function([], [], "again:\nemit E()\njmp again\n")
    done = run(source)
    assert done.failure and done.failure.trap == Trap.EVENTS and done.events == ()
    assert done.gas_used == (MAX_EVENTS + 1) * 101


MATMUL = function(
    ["f32[2]", "f32[2]"], ["f32[2]"], "reg y: f32[2]\nkernel matmul(a0, a1) -> (y)\nret (y)\n"
)


def test_a_kernel_checks_pays_counts_and_then_runs() -> None:
    schedule = load()
    a, b = np.ones((2, 3), np.float32), np.ones((3, 4), np.float32)
    trace: list[Any] = []
    done = run(MATMUL, a, b, trace=lambda *line: trace.append(line))
    (y,) = done.returns
    assert isinstance(y, np.ndarray) and y.tolist() == [[3.0] * 4] * 2
    work = schedule.kernels["matmul"].cost((2 + 4) * (3 + 8) * (4 + 128), 24 + 48 + 32)
    live = 3 * VALUE_OVERHEAD + 24 + 48 + 32
    assert done.high_water == live
    assert done.gas_used == 3 + 66 + work + schedule.memory(0, live)
    assert [line[0] for line in trace] == [Mark.BLOCK, Mark.KERNEL]


def test_a_kernel_on_other_shapes_traps_before_it_pays() -> None:
    a = np.ones((2, 3), np.float32)
    done = run(MATMUL, a, a)
    assert done.failure and (done.failure.trap, done.failure.pc) == (Trap.SHAPE, 0)
    live = 2 * VALUE_OVERHEAD + 48
    assert done.gas_used == 3 + 66 + load().memory(0, live)


def test_a_tensor_too_large_traps_before_it_pays() -> None:
    source = function(["f32", "u64"], [], "reg y: f32[2]\nkernel fill(a0, a1, a1) -> (y)\nret ()\n")
    done = run(source, np.float32(1), 1 << 16)
    assert done.failure and done.failure.trap == Trap.SIZE
    assert done.gas_used == 3 + 65


def test_bad_data_traps_after_everything_is_paid() -> None:
    source = function(
        ["f32[2]", "i32[1]"],
        ["f32[1]"],
        "reg y: f32[1]\nkernel pick_label(a0, a1) -> (y)\nret (y)\n",
    )
    x = np.arange(4, dtype=np.float32).reshape(2, 2)
    fine = run(source, x, np.array([1, 0], np.int32))
    bad = run(source, x, np.array([1, 2], np.int32))
    assert fine.failure is None and bad.failure is not None
    assert (bad.failure.trap, bad.failure.pc) == (Trap.DATA, 0)
    assert (bad.gas_used, bad.high_water) == (fine.gas_used, fine.high_water)


def test_a_scalar_result_of_a_kernel_is_no_value_on_the_heap() -> None:
    source = function(["f32[1]"], ["f32"], "reg y: f32\nkernel sum(a0; 1, 0) -> (y)\nret (y)\n")
    done = run(source, np.array([1, 2, 3], np.float32))
    assert done.returns == (np.float32(6),) and done.high_water == VALUE_OVERHEAD + 12
