"""Every scalar opcode at its edges: result, trap, and gas."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.isa.opcodes import BY_NAME, OPS
from anhvm.isa.traps import Trap
from anhvm.kernels.definitions import floats
from anhvm.program.engine import Value
from anhvm.reference.scalars import PURE
from tests.prices import load
from tests.reference.engine import function, run

U64, I64, I32 = (1 << 64) - 1, (1 << 63) - 1, (1 << 31) - 1
NAN, INF = math.nan, math.inf
OVER, DIV, CAST, SHIFT = Trap.OVERFLOW, Trap.DIVISION, Trap.CAST, Trap.SHIFT

CASES: list[tuple[str, tuple[object, ...], object]] = [
    ("u64.add", (U64, 0), U64), ("u64.add", (U64, 1), OVER), ("u64.sub", (3, 3), 0),
    ("u64.sub", (3, 4), OVER), ("u64.mul", (1 << 32, (1 << 32) - 1), (1 << 64) - (1 << 32)),
    ("u64.mul", (1 << 32, 1 << 32), OVER), ("u64.div", (7, 2), 3), ("u64.div", (7, 0), DIV),
    ("u64.mod", (7, 4), 3), ("u64.mod", (0, 0), DIV), ("u64.eq", (U64, U64), True),
    ("u64.ne", (U64, U64), False), ("u64.lt", (I64, I64 + 1), True), ("u64.le", (U64, 0), False),
    ("u64.and", (6, 3), 2), ("u64.or", (6, 3), 7), ("u64.xor", (6, 3), 5),
    ("u64.shl", (3, 63), 1 << 63), ("u64.shl", (3, 64), SHIFT), ("u64.shr", (U64, 63), 1),
    ("u64.shr", (0, U64), SHIFT), ("i64.add", (I64, 1), OVER), ("i64.sub", (-I64 - 1, 1), OVER),
    ("i64.sub", (0, -I64 - 1), OVER), ("i64.mul", (-I64 - 1, -1), OVER),
    ("i64.mul", (1 << 31, -(1 << 32)), -I64 - 1), ("i64.div", (-7, 2), -3),
    ("i64.div", (7, -2), -3), ("i64.div", (-7, -2), 3), ("i64.div", (-I64 - 1, -1), OVER),
    ("i64.div", (1, 0), DIV), ("i64.mod", (-7, 2), -1), ("i64.mod", (7, -2), 1),
    ("i64.mod", (-I64 - 1, -1), OVER), ("i64.mod", (1, 0), DIV), ("i64.neg", (5,), -5),
    ("i64.neg", (-I64 - 1,), OVER), ("i64.lt", (-1, 0), True), ("i64.le", (0, 0), True),
    ("i64.eq", (-1, 1), False), ("i64.ne", (-1, 1), True), ("i32.add", (I32, 1), OVER),
    ("i32.sub", (-I32 - 1, 1), OVER), ("i32.mul", (1 << 16, 1 << 15), OVER),
    ("i32.mul", (1 << 16, -(1 << 15)), -I32 - 1), ("i32.div", (-I32 - 1, -1), OVER),
    ("i32.div", (-7, 2), -3), ("i32.mod", (-I32 - 1, -1), OVER), ("i32.mod", (-7, 4), -3),
    ("i32.neg", (-I32 - 1,), OVER), ("i32.neg", (I32,), -I32), ("i32.lt", (-I32 - 1, I32), True),
    ("i32.le", (1, 0), False), ("i32.eq", (2, 2), True), ("i32.ne", (2, 2), False),
    ("f32.add", (1.0, 2.0**-24), 1.0), ("f32.add", (3e38, 3e38), INF),
    ("f32.add", (INF, -INF), NAN), ("f32.add", (-0.0, -0.0), -0.0), ("f32.add", (1.0, -1.0), 0.0),
    ("f32.sub", (1.5 * 2.0**-126, 2.0**-126), 0.0),
    ("f32.sub", (2.0**-126, 1.5 * 2.0**-126), -0.0), ("f32.mul", (1e-20, -1e-20), -0.0),
    ("f32.mul", (0.0, INF), NAN), ("f32.mul", (2.0**-126, 0.99999994), 0.0),
    ("f32.mul", ((1 + 2.0**-13) * 2.0**-63, (1 - 2.0**-13) * 2.0**-63), 2.0**-126),
    ("f32.div", (1.0, 0.0), INF), ("f32.div", (0.0, 0.0), NAN), ("f32.div", (1.0, -0.0), -INF),
    ("f32.div", (1.0, 3.0), 0.33333334), ("f32.sqrt", (2.0,), 1.4142135),
    ("f32.sqrt", (-1.0,), NAN), ("f32.sqrt", (-0.0,), -0.0), ("f32.neg", (0.0,), -0.0),
    ("f32.neg", (NAN,), NAN), ("f32.abs", (-0.0,), 0.0), ("f32.abs", (-INF,), INF),
    ("f32.max", (-0.0, 0.0), 0.0), ("f32.max", (0.0, -0.0), 0.0), ("f32.max", (1.0, NAN), NAN),
    ("f32.max", (2.0, 1.0), 2.0), ("f32.min", (-0.0, 0.0), -0.0), ("f32.min", (0.0, -0.0), -0.0),
    ("f32.min", (NAN, 1.0), NAN), ("f32.min", (2.0, 1.0), 1.0), ("f32.eq", (0.0, -0.0), True),
    ("f32.eq", (NAN, NAN), False), ("f32.ne", (NAN, NAN), True), ("f32.lt", (-INF, NAN), False),
    ("f32.le", (1.0, 1.0), True), ("f32.lt", (-0.0, 0.0), False),
    ("bool.and", (True, False), False), ("bool.or", (True, False), True),
    ("bool.xor", (True, True), False), ("bool.not", (False,), True), ("bool.to_u64", (True,), 1),
    ("u64.to_i64", (I64,), I64), ("u64.to_i64", (I64 + 1,), CAST),
    ("u64.to_i32", (I32 + 1,), CAST), ("u64.to_f32", (16777217,), 16777216.0),
    ("u64.to_f32", (U64,), 2.0**64),
    ("u64.to_f32", ((1 << 40) + (1 << 16) + 1,), float((1 << 40) + (1 << 17))),
    ("i64.to_u64", (-1,), CAST), ("i64.to_i32", (-I32 - 2,), CAST),
    ("i64.to_i32", (-I32 - 1,), -I32 - 1), ("i64.to_f32", (-16777219,), -16777220.0),
    ("i64.to_f32", (-I64 - 1,), -(2.0**63)), ("i32.to_u64", (-1,), CAST),
    ("i32.to_i64", (-5,), -5), ("i32.to_f32", (-I32,), -(2.0**31)), ("f32.to_u64", (-0.9,), 0),
    ("f32.to_u64", (-1.0,), CAST), ("f32.to_u64", (2.0**64,), CAST),
    ("f32.to_i64", (-(2.0**63),), -I64 - 1), ("f32.to_i64", (2.0**63,), CAST),
    ("f32.to_i64", (NAN,), CAST), ("f32.to_i32", (-2.9,), -2), ("f32.to_i32", (2.0**31,), CAST),
    ("f32.to_i32", (INF,), CAST), ("mov", (5,), 5),
]  # fmt: skip


def types(op: str) -> tuple[list[str], str]:
    """Types of the operands read and of the result."""
    words = [o.replace("S", "u64") for o in BY_NAME[op].operands]
    return [w[2:] for w in words if w.startswith("r:")], words[0][2:]


def inner(kind: str, value: object) -> Value:
    return np.float32(value) if kind == "f32" else value  # type: ignore[arg-type,return-value]


def same(a: Value, b: Value) -> bool:
    if isinstance(a, np.float32) and isinstance(b, np.float32):
        return bool(a.tobytes() == b.tobytes())
    return type(a) is type(b) and bool(a == b)


@pytest.mark.parametrize(("op", "operands", "wanted"), CASES)
def test_an_opcode_gives_its_value_or_traps(
    op: str, operands: tuple[object, ...], wanted: object
) -> None:
    reads, result = types(op)
    names = ", ".join(f"a{i}" for i in range(len(reads)))
    source = function(reads, [result], f"reg out: {result}\n{op} out, {names}\nret (out)\n")
    done = run(source, *(inner(k, v) for k, v in zip(reads, operands, strict=True)))
    schedule = load()
    frame = len(reads) + 1
    assert done.gas_used == frame + schedule.static(BY_NAME[op].code) + schedule.opcodes["ret"] + 1
    if isinstance(wanted, Trap):
        assert done.failure and (done.failure.trap, done.failure.pc) == (wanted, 0)
        assert done.returns == ()
    else:
        assert done.failure is None and same(done.returns[0], inner(result, wanted))


def test_every_scalar_opcode_has_a_case() -> None:
    assert {op for op, _, _ in CASES} == set(PURE)


def test_every_trap_of_a_row_has_a_case() -> None:
    shown = {(op, wanted) for op, _, wanted in CASES if isinstance(wanted, Trap)}
    assert shown == {(op.name, trap) for op in OPS if op.name in PURE for trap in op.traps} - {
        ("u64.div", OVER), ("u64.mod", OVER), ("i32.div", DIV), ("i32.mod", DIV)
    }  # fmt: skip


GREATEST = float(np.finfo(np.float32).max)
EDGES = [0.0, 2.0**-126, 1.5 * 2.0**-126, 2.0**-63, 1.0, 3.0, 2.0**127, GREATEST, INF]
NUMBERS = st.one_of(
    st.floats(width=32, allow_subnormal=False),
    st.sampled_from(EDGES + [-x for x in EDGES]),
)


@given(NUMBERS, NUMBERS)
def test_floats_agree_with_those_of_the_kernels(a: float, b: float) -> None:
    for name in ("add", "sub", "mul", "div"):
        twin = floats.canonical(getattr(floats, name)(np.float32(a), np.float32(b)))
        mine = floats.canonical(np.float32(PURE[f"f32.{name}"](a, b)))
        assert twin.tobytes() == mine.tobytes(), name
    for name, twin_name in (("max", "maximum"), ("min", "minimum")):
        twin = floats.canonical(getattr(floats, twin_name)(np.float32(a), np.float32(b)))
        mine = floats.canonical(np.float32(PURE[f"f32.{name}"](a, b)))
        assert twin.tobytes() == mine.tobytes(), name


@given(st.integers(-(1 << 63), I64))
def test_an_integer_is_rounded_once(value: int) -> None:
    mine = PURE["i64.to_f32"](value)
    below, above = (np.nextafter(np.float32(mine), np.float32(x)) for x in (-INF, INF))
    assert abs(value - int(mine)) <= min(abs(value - int(below)), abs(int(above) - value))


def test_a_forgotten_handler_is_an_error_at_import() -> None:
    code = (
        "import anhvm.isa.opcodes as o\n"
        "o.OPS = (*o.OPS, o.Op(999, 'new', (), 'move', ''))\n"
        "import anhvm.reference\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode and "opcodes and handlers differ: {'new'}" in done.stderr
