"""Opcodes on bytes and tensors: results, bounds, casts, and what comes before gas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from anhvm.isa.traps import VALUE_OVERHEAD, Trap
from anhvm.program.engine import Value
from tests.prices import load
from tests.reference.engine import function, run

LEN = function(["bytes"], ["u64"], "reg n: u64\nbytes.len n, a0\nret (n)\n")
EQ = function(["bytes", "bytes"], ["bool"], "reg e: bool\nbytes.eq e, a0, a1\nret (e)\n")
AT = function(["bytes", "u64"], ["u64"], "reg n: u64\nbytes.at n, a0, a1\nret (n)\n")
SLICE = function(
    ["bytes", "u64", "u64"],
    ["bytes"],
    "reg b: bytes\nbytes.slice b, (a0, a1, a2)\nret (b)\n",
)
GET = function(["i8[2]", "u64", "u64"], ["i32"], "reg e: i32\nt.get e, (a0, a1, a2)\nret (e)\n")
SET = function(
    ["i8[2]", "u64", "u64", "i32"],
    ["i8[2]"],
    "reg t: i8[2]\nt.set t, (a0, a1, a2, a3)\nret (t)\n",
)
DIM = function(["f32[3]"], ["u64"], "reg n: u64\nt.dim n, a0, 2\nret (n)\n")
GRID = np.array([[1, -2, 3], [4, 5, -128]], np.int8)


@pytest.mark.parametrize(
    ("source", "args", "wanted"),
    [
        (LEN, (b"abc",), 3),
        (LEN, (b"",), 0),
        (EQ, (b"ab", b"ab"), True),
        (EQ, (b"ab", b"ac"), False),
        (EQ, (b"ab", b"abc"), False),
        (AT, (b"\xffb", 0), 255),
        (SLICE, (b"abcd", 1, 3), b"bc"),
        (SLICE, (b"abcd", 4, 4), b""),
        (SLICE, (b"abcd", 0, 4), b"abcd"),
        (GET, (GRID, 1, 2), -128),
        (DIM, (np.zeros((1, 2, 7), np.float32),), 7),
    ],
)
def test_a_result(source: str, args: tuple[Any, ...], wanted: Value) -> None:
    done = run(source, *args)
    assert done.failure is None and done.returns == (wanted,)


@pytest.mark.parametrize(
    ("source", "args", "trap"),
    [
        (AT, (b"ab", 2), Trap.BOUNDS),
        (AT, (b"", 0), Trap.BOUNDS),
        (AT, (b"ab", (1 << 64) - 1), Trap.BOUNDS),
        (SLICE, (b"ab", 2, 1), Trap.BOUNDS),
        (SLICE, (b"ab", 0, 3), Trap.BOUNDS),
        (SLICE, (b"ab", 3, 3), Trap.BOUNDS),
        (GET, (GRID, 2, 0), Trap.BOUNDS),
        (GET, (GRID, 0, 3), Trap.BOUNDS),
        (GET, (np.zeros((0, 3), np.int8), 0, 0), Trap.BOUNDS),
        (SET, (GRID, 0, 3, 1), Trap.BOUNDS),
        (SET, (GRID, 0, 3, 128), Trap.BOUNDS),
        (SET, (GRID, 0, 0, 128), Trap.CAST),
        (SET, (GRID, 0, 0, -129), Trap.CAST),
    ],
)
def test_a_trap_comes_before_the_gas_of_the_operation(
    source: str, args: tuple[Any, ...], trap: Trap
) -> None:
    done = run(source, *args)
    assert done.failure and (done.failure.trap, done.failure.pc) == (trap, 0)
    held = sum(
        VALUE_OVERHEAD + (len(a) if isinstance(a, bytes) else a.nbytes)
        for a in args
        if isinstance(a, bytes | np.ndarray)
    )
    frame = len(args) + 1
    static = done.gas_used - frame - load().memory(0, held)
    handle, value, ret = (load().opcodes[c] for c in ("handle", "value", "ret"))
    assert static - ret - 1 in (handle, value)
    assert done.high_water == held


@pytest.mark.parametrize("element", [-128, 127])
def test_an_element_is_replaced_in_a_new_tensor(element: int) -> None:
    (changed,) = run(SET, GRID, 1, 0, element).returns
    assert isinstance(changed, np.ndarray) and changed.dtype == np.int8
    assert changed.tolist() == [[1, -2, 3], [element, 5, -128]]


def test_an_element_of_a_float_tensor_keeps_its_bits() -> None:
    source = function(
        ["f32[1]", "u64", "u64"],
        ["f32[1]"],
        "reg e: f32\nreg t: f32[1]\nt.get e, (a0, a1)\nt.set t, (a0, a2, e)\nret (t)\n",
    )
    (back,) = run(source, np.array([-0.0, 1], np.float32), 0, 1).returns
    assert isinstance(back, np.ndarray)
    assert np.signbit(back).tolist() == [True, True] and not back.any()


def paid(source: str, *args: Any) -> int:
    """Gas beyond frame, block and memory."""
    done = run(source, *args)
    assert done.failure is None
    classes = {EQ: "handle", SLICE: "value", SET: "value"}
    static = len(args) + 1 + load().opcodes[classes[source]] + load().opcodes["ret"] + 1
    return done.gas_used - static - load().memory(0, done.high_water)


def test_bytes_are_paid_by_what_is_looked_at_or_made() -> None:
    rate, big = load().bytes_per_1024["bytes"], bytes(4096)
    assert paid(EQ, big, big) == 4 * rate
    assert paid(EQ, big, big + b"\0") == 0
    assert paid(SLICE, big, 0, 1024) == rate
    grid = np.zeros((64, 64), np.int8)
    assert paid(SET, grid, 0, 0, 1) == 4 * rate


def test_what_was_never_written_is_empty() -> None:
    source = function(
        [],
        ["u64", "u64", "bytes", "f32[2]"],
        "reg b: bytes\nreg t: f32[2]\nreg n: u64\nreg m: u64\n"
        "bytes.len n, b\nt.dim m, t, 1\nret (n, m, b, t)\n",
    )
    n, m, b, t = run(source).returns
    assert (n, m, b) == (0, 0, b"") and isinstance(t, np.ndarray) and t.shape == (0, 0)
