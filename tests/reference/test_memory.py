"""Bytes of live values, counted by hand, and the gas of the high-water mark."""

from __future__ import annotations

import numpy as np
import pytest

from anhvm.isa.traps import VALUE_OVERHEAD, Trap
from tests.prices import load
from tests.reference.engine import function, run, start

V = VALUE_OVERHEAD
JOIN = 'const word: bytes = "abcdefgh"\n'


def high(body: str, *, consts: str = JOIN) -> int:
    return run(consts + function([], [], body + "ret ()\n")).high_water


def test_constants_and_what_was_never_written_are_free() -> None:
    assert high("reg w: bytes = const word\nreg x: bytes\ncopy x, w\nreg t: f32[2]\n") == 0
    assert high("reg w: bytes = sender\nreg x: bytes\ncopy x, w\n") == 0


def test_what_an_instruction_makes_counts_before_the_old_value_goes() -> None:
    head = "reg w: bytes = const word\nreg x: bytes\n"
    assert high(head + "bytes.concat x, w, w\n") == V + 16
    assert high(head + "bytes.concat x, w, w\n" * 2) == 2 * (V + 16)
    assert high(head + "bytes.concat x, w, w\ndrop x\nbytes.concat x, w, w\n") == V + 16


def test_a_shared_value_counts_once_and_goes_with_its_last_owner() -> None:
    head = "reg w: bytes = const word\nreg x: bytes\nreg y: bytes\n"
    share = "bytes.concat x, w, w\ncopy y, x\n"
    assert high(head + share) == V + 16
    assert high(head + share + "drop x\nbytes.concat x, w, w\n") == 2 * (V + 16)
    assert high(head + share + "drop x\ndrop y\nbytes.concat x, w, w\n") == V + 16


def test_even_nothing_costs_its_overhead() -> None:
    assert high("reg x: bytes\nreg y: bytes\nbytes.concat y, x, x\n") == V


def test_a_frame_lets_go_of_its_values_and_results_move_to_the_caller() -> None:
    source = (
        JOIN
        + """
function inner internal () -> (bytes)
  reg w: bytes = const word
  reg x: bytes
  reg y: bytes
  bytes.concat x, w, w
  bytes.concat y, x, x
  ret (x)
function f call () -> ()
  reg x: bytes
  call inner() -> (x)
  call inner() -> (x)
  ret ()
"""
    )
    # The second call finds 16 bytes alive, and makes 16 and 32 more before the first are let go.
    assert run(source).high_water == 3 * V + 16 + 16 + 32


def test_arguments_are_counted_in_order_and_those_without_a_register_let_go() -> None:
    body = "reg a: bytes = arg 0\nreg x: bytes\nbytes.concat x, a, a\nret ()\n"
    source = f"function f call (bytes, bytes) -> ()\n{body}"
    assert run(source, b"1234", bytes(100)).high_water == (V + 4) + (V + 100)
    assert run(source, b"1234", bytes(1)).high_water == (V + 4) + (V + 8)


def test_an_argument_passed_on_is_shared() -> None:
    source = """
function inner internal (bytes) -> (bytes)
  reg a: bytes = arg 0
  reg b: bytes = arg 0
  ret (b)
function f call (bytes) -> (bytes)
  reg a: bytes = arg 0
  reg x: bytes
  call inner(a) -> (x)
  ret (x)
"""
    done = run(source, b"1234")
    assert (done.high_water, done.returns) == (V + 4, (b"1234",))


def test_only_a_new_mark_costs_gas() -> None:
    schedule = load()
    head = JOIN + "function f call () -> ()\nreg w: bytes = const word\nreg x: bytes\n"
    once = run(head + "bytes.concat x, w, w\nret ()\n")
    again = run(head + "bytes.concat x, w, w\ndrop x\nbytes.concat x, w, w\nret ()\n")
    classes = schedule.opcodes["value"] + schedule.by_bytes("bytes", 16)
    assert once.gas_used == 2 + classes + schedule.opcodes["ret"] + schedule.memory(0, V + 16)
    assert again.gas_used - once.gas_used == classes + schedule.opcodes["handle"]


def test_without_gas_for_the_mark_it_does_not_rise() -> None:
    source = function(["bytes"], [], "ret ()\n")
    needed = 1 + load().memory(0, V + 1000)
    done = run(source, bytes(1000), gas=needed - 1)
    assert done.failure and (done.failure.trap, done.failure.pc) == (Trap.OUT_OF_GAS, 0)
    assert (done.gas_used, done.high_water) == (needed - 1, 0)
    assert run(source, bytes(1000), gas=needed).high_water == V + 1000


HUGE = """
const n: u64 = 1073741824
const one: f32 = 1.0
function f call () -> ()
  reg n: u64 = const n
  reg one: f32 = const one
  reg t: f32[1]
  kernel fill(one, n) -> (t)
  ret ()
"""


def test_above_the_limit_the_trap_is_memory_and_nothing_is_allocated() -> None:
    schedule = load()
    done = run(HUGE)
    size = 4 << 30
    assert done.failure and (done.failure.trap, done.failure.pc) == (Trap.MEMORY, 0)
    kernel = schedule.kernels["move"].cost(1 << 30, size + 4 + 8)
    block = schedule.opcodes["kernel"] + schedule.opcodes["ret"]
    assert done.gas_used == 3 + block + kernel + schedule.memory(0, size + V)
    assert done.high_water == 0


def test_several_results_of_a_tensor_type_are_held_apart() -> None:
    source = function(
        ["f32[1]"],
        ["f32[1]", "f32[1]"],
        "reg i: u64\nreg x: f32\nreg y: f32[1]\nt.set y, (a0, i, x)\nret (a0, y)\n",
    )
    done = run(source, np.array([5, 6], np.float32))
    assert [r.tolist() for r in done.returns if isinstance(r, np.ndarray)] == [[5, 6], [0, 6]]
    assert done.high_water == 2 * (V + 8)


@pytest.mark.parametrize("gas", range(0, 60, 7))
def test_gas_used_and_gas_left_add_up(gas: int) -> None:
    going = start(
        JOIN
        + function(
            [],
            [],
            "reg w: bytes = const word\nreg x: bytes\nagain:\nbytes.concat x, x, w\njmp again\n",
        ),
        gas=gas,
    )
    done = going.resume()
    assert going.gas_used == gas and going.resume() is done
