"""Every opcode on scalars, on every pair of edge values, against the reference."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np
import pytest

from anhvm.fuzz.observe import plain
from anhvm.isa import schedule
from anhvm.isa.opcodes import BY_NAME, OPS, Op
from anhvm.isa.operands import OPERANDS
from anhvm.isa.types import SCALARS, Type
from anhvm.kernels.definitions.call import call
from anhvm.program.encode import encode
from anhvm.program.engine import Done, Engine, Env, Value
from anhvm.program.model import Function, Init, Instr, Kind, Program, Register, Site, SiteKind
from anhvm.reference import ReferenceEngine
from tests.machine.build import engine

I32, I64, U64 = 1 << 31, 1 << 63, 1 << 64
HARD = 0x20000040000001  # rounded to f64 first, it would be rounded wrong to f32
FLOATS = [
    0.0, 1.0, 0.5, 1.5, 0.99999994, 3e-39, 1.1754944e-38, 1.1754945e-38, 1e-19, 16777216.0,
    16777218.0, float(I32), 2147483520.0, float(I64), 9.223371e18, float(U64), 1.8446743e19,
    3.4028235e38, np.inf, np.nan,
]  # fmt: skip
EDGES: dict[Type, list[Value]] = {
    Type.U64: [0, 1, 2, 63, 64, 65, I32 - 1, I32, I64 - 1, I64, U64 - 1, HARD],
    Type.I64: [0, 1, 2, -1, -2, I32 - 1, I32, -I32, -I32 - 1, I64 - 1, -I64, 7, -7, -HARD],
    Type.I32: [0, 1, 2, -1, -2, 7, -7, 46341, I32 - 1, -I32, 16777217, -16777219],
    Type.F32: [np.float32(sign * x) for x in FLOATS for sign in (1, -1)],
    Type.BOOL: [False, True],
}  # fmt: skip


def scalar(op: Op) -> bool:
    """Whether an opcode takes and makes scalars of fixed types, and does nothing else."""
    names = {kind.name.lower() for kind in SCALARS}
    operands = OPERANDS[op.code]
    return len(operands) > 1 and all(o.role in "wr" and o.type in names for o in operands)


SCALAR_OPS = [op.name for op in OPS if scalar(op)]


def program(op: Op) -> Program:
    """One instruction: the parameters are its sources, the result is what it writes."""
    kinds = [Type[o.type.upper()] for o in OPERANDS[op.code]]
    sources = tuple(kinds[1:])
    registers = [Register(kinds[0])] + [Register(k, Init.ARG, i) for i, k in enumerate(sources)]
    fields = list(range(len(kinds)))
    code = (Instr(op.code, *fields), Instr(BY_NAME["ret"].code, 0))
    ret = Site(SiteKind.RET, ins=(0,))
    return Program(
        "one",
        functions=(Function("f", Kind.CALL, sources, (kinds[0],), tuple(registers), code, (ret,)),),
    )


def results(on: Engine, encoded: bytes, inputs: Iterable[tuple[Value, ...]]) -> list[object]:
    loaded = on.load(encoded)
    found: list[object] = []
    for values in inputs:
        done = on.start(loaded, 0, values, Env(), 1000).resume()
        assert isinstance(done, Done)
        found.append(done.failure.trap if done.failure else plain(done.returns[0]))
    return found


def test_the_table_has_the_scalar_opcodes() -> None:
    assert len(SCALAR_OPS) > 60


@pytest.mark.parametrize("name", SCALAR_OPS)
def test_edges(name: str) -> None:
    one = program(BY_NAME[name])
    inputs = list(product(*(EDGES[Type(kind)] for kind in one.functions[0].params)))
    expected = results(ReferenceEngine(call, schedule.load()), encode(one), inputs)
    seen = results(engine(), encode(one), inputs)
    wrong = [x for x in zip(inputs, expected, seen, strict=True) if x[1] != x[2]]
    assert not wrong, wrong[:5]
