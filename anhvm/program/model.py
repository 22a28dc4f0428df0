"""What a program is made of, as plain immutable data.

A register has a type and an *initialiser*, which is also its provenance: a register whose
initialiser is not `ZERO` is filled when the frame starts and is never written by an instruction.
So a key that sits in such a register is known from the bytes of a transaction alone, and the
verifier sees it without any flow analysis.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Final

VERSION: Final = 1
MAX_EFFECTS: Final = 64
MAX_KEYS: Final = 4


class Init(IntEnum):
    """How a register starts, and where a key of a cell comes from."""

    ZERO = 0  # zero, empty bytes, or a tensor whose dims are all 0; as a key: any value
    CONST = 1  # constant `index` of the program
    ARG = 2  # argument `index` of the function
    SENDER = 3  # bytes: who signed the transaction
    SELF = 4  # bytes: this contract
    VALUE = 5  # u64: money sent with the call
    HEIGHT = 6  # u64: of the block
    TIME = 7  # u64: of the block, in milliseconds


class Kind(IntEnum):
    """Who may call a function."""

    INTERNAL = 0
    CALL = 1
    VIEW = 2
    INIT = 3


class SiteKind(IntEnum):
    """What a call site describes.  `target`, `ins`, `outs`, `attrs` mean, per kind:"""

    CALL = 1  # target function; ins arguments; outs results
    RET = 2  # ins results
    KERNEL = 3  # target kernel id; ins operands; outs results; attrs of the kernel
    CELL = 4  # target field; ins keys
    EVENT = 5  # target event; ins values
    SLICE = 6  # ins source, from, to
    ELEMENT = 7  # ins tensor, one index an axis
    UPDATE = 8  # ins tensor, one index an axis, element
    EXTERN = 9  # target extern; ins arguments, address, gas; outs results


class Mode(IntEnum):
    READ = 1
    WRITE = 2


@dataclass(frozen=True)
class Const:
    """A constant: scalars as 8 little-endian bytes, bytes as they are, tensors row-major."""

    type: int
    data: bytes
    dims: tuple[int, ...] = ()


@dataclass(frozen=True)
class Field:
    """A storage field.  `keys` are the key types of a map, from the outside in (at most MAX_KEYS).

    `dims` are the fixed sizes of a tensor; `initial` is a constant, or -1 for zeros.
    """

    name: str
    type: int
    keys: tuple[int, ...] = ()
    dims: tuple[int, ...] = ()
    initial: int = -1


@dataclass(frozen=True)
class Event:
    name: str
    types: tuple[int, ...]


@dataclass(frozen=True)
class Extern:
    """A function that other contracts have: found there by name, kind and types.

    A VIEW is a VIEW there; a CALL may be one.  `stipend` is the gas that a call is promised.
    """

    name: str
    kind: Kind
    params: tuple[int, ...] = ()
    returns: tuple[int, ...] = ()
    stipend: int = 0


@dataclass(frozen=True)
class Register:
    type: int
    init: Init = Init.ZERO
    index: int = 0


@dataclass(frozen=True)
class Key:
    """Provenance of one key of an effect; `Init.ZERO` stands for any key."""

    init: Init
    index: int = 0


@dataclass(frozen=True)
class Effect:
    """Cells that a function may read or write: a field, and one provenance per key of it."""

    mode: Mode
    field: int
    keys: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Instr:
    op: int
    a: int = 0
    b: int = 0
    c: int = 0

    @property
    def target(self) -> int:
        return self.b | self.c << 16


@dataclass(frozen=True)
class Site:
    kind: SiteKind
    target: int = 0
    ins: tuple[int, ...] = ()
    outs: tuple[int, ...] = ()
    attrs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Line:
    """From instruction `pc` on, code comes from `line`, `column` (both from 1) of file `file`."""

    pc: int
    file: int
    line: int
    column: int


@dataclass(frozen=True)
class Function:
    """`reentrant`: other contracts may call it while the contract is at work; `stipend`: the gas
    that they have to give it."""

    name: str
    kind: Kind
    params: tuple[int, ...]
    returns: tuple[int, ...]
    registers: tuple[Register, ...]
    code: tuple[Instr, ...]
    sites: tuple[Site, ...] = ()
    effects: tuple[Effect, ...] = ()
    lines: tuple[Line, ...] = ()
    reentrant: bool = False
    stipend: int = 0


@dataclass(frozen=True)
class Program:
    """A unit of bytecode.  `abi` is the JSON of `program.abi.Abi`; `files` name the sources."""

    name: str
    consts: tuple[Const, ...] = ()
    fields: tuple[Field, ...] = ()
    events: tuple[Event, ...] = ()
    functions: tuple[Function, ...] = ()
    files: tuple[str, ...] = ()
    abi: bytes = b""
    externs: tuple[Extern, ...] = ()
    version: int = field(default=VERSION)

    @cached_property
    def instructions(self) -> int:
        """Instructions of all functions."""
        return sum(len(function.code) for function in self.functions)
