"""What a contract declares, once it is checked: signatures, functions, fields, events."""

from __future__ import annotations

from dataclasses import dataclass, field

from anhvm.compiler.dims import DimVar
from anhvm.compiler.ir import Span
from anhvm.compiler.typed import Literal, Local, Stmt
from anhvm.compiler.types import Leaf, Map, Prim, Struct, Type
from anhvm.program.model import Kind


@dataclass(frozen=True)
class Signature:
    """What a caller sees.  `name` is the one in the program, ``std.nn.kaiming`` for libraries.

    `hidden` are the dimensions that only the result names: callers pass them as u64.  `stipend` is
    the gas that another contract has to give; a `reentrant` one it may call at any time.  The
    result of a `nondet` one may differ from machine to machine.
    """

    name: str
    kind: Kind
    params: tuple[tuple[str, Type], ...]
    returns: Type
    hidden: tuple[DimVar, ...]
    span: Span
    doc: str = ""
    reentrant: bool = False
    stipend: int = 0
    nondet: bool = False

    def show(self) -> str:
        """As a person would write it."""
        params = ", ".join(f"{name}: {t}" for name, t in self.params)
        word = self.name.rsplit(".", 1)[-1]
        return f"{word}({params}) -> {self.returns}"


@dataclass(frozen=True)
class Function:
    signature: Signature
    params: tuple[Local, ...]
    body: tuple[Stmt, ...]


@dataclass(frozen=True)
class Field:
    """A storage field; `type` is a Map for maps.  `initial` is a value for its single leaf."""

    name: str
    type: Type
    span: Span
    initial: Literal | None = None

    def cells(self) -> tuple[tuple[Prim, ...], Type]:
        """Types of the keys, and of what stands behind them."""
        keys, value = [], self.type
        while isinstance(value, Map):
            keys.append(value.key)
            value = value.value
        return tuple(keys), value


@dataclass(frozen=True)
class Event:
    name: str
    params: tuple[tuple[str, Leaf], ...]
    span: Span


@dataclass(frozen=True)
class Contract:
    """A checked contract with every function that it can reach, and those of `externs`, by name,
    that it calls of others."""

    name: str
    doc: str
    structs: tuple[Struct, ...]
    fields: tuple[Field, ...]
    events: tuple[Event, ...]
    functions: tuple[Function, ...]
    files: tuple[str, ...] = field(default=())
    externs: tuple[Signature, ...] = ()
