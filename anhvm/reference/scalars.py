"""Opcodes on scalars: one function each, from operands to result.  f32 is a Python float here.

An f32 register holds the value of a binary32 that is no subnormal; `kernels.definitions.scalars`
rounds and flushes (N2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from anhvm.isa.traps import Trap
from anhvm.isa.types import Type
from anhvm.kernels.definitions import scalars
from anhvm.program.values import RANGES
from anhvm.reference.trapped import Trapped

Pure = Callable[..., Any]


def integers(kind: Type) -> Iterator[tuple[str, Pure]]:
    """The opcodes of one integer type, checked."""

    def checked(value: int) -> int:
        low, high = RANGES[kind]
        if not low <= value <= high:
            raise Trapped(Trap.OVERFLOW)
        return value

    def div(b: int, c: int) -> int:
        if c == 0:
            raise Trapped(Trap.DIVISION)
        quotient = abs(b) // abs(c)
        return checked(quotient if (b < 0) == (c < 0) else -quotient)

    yield "add", lambda b, c: checked(b + c)
    yield "sub", lambda b, c: checked(b - c)
    yield "mul", lambda b, c: checked(b * c)
    yield "div", div
    yield "mod", lambda b, c: b - c * div(b, c)
    yield "eq", lambda b, c: b == c
    yield "ne", lambda b, c: b != c
    yield "lt", lambda b, c: b < c
    yield "le", lambda b, c: b <= c
    if kind != Type.U64:
        yield "neg", lambda b: checked(-b)


def distance(c: int) -> int:
    """How far to shift."""
    if c >= 64:
        raise Trapped(Trap.SHIFT)
    return c


def u64_bits() -> Iterator[tuple[str, Pure]]:
    yield "and", lambda b, c: b & c
    yield "or", lambda b, c: b | c
    yield "xor", lambda b, c: b ^ c
    yield "shl", lambda b, c: (b << distance(c)) & RANGES[Type.U64][1]
    yield "shr", lambda b, c: b >> distance(c)


def f32_max(b: float, c: float) -> float:
    """N3: NaN if an operand is NaN, and -0 below +0."""
    if b != b or c != c:
        return math.nan
    if b == c:
        return b if math.copysign(1.0, b) > 0 else c
    return b if b > c else c


def f32_min(b: float, c: float) -> float:
    """N3: NaN if an operand is NaN, and -0 below +0."""
    if b != b or c != c:
        return math.nan
    if b == c:
        return b if math.copysign(1.0, b) < 0 else c
    return b if b < c else c


def floats() -> Iterator[tuple[str, Pure]]:
    yield "add", scalars.add
    yield "sub", scalars.sub
    yield "mul", scalars.mul
    yield "div", scalars.div
    yield "sqrt", scalars.sqrt
    yield "neg", lambda b: -b
    yield "abs", abs
    yield "max", f32_max
    yield "min", f32_min
    yield "eq", lambda b, c: b == c
    yield "ne", lambda b, c: b != c
    yield "lt", lambda b, c: b < c
    yield "le", lambda b, c: b <= c


def bools() -> Iterator[tuple[str, Pure]]:
    yield "and", lambda b, c: b and c
    yield "or", lambda b, c: b or c
    yield "xor", lambda b, c: b != c
    yield "not", lambda b: not b
    yield "to_u64", int


def fitting(kind: Type, value: int) -> int:
    """`value` if it is one of `kind`."""
    low, high = RANGES[kind]
    if not low <= value <= high:
        raise Trapped(Trap.CAST)
    return value


def truncated(kind: Type, value: float) -> int:
    """The integer part of `value` if it is one of `kind`."""
    if not math.isfinite(value):
        raise Trapped(Trap.CAST)
    return fitting(kind, math.trunc(value))


def rounded(value: int) -> float:
    """The f32 nearest to `value`, ties to even."""
    return scalars.settle(Fraction(value), -1.0 if value < 0 else 1.0)


def casts(source: Type) -> Iterator[tuple[str, Pure]]:
    """From one numeric type to the three others."""
    for target in (Type.U64, Type.I64, Type.I32):
        if target == source:
            continue
        to = truncated if source == Type.F32 else fitting
        yield f"to_{target.name.lower()}", lambda b, to=to, target=target: to(target, b)
    if source != Type.F32:
        yield "to_f32", rounded


def _all() -> Iterator[tuple[str, Pure]]:
    groups = [
        *((kind, [*integers(kind), *casts(kind)]) for kind in (Type.U64, Type.I64, Type.I32)),
        (Type.U64, [*u64_bits()]),
        (Type.F32, [*floats(), *casts(Type.F32)]),
        (Type.BOOL, [*bools()]),
    ]
    for kind, functions in groups:
        yield from ((f"{kind.name.lower()}.{name}", function) for name, function in functions)
    yield "mov", lambda b: b


PURE: dict[str, Pure] = dict(_all())
"""Opcodes that only compute: the registers read, in order, give the register written."""
