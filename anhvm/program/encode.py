"""The container: a program as bytes, and back.  There is exactly one encoding of a program.

Everything is little-endian and packed.  ``list X`` is a u32 count and that many X; ``text`` is a
u32 length and UTF-8 (no overlong forms, no surrogates); ``blob`` is a u32 length and bytes; types
are the codes of `isa.types`, enums those of `program.model`::

    program  = "ANHP", u16 version = 1, text name, list const, list field, list event,
               list extern, list function, list text (files), blob abi, digest[32]
    const    = u8 type, then  scalar: data[8]
                              bytes:  blob data
                              tensor: u32 dim * rank, data[product(dims) * item size]
    field    = text name, u8 type, list u8 (key types), u32 dim * rank (none unless a tensor),
               i32 initial
    event    = text name, list u8 (types)
    extern   = text name, u8 kind, list u8 (params), list u8 (returns), u64 stipend
    function = text name, u8 kind, list u8 (params), list u8 (returns), u8 reentrant (0 or 1),
               u64 stipend, list register, list instr, list site, list effect, list line
    register = u8 type, u8 init, u16 index
    instr    = u16 op, u16 a, u16 b, u16 c
    site     = u8 kind, u32 target, list u16 (ins), list u16 (outs), list u32 (attrs)
    effect   = u8 mode, u16 field, list key
    key      = u8 init, u16 index
    line     = u32 pc, u16 file, u32 line, u32 column

The digest is BLAKE3 in key derivation mode, context ``anhvm program 1``, of all bytes before it.

`decode` refuses, beside truncated and trailing bytes and a wrong magic, version or digest: a code
that is no type, opcode, init, kind, site kind or mode; a field of an instruction that its row does
not use and is not 0; an index that is not 0 at an init other than CONST and ARG; a part of a site
that its kind does not use (`SITE_PARTS`) and is not 0 or empty; a tensor constant whose product of
dims, zeros counted as 1, is above MAX_ELEMENTS.  All else is the verifier's.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from enum import IntEnum
from itertools import chain
from math import prod
from typing import Final, TypeVar

from blake3 import blake3

from anhvm.errors import Bug, UserError
from anhvm.isa.operands import USED
from anhvm.isa.types import (
    ITEMSIZE,
    SCALARS,
    Type,
    dtype_of,
    fits,
    is_tensor,
    is_type,
    rank_of,
)
from anhvm.program.model import (
    VERSION,
    Const,
    Effect,
    Event,
    Extern,
    Field,
    Function,
    Init,
    Instr,
    Key,
    Kind,
    Line,
    Mode,
    Program,
    Register,
    Site,
    SiteKind,
)

T = TypeVar("T")
E = TypeVar("E", bound=IntEnum)

MAGIC: Final = b"ANHP"
CONTEXT: Final = "anhvm program 1"
DIGEST_SIZE: Final = 32
INDEXED: Final = frozenset({Init.CONST, Init.ARG})
"""Initialisers with an index."""
SITE_PARTS: Final = {
    SiteKind.CALL: ("target", "ins", "outs"),
    SiteKind.RET: ("ins",),
    SiteKind.KERNEL: ("target", "ins", "outs", "attrs"),
    SiteKind.CELL: ("target", "ins"),
    SiteKind.EVENT: ("target", "ins"),
    SiteKind.SLICE: ("ins",),
    SiteKind.ELEMENT: ("ins",),
    SiteKind.UPDATE: ("ins",),
    SiteKind.EXTERN: ("target", "ins", "outs"),
}
"""The parts that a site of each kind uses; the others are 0 or empty."""

_NUMBERS: Final = {letter: struct.Struct(f"<{letter}") for letter in "BHIiQ"}
_TYPES: Final = frozenset(code for code in range(256) if is_type(code))
_INITS: Final = {int(init): init for init in Init}
_KINDS: Final = {int(kind): kind for kind in Kind}
_MODES: Final = {int(mode): mode for mode in Mode}
_SITE_KINDS: Final = {int(kind): kind for kind in SiteKind}


class BadContainer(UserError):
    """Bytes that are no program.  The message says what and at which byte."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(
            "program.container",
            f"This is not a program of version {VERSION}: {what} at byte {at}.",
            "Compile the contract again, and compare the sizes if it was copied.",
        )


def digest(body: bytes) -> bytes:
    """The 32 bytes that end a container whose other bytes are `body`."""
    return blake3(body, derive_key_context=CONTEXT).digest()


def encode(program: Program) -> bytes:
    """The container of `program`.

    It does not judge: what the verifier would refuse is encoded all the same.  Raises `Bug` where
    a number does not fit its place.
    """
    try:
        body = b"".join(_program(program))
    except (struct.error, UnicodeEncodeError) as error:
        raise Bug(f"a program that cannot be encoded: {error}") from error
    return body + digest(body)


def decode(data: bytes) -> Program:
    """The program that encodes to exactly `data`; raises `BadContainer`."""
    return _Reader(data).program()


def _list(items: Iterable[bytes]) -> bytes:
    parts = list(items)
    return struct.pack("<I", len(parts)) + b"".join(parts)


def _flat(items: tuple[int, ...], letter: str) -> bytes:
    return struct.pack(f"<I{len(items)}{letter}", len(items), *items)


def _blob(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data


def _text(text: str) -> bytes:
    return _blob(text.encode())


def _dims(kind: int, dims: tuple[int, ...]) -> bytes:
    if len(dims) != (rank_of(kind) if is_tensor(kind) else 0):
        raise Bug(f"{len(dims)} dims for type {kind}")
    return struct.pack(f"<{len(dims)}I", *dims)


def _const(const: Const) -> bytes:
    head = struct.pack("<B", const.type) + _dims(const.type, const.dims)
    if const.type == Type.BYTES:
        return head + _blob(const.data)
    size = prod(const.dims) * ITEMSIZE[dtype_of(const.type)] if is_tensor(const.type) else 8
    if len(const.data) != size:
        raise Bug(f"a constant of {len(const.data)} bytes instead of {size}")
    return head + const.data


def _field(field: Field) -> bytes:
    head = _text(field.name) + struct.pack("<B", field.type) + _flat(field.keys, "B")
    return head + _dims(field.type, field.dims) + struct.pack("<i", field.initial)


def _site(site: Site) -> bytes:
    lists = _flat(site.ins, "H") + _flat(site.outs, "H") + _flat(site.attrs, "I")
    return struct.pack("<BI", site.kind, site.target) + lists


def _effect(effect: Effect) -> bytes:
    keys = _list(struct.pack("<BH", key.init, key.index) for key in effect.keys)
    return struct.pack("<BH", effect.mode, effect.field) + keys


def _head(item: Extern | Function) -> bytes:
    kinds = _flat(item.params, "B") + _flat(item.returns, "B")
    return _text(item.name) + struct.pack("<B", item.kind) + kinds


def _extern(extern: Extern) -> bytes:
    return _head(extern) + struct.pack("<Q", extern.stipend)


def _function(function: Function) -> bytes:
    return b"".join(
        (
            _head(function),
            struct.pack("<BQ", function.reentrant, function.stipend),
            _list(struct.pack("<BBH", r.type, r.init, r.index) for r in function.registers),
            _list(struct.pack("<4H", i.op, i.a, i.b, i.c) for i in function.code),
            _list(map(_site, function.sites)),
            _list(map(_effect, function.effects)),
            _list(struct.pack("<IHII", x.pc, x.file, x.line, x.column) for x in function.lines),
        )
    )


def _program(program: Program) -> Iterable[bytes]:
    events = (_text(event.name) + _flat(event.types, "B") for event in program.events)
    return chain(
        (MAGIC, struct.pack("<H", program.version), _text(program.name)),
        (_list(map(_const, program.consts)), _list(map(_field, program.fields)), _list(events)),
        (_list(map(_extern, program.externs)), _list(map(_function, program.functions))),
        (_list(map(_text, program.files)), _blob(program.abi)),
    )


class _Reader:
    """A cursor over the bytes; each method reads one record, none beyond the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.end = len(data) - DIGEST_SIZE

    def program(self) -> Program:
        if self.end < 0 or digest(self.data[: self.end]) != self.data[self.end :]:
            raise self.bad("the digest does not match")
        if self.take(len(MAGIC)) != MAGIC or self.number("H") != VERSION:
            raise self.bad("another magic or version")
        name, consts, fields = self.text(), self.list(self.const), self.list(self.field)
        events, externs = self.list(self.event), self.list(self.extern)
        functions, files, abi = self.list(self.function), self.list(self.text), self.blob()
        program = Program(name, consts, fields, events, functions, files, abi, externs)
        if self.at != self.end:
            raise self.bad("bytes after the last section")
        return program

    def bad(self, what: str) -> BadContainer:
        return BadContainer(what, self.at)

    def take(self, size: int) -> bytes:
        if size > self.end - self.at:
            raise self.bad("the bytes end too early")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, letter: str) -> int:
        layout, at = _NUMBERS[letter], self.at
        if layout.size > self.end - at:
            raise self.bad("the bytes end too early")
        self.at = at + layout.size
        value: int = layout.unpack_from(self.data, at)[0]
        return value

    def list(self, item: Callable[[], T]) -> tuple[T, ...]:
        return tuple(item() for _ in range(self.number("I")))

    def rows(self, layout: str) -> Iterable[tuple[int, ...]]:
        """A list of records of fixed size."""
        return struct.iter_unpack(layout, self.take(self.number("I") * struct.calcsize(layout)))

    def flat(self, letter: str) -> tuple[int, ...]:
        """A list of numbers."""
        count = self.number("I")
        size = _NUMBERS[letter].size
        return struct.unpack(f"<{count}{letter}", self.take(count * size)) if count else ()

    def blob(self) -> bytes:
        return self.take(self.number("I"))

    def text(self) -> str:
        try:
            return self.blob().decode()
        except UnicodeDecodeError as error:
            raise self.bad("text that is not UTF-8") from error

    def enum(self, members: Mapping[int, E], value: int) -> E:
        member = members.get(value)
        if member is None:
            raise self.bad(f"{value} is no code of an enum")
        return member

    def type(self, code: int) -> int:
        if code not in _TYPES:
            raise self.bad(f"{code} is no type")
        return code

    def types(self) -> tuple[int, ...]:
        return tuple(map(self.type, self.flat("B")))

    def dims(self, code: int) -> tuple[int, ...]:
        return tuple(self.number("I") for _ in range(rank_of(code) if is_tensor(code) else 0))

    def const(self) -> Const:
        code = self.type(self.number("B"))
        if code in SCALARS:
            return Const(code, self.take(8))
        if code == Type.BYTES:
            return Const(code, self.blob())
        dims = self.dims(code)
        if not fits(dims):
            raise self.bad("a constant with too many elements")
        return Const(code, self.take(prod(dims) * ITEMSIZE[dtype_of(code)]), dims)

    def field(self) -> Field:
        name, code, keys = self.text(), self.type(self.number("B")), self.types()
        return Field(name, code, keys, self.dims(code), self.number("i"))

    def event(self) -> Event:
        return Event(self.text(), self.types())

    def origin(self, init: int, index: int) -> tuple[Init, int]:
        origin = self.enum(_INITS, init)
        if index and origin not in INDEXED:
            raise self.bad(f"{origin.name} has no index")
        return origin, index

    def instr(self, op: int, a: int, b: int, c: int) -> Instr:
        if op not in USED:
            raise self.bad(f"{op:#x} is no opcode")
        uses_a, uses_b, uses_c = USED[op]
        if (a and not uses_a) or (b and not uses_b) or (c and not uses_c):
            raise self.bad("an unused field of an instruction is not 0")
        return Instr(op, a, b, c)

    def site(self) -> Site:
        kind = self.enum(_SITE_KINDS, self.number("B"))
        site = Site(kind, self.number("I"), self.flat("H"), self.flat("H"), self.flat("I"))
        for part in ("target", "ins", "outs", "attrs"):
            if part not in SITE_PARTS[kind] and getattr(site, part):
                raise self.bad(f"a site of kind {kind.name} has no {part}")
        return site

    def effect(self) -> Effect:
        mode, field = self.enum(_MODES, self.number("B")), self.number("H")
        return Effect(mode, field, tuple(Key(*self.origin(*row)) for row in self.rows("<BH")))

    def head(self) -> tuple[str, Kind, tuple[int, ...], tuple[int, ...]]:
        return self.text(), self.enum(_KINDS, self.number("B")), self.types(), self.types()

    def extern(self) -> Extern:
        return Extern(*self.head(), self.number("Q"))

    def flag(self) -> bool:
        value = self.number("B")
        if value > 1:
            raise self.bad(f"{value} is neither 0 nor 1")
        return value == 1

    def function(self) -> Function:
        head, reentrant, stipend = self.head(), self.flag(), self.number("Q")
        return Function(
            *head,
            tuple(Register(self.type(t), *self.origin(i, x)) for t, i, x in self.rows("<BBH")),
            tuple(self.instr(*row) for row in self.rows("<4H")),
            self.list(self.site),
            self.list(self.effect),
            tuple(Line(*row) for row in self.rows("<IHII")),
            reentrant,
            stipend,
        )
