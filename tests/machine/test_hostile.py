"""Programs that want more than they pay for: both engines stop them at one point, for the same gas.

What a run takes from the host is bounded by what it pays: asserted here by what the C library hands
out, and by the sanitizers' campaign for every program that it runs.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import numpy as np
import pytest

from anhvm.assembler import assemble
from anhvm.fuzz.cases import Case
from anhvm.fuzz.differential import compare_cases
from anhvm.fuzz.engines import reference
from anhvm.fuzz.observe import Observation, observe
from anhvm.isa.schedule import load as load_schedule
from anhvm.isa.traps import MAX_DEPTH, MAX_EVENTS, MAX_MEMORY, VALUE_OVERHEAD, Trap
from anhvm.program.encode import encode
from anhvm.program.engine import Env, Need, Value
from anhvm.program.model import Mode
from anhvm.program.trace import Mark
from tests.machine.build import engine, load

PRICES = load_schedule()
OPS, REGISTER = PRICES.opcodes, PRICES.frame.register


def agreed(text: str, args: Sequence[Value], gas: int) -> Observation:
    """What every engine shows of a run, after they were compared at its last gas too."""
    program = assemble(text)
    case = Case(1, program, encode(program), tuple(args), Env(b"me", b"self"), gas)
    report = compare_cases([case])
    assert not report.divergences, report.divergences
    judge = reference()
    return observe(judge.engine, judge.engine.load(case.encoded), case, judge.recorder.take)


def trapped(text: str, args: Sequence[Value], gas: int) -> tuple[Trap | None, int]:
    seen = agreed(text, args, gas)
    return seen.trap, seen.gas_used


DEEP = """
const one: u64 = 1
function down call (u64) -> (u64)
  reg n: u64 = arg 0
  reg one: u64 = const one
  reg zero: u64
  reg m: u64
  reg done: bool
  u64.eq done, n, zero
  jif done, out
  u64.sub m, n, one
  call down(m) -> (m)
out:
  ret (m)
"""


def test_calls_nest_as_deep_as_the_limit_and_no_deeper() -> None:
    # A frame has 5 registers; a level pays for it, its comparison and branch, and the call.
    frame, back = 5 * REGISTER, OPS["ret"] + REGISTER
    test = OPS["alu"] + OPS["branch"]
    level, last = test + OPS["alu"] + OPS["call"] + frame, test + back
    done = trapped(DEEP, [MAX_DEPTH - 1], 1 << 30)
    assert done == (None, frame + (MAX_DEPTH - 1) * (level + back) + last)
    assert trapped(DEEP, [MAX_DEPTH], 1 << 30) == (Trap.DEPTH, frame + MAX_DEPTH * level)
    assert trapped(DEEP, [(1 << 64) - 1], 500) == (Trap.OUT_OF_GAS, 500)


LOOPS = """
const one: u64 = 1
function loops call (u64) -> (u64)
  reg n: u64 = arg 0
  reg one: u64 = const one
  reg zero: u64
  reg i: u64
  reg j: u64
  reg k: u64
  reg count: u64
  reg more: bool
outer:
  mov j, zero
middle:
  mov k, zero
inner:
  u64.add count, count, one
  u64.add k, k, one
  u64.lt more, k, n
  jif more, inner
  u64.add j, j, one
  u64.lt more, j, n
  jif more, middle
  u64.add i, i, one
  u64.lt more, i, n
  jif more, outer
  ret (count)
"""


@pytest.mark.parametrize("gas", [0, 7, 8, 100, 12_345])
def test_loops_in_loops_end_with_their_gas(gas: int) -> None:
    assert trapped(LOOPS, [(1 << 64) - 1], gas) == (Trap.OUT_OF_GAS, gas)


def test_a_loop_of_three_levels_counts_right() -> None:
    seen = agreed(LOOPS, [6], 1 << 20)
    assert seen.returns == (("int", 216),)
    step = 2 * OPS["alu"] + OPS["branch"]
    inside, around = step + OPS["alu"], step + OPS["move"]
    ends = 8 * REGISTER + OPS["ret"] + REGISTER
    assert seen.gas_used == ends + 216 * inside + 36 * around + 6 * around


FILL = """
function fill call (f32, {params}) -> (f32[{rank}])
  reg x: f32 = arg 0
{registers}
  reg t: f32[{rank}]
  kernel fill(x, {names}) -> (t)
  ret (t)
"""


def fill(*dims: int) -> tuple[str, list[Value]]:
    rank = len(dims)
    text = FILL.format(
        params=", ".join(["u64"] * rank),
        rank=rank,
        registers="\n".join(f"  reg n{i}: u64 = arg {i + 1}" for i in range(rank)),
        names=", ".join(f"n{i}" for i in range(rank)),
    )
    return text, [np.float32(1.5), *dims]


@pytest.mark.parametrize(
    "dims",
    [
        (1 << 32,),
        (1 << 63, 2),
        (1 << 32, 1 << 32),
        ((1 << 64) - 1,) * 6,
        (0, 1 << 40),
        (1 << 40, 0),
        (1 << 16, 0, 1 << 16),
    ],
)
def test_a_size_that_overflows_traps_before_its_gas(dims: tuple[int, ...]) -> None:
    text, args = fill(*dims)
    before = (2 + len(dims)) * REGISTER + OPS["kernel"] + OPS["ret"] + REGISTER
    assert trapped(text, args, 1 << 62) == (Trap.SIZE, before)


def test_a_tensor_above_the_limit_of_memory_traps_after_its_gas() -> None:
    text, args = fill(1 << 30)
    seen = agreed(text, args, 1 << 40)
    assert seen.trap == Trap.MEMORY and seen.high_water == 0
    assert (4 << 30) + VALUE_OVERHEAD > MAX_MEMORY
    with_less = agreed(text, args, seen.gas_used - 1)
    assert (with_less.trap, with_less.gas_used) == (Trap.OUT_OF_GAS, seen.gas_used - 1)


@pytest.mark.parametrize("dims", [(0,), (0, 7), (7, 0), (0, 0, 0, 0, 0, 0), (5, 0, (1 << 20))])
def test_a_tensor_without_elements_is_a_value_like_others(dims: tuple[int, ...]) -> None:
    text, args = fill(*dims)
    seen = agreed(text, args, 1 << 20)
    assert seen.trap is None and seen.returns == (("<f4", dims, b""),)
    assert seen.high_water == VALUE_OVERHEAD


LOUD = """
event Said(bytes)
function shout call (bytes) -> ()
  reg text: bytes = arg 0
again:
  emit Said(text)
  jmp again
"""


def test_events_end_at_their_limit() -> None:
    trap, used = trapped(LOUD, [b""], 1 << 30)
    assert trap == Trap.EVENTS
    start = REGISTER + PRICES.by_bytes("memory", VALUE_OVERHEAD)
    assert used == start + (MAX_EVENTS + 1) * (OPS["emit"] + OPS["branch"])


def test_giant_events_pay_for_each_byte() -> None:
    size = 100_000
    trap, used = trapped(LOUD, [bytes(size)], 1_000_000)
    assert (trap, used) == (Trap.OUT_OF_GAS, 1_000_000)
    seen = agreed(LOUD, [bytes(size)], 1_000_000)
    left = 1_000_000 - REGISTER - PRICES.by_bytes("memory", size + VALUE_OVERHEAD)
    each = OPS["emit"] + OPS["branch"] + PRICES.by_bytes("emit", size)
    assert sum(line[0] == Mark.EVENT for line in seen.trace) == left // each > 1


SAME = """
function same call (f32[2]) -> (f32[2])
  reg x: f32[2] = arg 0
  reg a: f32[2]
  copy a, x
  kernel matmul(a, a) -> (a)
  kernel add(a, a) -> (a)
  kernel matmul(a, x) -> (a)
  ret (a)
"""


def test_a_register_may_be_every_operand_and_the_result_of_a_kernel() -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_normal((9, 9), np.float32)
    seen = agreed(SAME, [x], 1 << 30)
    twice = (x @ x) * np.float32(2)
    assert seen.trap is None
    got = np.frombuffer(seen.returns[0][2], np.float32).reshape(9, 9)
    np.testing.assert_allclose(got, twice @ x, rtol=1e-4, atol=1e-4)
    assert seen.high_water == 3 * (x.nbytes + VALUE_OVERHEAD)


BYTES_PER_GAS, ROOM = 5, 1 << 16
"""What a run may hold; the room is its frames' and that of its buffers before they grow."""


class _Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks",
        "fordblks", "keepcost",
    )]  # fmt: skip


def host_bytes() -> int:
    """What the C library has handed out, to anyone in this process."""
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _Mallinfo
    seen = mallinfo()
    return int(seen.uordblks + seen.hblkhd)


def hoard(registers: int) -> str:
    """Fills its frames with values, one frame in another, and then asks for a cell."""
    names = range(registers)
    return "\n".join(
        [
            "const one: u64 = 1",
            "field last: u64",
            "function down call (u64) -> ()",
            "  reads last",
            "  reg n: u64 = arg 0",
            "  reg me: bytes = sender",
            "  reg one: u64 = const one",
            "  reg zero: u64",
            "  reg m: u64",
            "  reg done: bool",
            *(f"  reg r{i}: bytes" for i in names),
            *(f"  bytes.concat r{i}, me, me" for i in names),
            "  u64.eq done, n, zero",
            "  jif done, out",
            "  u64.sub m, n, one",
            "  call down(m) -> ()",
            "out:",
            "  s.load m, last",
            "  ret ()",
        ]
    )


FRAMES = hoard(4000).replace("bytes.concat r", "copy r").replace(", me, me", ", me")
EMPTY = "\n".join(line for line in hoard(4000).splitlines() if "bytes.concat" not in line)
KEYS = """
const one: u64 = 1
field last: u64
field many[u64]: bytes
event Said(bytes)
function keep call (u64, bytes) -> ()
  reads last
  writes many[any]
  reg n: u64 = arg 0
  reg text: bytes = arg 1
  reg one: u64 = const one
  reg zero: u64
  reg i: u64
  reg more: bool
  reg part: bytes
again:
  bytes.slice part, (text, zero, n)
  {instruction}
  u64.add i, i, one
  u64.lt more, i, n
  jif more, again
  s.load i, last
  ret ()
"""


@pytest.mark.parametrize(
    ("text", "args"),
    [
        (hoard(300), [200]),
        (hoard(3), [MAX_DEPTH - 1]),
        (FRAMES, [MAX_DEPTH - 1]),
        (EMPTY, [MAX_DEPTH - 1]),
        (KEYS.format(instruction="s.store part, many[i]"), [3000, bytes(3000)]),
        (KEYS.format(instruction="s.store part, many[i]"), [100, bytes(1_000_000)]),
        (KEYS.format(instruction="emit Said(part)"), [4000, bytes(4000)]),
        (KEYS.format(instruction="emit Said(part)"), [20, bytes(1_000_000)]),
    ],
    ids=[
        "values",
        "few values",
        "frames",
        "empty frames",
        "cells",
        "giant cells",
        "events",
        "giant events",
    ],
)
def test_a_run_holds_no_more_of_the_host_than_it_paid_for(text: str, args: list[Value]) -> None:
    on, loaded = load(text, engine())
    before = host_bytes()
    run = on.start(loaded, 0, args, Env(b"m" * 16), 1 << 40)
    outcome = run.resume()
    while isinstance(outcome, Need) and outcome.mode == Mode.WRITE:
        outcome = run.permit()
    assert isinstance(outcome, Need)
    held, gas = host_bytes() - before, run.gas_used
    assert gas // 8 < held < BYTES_PER_GAS * gas + ROOM, held / gas
