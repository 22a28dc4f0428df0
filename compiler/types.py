"""Types of the language, and their leaves: the machine values that they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from anhvm.compiler.dims import Dim, DimVar
from anhvm.isa import types as machine
from anhvm.isa.types import DType


@dataclass(frozen=True)
class Prim:
    """A scalar, or one of the three that are bytes to the machine."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Tensor:
    """A tensor of rank 1 or more; `element` is f32, i32, i8 or bool."""

    element: str
    dims: tuple[Dim, ...]

    def __str__(self) -> str:
        return f"{self.element}[{', '.join(map(str, self.dims))}]"


@dataclass(frozen=True)
class Struct:
    name: str
    members: tuple[tuple[str, Type], ...]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Map:
    key: Prim
    value: Type

    def __str__(self) -> str:
        return f"map[{self.key}, {self.value}]"


@dataclass(frozen=True)
class Several:
    """The results of a function that returns none, or more than one."""

    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.items))})" if self.items else "nothing"


@dataclass(frozen=True)
class Unknown:
    """Of a variable whose first assignment was at fault; whatever touches it stays silent."""

    def __str__(self) -> str:
        return "?"


Type = Prim | Tensor | Struct | Map | Several | Unknown
Leaf = Prim | Tensor

U64: Final = Prim("u64")
I64: Final = Prim("i64")
I32: Final = Prim("i32")
F32: Final = Prim("f32")
BOOL: Final = Prim("bool")
BYTES: Final = Prim("bytes")
STR: Final = Prim("str")
ADDRESS: Final = Prim("address")
NOTHING: Final = Several(())

INTEGERS: Final = (U64, I64, I32)
NUMBERS: Final = (*INTEGERS, F32)
BYTE_LIKE: Final = (BYTES, STR, ADDRESS)
PRIMS: Final = {p.name: p for p in (*NUMBERS, BOOL, *BYTE_LIKE)}
ELEMENTS: Final = {"f32": DType.F32, "i32": DType.I32, "i8": DType.I8, "bool": DType.BOOL}
KEYS: Final = (*INTEGERS, BOOL, *BYTE_LIKE)


def leaves(type_: Type) -> tuple[tuple[str, Leaf], ...]:
    """The parts of a value in declaration order, each with its path: ``.w1``, or ``""`` alone."""
    if isinstance(type_, Struct):
        return tuple(
            (f".{name}{path}", leaf) for name, t in type_.members for path, leaf in leaves(t)
        )
    if isinstance(type_, Several):
        return tuple(pair for item in type_.items for pair in leaves(item))
    if isinstance(type_, Prim | Tensor):
        return (("", type_),)
    raise AssertionError(type_)


def width(type_: Type) -> int:
    """Number of leaves."""
    return len(leaves(type_))


def code(leaf: Leaf) -> int:
    """The register type of a leaf, a code of `isa.types`."""
    if isinstance(leaf, Tensor):
        return machine.tensor(ELEMENTS[leaf.element], len(leaf.dims))
    if leaf in BYTE_LIKE:
        return machine.Type.BYTES
    return machine.Type[leaf.name.upper()]


def ones(leaf: Leaf) -> int:
    """The mask of axes whose size is written 1."""
    if not isinstance(leaf, Tensor):
        return 0
    return sum(1 << i for i, dim in enumerate(leaf.dims) if dim.constant == 1)


def element(tensor: Tensor) -> Prim:
    """The type of one element when it is read."""
    return I32 if tensor.element == "i8" else PRIMS[tensor.element]


def substitute(type_: Type, values: Mapping[DimVar, Dim]) -> Type:
    """The type with named dimensions replaced."""
    if isinstance(type_, Tensor):
        return Tensor(type_.element, tuple(d.substitute(values) for d in type_.dims))
    if isinstance(type_, Several):
        return Several(tuple(substitute(item, values) for item in type_.items))
    return type_  # members of structs and values of maps have constant dims


def variables(type_: Type) -> tuple[DimVar, ...]:
    """The named dimensions of a type, in order of appearance."""
    found = [v for _, leaf in leaves(type_) if isinstance(leaf, Tensor) for d in leaf.dims
             for v in d.variables]  # fmt: skip
    return tuple(dict.fromkeys(found))
