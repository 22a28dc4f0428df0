"""The container: one encoding of a program, and a refusal for everything else."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.assembler import assemble
from anhvm.errors import Bug
from anhvm.fuzz.generate import generate
from anhvm.fuzz.mutate import mutate
from anhvm.isa.opcodes import BY_NAME
from anhvm.isa.types import MAX_ELEMENTS, DType, Type, tensor
from anhvm.program.encode import DIGEST_SIZE, BadContainer, decode, digest, encode
from anhvm.program.model import (
    Const,
    Effect,
    Event,
    Field,
    Function,
    Init,
    Instr,
    Key,
    Program,
    Register,
    Site,
    SiteKind,
)

TINY = assemble("program tiny\nfunction f call () -> ()\n  ret ()\n")


def sealed(body: bytes) -> bytes:
    return body + digest(body)


def body_of(program: Program) -> bytes:
    return encode(program)[:-DIGEST_SIZE]


@given(st.integers(0))
def test_a_program_comes_back(seed: int) -> None:
    program = generate(Random(seed))
    assert decode(encode(program)) == program


@given(st.integers(0), st.integers(0))
def test_what_is_accepted_encodes_to_the_same_bytes(seed: int, damage: int) -> None:
    broken = sealed(mutate(Random(damage), body_of(generate(Random(seed)))))
    try:
        program = decode(broken)
    except BadContainer:
        return
    assert encode(program) == broken


def test_no_part_of_a_container_is_one() -> None:
    body = body_of(TINY)
    for end in range(len(body)):
        with pytest.raises(BadContainer):
            decode(sealed(body[:end]))
    for data in (b"", bytes(31), bytes(32), body, sealed(body) + b"\0", sealed(body + b"\0")):
        with pytest.raises(BadContainer):
            decode(data)


@pytest.mark.parametrize("at", range(len(encode(TINY))))
def test_every_flipped_bit_is_seen(at: int) -> None:
    data = bytearray(encode(TINY))
    data[at] ^= 1 << at % 8
    with pytest.raises(BadContainer, match="digest"):
        decode(bytes(data))


def with_function(**parts: Any) -> Program:
    function: Function = replace(TINY.functions[0], **parts)
    return replace(TINY, functions=(function,))


def with_site(kind: SiteKind, **parts: Any) -> Program:
    return with_function(sites=(Site(kind, **parts),))


F32_1 = tensor(DType.F32, 1)
REFUSED: list[tuple[str, Program]] = [
    ("version", replace(TINY, version=2)),
    ("no type", with_function(registers=(Register(7),))),
    ("no type", with_function(registers=(Register(0x47),))),
    ("no type", with_function(registers=(Register(0x60),))),
    ("no type", with_function(params=(0,))),
    ("no type", with_function(returns=(200,))),
    ("no type", replace(TINY, fields=(Field("f", 0),))),
    ("no type", replace(TINY, fields=(Field("f", Type.U64, (9,)),))),
    ("no type", replace(TINY, events=(Event("e", (0x40,)),))),
    ("no code", with_function(kind=4)),
    ("no code", with_function(registers=(Register(1, 8),))),  # type: ignore[arg-type]
    ("no code", with_function(sites=(Site(10),))),  # type: ignore[arg-type]
    ("no code", with_function(sites=(Site(0),))),  # type: ignore[arg-type]
    ("no code", with_function(effects=(Effect(3, 0),))),  # type: ignore[arg-type]
    ("no code", with_function(effects=(Effect(1, 0, (Key(8),)),))),  # type: ignore[arg-type]
    ("no opcode", with_function(code=(Instr(0),))),
    ("no opcode", with_function(code=(Instr(0xFFFF),))),
    ("unused field", with_function(code=(Instr(BY_NAME["jmp"].code, 1),))),
    ("unused field", with_function(code=(Instr(BY_NAME["ret"].code, 0, 1),))),
    ("unused field", with_function(code=(Instr(BY_NAME["mov"].code, 0, 0, 1),))),
    ("has no index", with_function(registers=(Register(1, Init.ZERO, 1),))),
    ("has no index", with_function(registers=(Register(1, Init.TIME, 1),))),
    ("has no index", with_function(effects=(Effect(1, 0, (Key(Init.SELF, 1),)),))),  # type: ignore[arg-type]
    ("has no target", with_site(SiteKind.RET, target=1)),
    ("has no outs", with_site(SiteKind.RET, outs=(1,))),
    ("has no attrs", with_site(SiteKind.CALL, attrs=(1,))),
    ("has no outs", with_site(SiteKind.CELL, outs=(1,))),
    ("has no outs", with_site(SiteKind.EVENT, outs=(1,))),
    ("has no target", with_site(SiteKind.SLICE, target=1)),
    ("has no target", with_site(SiteKind.ELEMENT, target=1)),
    ("has no attrs", with_site(SiteKind.UPDATE, attrs=(0,))),
]


@pytest.mark.parametrize(("why", "program"), REFUSED)
def test_what_would_not_encode_to_the_same_bytes_is_refused(why: str, program: Program) -> None:
    with pytest.raises(BadContainer, match=why):
        decode(encode(program))


def spliced(old: bytes, new: bytes, program: Program = TINY) -> bytes:
    body = body_of(program)
    assert body.count(old) == 1
    return sealed(body.replace(old, new))


@pytest.mark.parametrize("text", [b"\xff\xfe\xfa\xfb", b"\xc0\x80ab", b"\xed\xa0\x80a"])
def test_text_that_is_not_utf8_is_refused(text: bytes) -> None:
    with pytest.raises(BadContainer, match="UTF-8"):
        decode(spliced(b"tiny", text))


def test_the_magic_is_checked() -> None:
    with pytest.raises(BadContainer, match="magic"):
        decode(spliced(b"ANHP", b"ANHQ"))


def test_a_constant_above_the_size_limit_is_refused_whatever_its_data() -> None:
    shape = tensor(DType.I8, 2)
    program = replace(TINY, consts=(Const(shape, b"", (0, 3)),))
    dims = struct.pack("<II", 0, 3)
    assert decode(spliced(dims, struct.pack("<II", 0, MAX_ELEMENTS), program))
    with pytest.raises(BadContainer, match="too many"):
        decode(spliced(dims, struct.pack("<II", 0, MAX_ELEMENTS + 1), program))


@pytest.mark.parametrize("count", [1 << 20, (1 << 32) - 1])
def test_a_count_beyond_the_bytes_is_refused_at_once(count: int) -> None:
    size = struct.pack("<I", len("tiny"))
    with pytest.raises(BadContainer, match="too early"):
        decode(spliced(size + b"tiny", struct.pack("<I", count) + b"tiny"))


@pytest.mark.parametrize(
    "broken",
    [
        lambda: replace(TINY, consts=(Const(Type.U64, b"1"),)),
        lambda: replace(TINY, consts=(Const(F32_1, bytes(8), (3,)),)),
        lambda: replace(TINY, consts=(Const(F32_1, bytes(8), (1, 2)),)),
        lambda: with_function(code=(Instr(1 << 16),)),
        lambda: replace(TINY, name="\ud800"),
    ],
)
def test_what_has_no_place_in_a_container_is_a_bug_of_ours(broken: Callable[[], Program]) -> None:
    with pytest.raises(Bug):
        encode(broken())
