"""Blocks, calls, traps, views, and the misuse of a run."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from anhvm.assembler import assemble
from anhvm.errors import Bug, UserError
from anhvm.isa.traps import MAX_DEPTH, Trap
from anhvm.program.encode import encode
from anhvm.program.engine import Done, Env
from anhvm.program.trace import Mark
from anhvm.reference import ReferenceEngine
from tests.prices import load
from tests.reference.engine import ENV, function, run, start

FIBONACCI = """
const zero: u64 = 0
const one: u64 = 1
function fib call (u64) -> (u64)
  reg n: u64 = arg 0
  reg one: u64 = const one
  reg a: u64
  reg b: u64
  reg c: u64
  reg i: u64
  reg more: bool
  mov b, one
again:
  u64.lt more, i, n
  jifnot more, out
  u64.add c, a, b
  mov a, b
  mov b, c
  u64.add i, i, one
  jmp again
out:
  ret (a)
"""
FRAME, HEAD, LOOP, TEST, RET = 7, 1, 5, 2, 6


def gas_of(loops: int) -> int:
    return FRAME + HEAD + loops * (TEST + LOOP) + TEST + RET


@pytest.mark.parametrize("n", [0, 1, 2, 10, 92])
def test_a_loop_computes_and_pays_by_block(n: int) -> None:
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    done = run(FIBONACCI, n, gas=gas_of(n))
    assert (done.failure, done.returns, done.gas_used) == (None, (a,), gas_of(n))


@pytest.mark.parametrize(
    ("gas", "pc"),
    [(0, 0), (FRAME - 1, 0), (FRAME, 0), (FRAME + HEAD, 1), (gas_of(3) - 1, 8), (gas_of(2) - 6, 3),
     (gas_of(2) - 7, 1), (gas_of(2) - 9, 3)],
)  # fmt: skip
def test_a_block_that_cannot_be_paid_does_not_run(gas: int, pc: int) -> None:
    done = run(FIBONACCI, 3, gas=gas)
    assert done.failure is not None
    assert (done.failure.trap, done.failure.function, done.failure.pc) == (Trap.OUT_OF_GAS, 0, pc)
    assert done.gas_used == gas and done.returns == ()


def test_an_overflow_says_where_and_keeps_the_gas() -> None:
    done = run(FIBONACCI, 93)
    assert done.failure is not None
    assert (done.failure.trap, done.failure.pc) == (Trap.OVERFLOW, 3)
    assert done.gas_used == gas_of(92) - RET + LOOP


def test_gas_is_what_is_left_after_the_charge() -> None:
    source = function([], ["u64"], "reg g: u64\ngas g\nret (g)\n")
    assert run(source, gas=100).returns == (100 - 1 - 1,)


DOWN = """
const one: u64 = 1
function down call (u64) -> (u64)
  reg n: u64 = arg 0
  reg zero: u64
  reg one: u64 = const one
  reg m: u64
  reg done: bool
  u64.eq done, n, zero
  jif done, out
  u64.sub m, n, one
  call down(m) -> (m)
  u64.add m, m, one
out:
  ret (m)
"""


def test_calls_nest_to_the_limit_and_no_deeper() -> None:
    assert run(DOWN, MAX_DEPTH - 1).returns == (MAX_DEPTH - 1,)
    done = run(DOWN, MAX_DEPTH)
    assert done.failure is not None
    assert (done.failure.trap, done.failure.pc) == (Trap.DEPTH, 3)
    assert done.gas_used == 5 + MAX_DEPTH * (2 + 1 + 10 + 5)


def test_results_go_to_the_registers_of_the_call_in_order() -> None:
    source = """
function pair internal (u64, u64) -> (u64, u64)
  reg a: u64 = arg 0
  reg b: u64 = arg 1
  ret (b, a)
function f call (u64, u64) -> (u64, u64, u64)
  reg a: u64 = arg 0
  reg b: u64 = arg 1
  reg x: u64
  reg y: u64
  reg z: u64
  call pair(a, b) -> (x, y)
  call pair(x, y) -> (z, z)
  ret (x, y, z)
"""
    assert run(source, 1, 2).returns == (2, 1, 2)


@pytest.mark.parametrize(
    ("message", "shown"), [(b"too little", "too little"), (b"\xffa", "\ufffda"), (b"", "assert")]
)
def test_assert_carries_the_message_of_the_contract(message: bytes, shown: str) -> None:
    source = function(["bool", "bytes"], [], "assert a0, a1\nret ()\n")
    assert run(source, True, message).failure is None
    failure = run(source, False, message).failure
    assert failure and (failure.trap, failure.message, failure.pc) == (Trap.ASSERT, shown, 0)


def test_fields_of_transaction_and_header_are_seen() -> None:
    body = "".join(
        f"reg {name}: {kind} = {name}\n"
        for name, kind in [("sender", "bytes"), ("self", "bytes"), ("value", "u64"),
                           ("height", "u64"), ("time", "u64")]
    )  # fmt: skip
    source = function([], ["bytes", "bytes", "u64", "u64", "u64"],
                      body + "ret (sender, self, value, height, time)\n")  # fmt: skip
    assert run(source).returns == (ENV.sender, ENV.self, ENV.value, ENV.height, ENV.time)


KINDS = """
function inner internal () -> ()
  ret ()
function look view () -> ()
  ret ()
function make init () -> ()
  ret ()
function act call () -> ()
  call look() -> ()
  call make() -> ()
  ret ()
"""


@pytest.mark.parametrize("index", [1, 2, 3])
def test_all_kinds_but_internal_can_be_started(index: int) -> None:
    assert run(KINDS, function=index).failure is None


@pytest.mark.parametrize(
    ("code", "index", "args", "gas"),
    [
        ("machine.start", 0, [], 1),
        ("machine.start", 4, [], 1),
        ("machine.start", 1, [5], 1),
        ("machine.start", 1, [], -1),
        ("machine.start", 1, [], 1 << 64),
    ],
)
def test_what_cannot_be_started_is_refused(
    code: str, index: int, args: Sequence[int], gas: int
) -> None:
    with pytest.raises(UserError) as refused:
        start(KINDS, *args, function=index, gas=gas)
    assert refused.value.code == code


def test_an_argument_of_another_type_is_refused() -> None:
    with pytest.raises(UserError) as refused:
        start(DOWN, -1)
    assert refused.value.code == "machine.value"


def test_an_answer_that_nobody_asked_for_is_a_bug() -> None:
    going = start(DOWN, 1)
    with pytest.raises(Bug):
        going.provide(1)
    with pytest.raises(Bug):
        going.abort()
    assert isinstance(going.resume(), Done)
    with pytest.raises(Bug):
        going.permit()


def test_a_program_of_another_engine_is_a_bug() -> None:
    engine = ReferenceEngine(lambda *_: [], load())
    with pytest.raises(Bug):
        engine.start(object(), 0, (), Env(), 1)  # type: ignore[arg-type]


def test_executions_are_counted() -> None:
    engine = ReferenceEngine(lambda *_: [], load())
    loaded = engine.load(encode(assemble(KINDS)))
    for _ in range(3):
        engine.start(loaded, 1, (), Env(), 100)
    assert engine.executions == 3


def test_a_trace_follows_blocks_calls_and_traps() -> None:
    seen: list[tuple[Mark, int, int, int]] = []
    source = """
function inner internal () -> ()
  reg z: u64
  u64.div z, z, z
  ret ()
function f call () -> ()
  reg z: u64
  u64.add z, z, z
  call inner() -> ()
  ret ()
"""
    run(source, gas=1000, trace=lambda *line: seen.append(line))
    assert seen == [
        (Mark.BLOCK, 1, 0, 1000 - 1 - 12),
        (Mark.CALL, 1, 1, 987),
        (Mark.BLOCK, 0, 0, 987 - 9),
        (Mark.TRAP, 0, 0, 978),
    ]
