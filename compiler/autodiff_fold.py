"""Integer and bool operations on constants, as the machine would compute them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Final

from anhvm.compiler import ir
from anhvm.isa.types import Type

_RANGES: Final = {
    "u64": (0, (1 << 64) - 1),
    "i64": (-(1 << 63), (1 << 63) - 1),
    "i32": (-(1 << 31), (1 << 31) - 1),
}
_ARITHMETIC: Final[dict[str, Callable[[int, int], int]]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
}
_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
}
_LOGIC: Final[dict[str, Callable[[bool, bool], bool]]] = {
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
}


def fold(op: str, args: Sequence[ir.Atom]) -> ir.Lit | None:
    """The value of an integer or bool operation on constants; None where it is not known here."""
    if not all(isinstance(a, ir.Lit) and not isinstance(a.value, bytes) for a in args):
        return None
    values = [a.value for a in args if isinstance(a, ir.Lit)]
    kind, _, name = op.partition(".")
    if op == "bool.not":
        return ir.Lit(Type.BOOL, not values[0])
    if kind == "bool" and name in _LOGIC:
        return ir.Lit(Type.BOOL, _LOGIC[name](bool(values[0]), bool(values[1])))
    if kind not in _RANGES:
        return None
    if name in _COMPARE:
        return ir.Lit(Type.BOOL, _COMPARE[name](int(values[0]), int(values[1])))
    if name in _ARITHMETIC:
        low, high = _RANGES[kind]
        result = _ARITHMETIC[name](int(values[0]), int(values[1]))
        return ir.Lit(args[0].type, result) if low <= result <= high else None
    return None
