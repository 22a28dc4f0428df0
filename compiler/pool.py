"""The constants of a program: each value once, in order of first need."""

from __future__ import annotations

from anhvm.compiler import ir
from anhvm.errors import Bug
from anhvm.isa.types import Type
from anhvm.program.model import Const

_EXPONENT, _SIGN, _NAN = 0x7F800000, 0x80000000, 0x7FC00000


class Pool:
    """Numbers the constants; `consts` grows as literals are first asked for."""

    def __init__(self) -> None:
        self.consts: dict[Const, int] = {}

    def index(self, literal: ir.Lit) -> int:
        """The index of the constant that holds `literal`."""
        return self.consts.setdefault(constant(literal), len(self.consts))


def constant(literal: ir.Lit) -> Const:
    """The constant of a literal; scalars as 8 little-endian bytes, f32 flushed (law N2)."""
    value = literal.value
    if isinstance(value, bytes):
        return Const(literal.type, value, literal.dims)
    match literal.type:
        case Type.I64 | Type.I32:
            return Const(literal.type, int(value).to_bytes(8, "little", signed=True))
        case Type.F32:
            return Const(literal.type, _flushed(int(value)).to_bytes(8, "little"))
        case Type.U64 | Type.BOOL:
            return Const(literal.type, int(value).to_bytes(8, "little"))
        case _:
            raise Bug(f"a constant of type {literal.type} without bytes")


def _flushed(bits: int) -> int:
    """The bits of an f32 without subnormals, and with the one NaN that may be seen (law N3)."""
    if bits & ~_SIGN > _EXPONENT:
        return _NAN
    return bits if bits & _EXPONENT else bits & _SIGN
