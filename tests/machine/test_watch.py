"""The registers in a trace: what is hashed, when, and that a fault is seen though it is lost."""

from __future__ import annotations

import struct
from zlib import crc32

import numpy as np
import pytest

from anhvm.assembler import assemble
from anhvm.errors import Bug
from anhvm.fuzz.cases import Case
from anhvm.fuzz.engines import Subject, cores, reference, stepped
from anhvm.fuzz.observe import Line, differences, observe
from anhvm.program.encode import encode
from anhvm.program.engine import Env, Value
from anhvm.program.trace import Mark, Watch
from tests.machine.build import engine

EVERY_KIND = """
function all call (u64, i64, i32, f32, bool, bytes, f32[2], i8[1], i32[1]) -> ()
  reg a: u64 = arg 0
  reg b: i64 = arg 1
  reg c: i32 = arg 2
  reg d: f32 = arg 3
  reg e: bool = arg 4
  reg f: bytes = arg 5
  reg g: f32[2] = arg 6
  reg h: i8[1] = arg 7
  reg k: i32[1] = arg 8
  reg l: bool[3]
  reg m: bytes
  ret ()
"""
NAN = struct.unpack("<f", struct.pack("<I", 0xFFC01234))[0]
GIVEN: tuple[Value, ...] = (
    (1 << 64) - 1,
    -2,
    -3,
    np.float32(NAN),
    True,
    b"some bytes",
    np.array([[1.5, NAN, -0.0]], np.float32),
    np.array([-1, 2], np.int8),
    np.array([-1], np.int32),
)
EXPECTED = b"".join(
    (
        struct.pack("<Q", (1 << 64) - 1),
        struct.pack("<q", -2),
        struct.pack("<iI", -3, 0),
        struct.pack("<Q", 0x7FC00000),
        struct.pack("<Q", 1),
        struct.pack("<BQ", 255, 10) + b"some bytes",
        struct.pack("<BQQ", 2, 1, 3) + struct.pack("<fIf", 1.5, 0x7FC00000, -0.0),
        struct.pack("<BQbb", 1, 2, -1, 2),
        struct.pack("<BQi", 1, 1, -1),
        struct.pack("<BQQQ", 3, 0, 0, 0),
        struct.pack("<BQ", 255, 0),
    )
)
"""The page's own words on `EVERY_KIND`, by hand."""

DEAD = """
const one: u64 = 1
function f call (u64, u64) -> (u64)
  reg a: u64 = arg 0
  reg b: u64 = arg 1
  reg one: u64 = const one
  reg lost: u64
  reg i: u64
  reg more: bool
  u64.{operation} lost, a, b
  {after}
again:
  u64.add i, i, one
  u64.lt more, i, a
  jif more, again
  ret (i)
"""


def traced(subject: Subject, text: str, *args: Value) -> tuple[Line, ...]:
    encoded = encode(assemble(text))
    given = Case(0, assemble(text), encoded, args, Env(), 10_000)
    return observe(subject.engine, subject.engine.load(encoded), given, subject.recorder.take).trace


@pytest.mark.parametrize("subject", [reference(), *cores()[:2]], ids=lambda s: s.name)
def test_registers_of_every_kind_are_hashed_as_the_page_says(subject: Subject) -> None:
    block, registers = traced(subject, EVERY_KIND, *GIVEN)
    assert block[:3] == (Mark.BLOCK, 0, 0)
    assert registers == (Mark.REGISTERS, 0, 0, crc32(EXPECTED))


@pytest.mark.parametrize("subject", stepped(), ids=lambda s: s.name)
def test_steps_come_before_every_instruction_once(subject: Subject) -> None:
    text = DEAD.format(operation="and", after="mov lost, one")
    marks = [(mark, pc) for mark, _, pc, _ in traced(subject, text, 2, 3)]
    first = [(Mark.BLOCK, 0), (Mark.REGISTERS, 0), (Mark.REGISTERS, 1)]
    loop = [(Mark.BLOCK, 2), *((Mark.REGISTERS, pc) for pc in (2, 3, 4))]
    assert marks == [*first, *loop, *loop, (Mark.BLOCK, 5), (Mark.REGISTERS, 5)]


@pytest.mark.parametrize("subject", [reference(), *cores()[:2]], ids=lambda s: s.name)
def test_registers_follow_every_mark_while_there_is_a_frame(subject: Subject) -> None:
    lines = traced(subject, DEAD.format(operation="and", after="mov lost, one"), 9, 3)
    assert {line[0] for line in lines[::2]} == {Mark.BLOCK} and len(lines) == 2 * 11
    assert all(line[0] == Mark.REGISTERS for line in lines[1::2])


@pytest.mark.parametrize("subject", [reference(), *cores()[:2]], ids=lambda s: s.name)
def test_no_registers_are_told_where_there_is_no_frame(subject: Subject) -> None:
    program = assemble(EVERY_KIND)
    given = Case(0, program, encode(program), GIVEN, Env(), 1)
    loaded = subject.engine.load(given.encoded)
    lines = observe(subject.engine, loaded, given, subject.recorder.take).trace
    assert lines == ((Mark.TRAP, 0, 0, 0),)


@pytest.mark.parametrize("after", ["mov lost, lost", "mov lost, one"])
def test_a_register_that_is_wrong_is_seen_where_nothing_else_shows_it(after: str) -> None:
    """`or` in place of `and`, of equal price, is what a wrong handler would be."""
    right, wrong = (DEAD.format(operation=word, after=after) for word in ("and", "or"))
    at_marks = [(one, other) for one in [reference()] for other in cores()[:2]]
    for judge, subject in [*at_marks, stepped()]:
        assert traced(judge, right, 6, 3) == traced(subject, right, 6, 3), subject.name
        same = traced(judge, right, 6, 3) == traced(subject, wrong, 6, 3)
        # Overwritten before the next block, it shows between two instructions only.
        assert same == (after == "mov lost, one" and subject.name != "core by steps")


def test_without_the_registers_that_fault_does_not_show() -> None:
    right, wrong = (
        assemble(DEAD.format(operation=word, after="mov lost, lost")) for word in ("and", "or")
    )
    subject = reference(Watch.NOTHING)
    seen = [
        observe(
            subject.engine,
            subject.engine.load(encode(program)),
            Case(0, program, encode(program), (6, 3), Env(), 10_000),
            subject.recorder.take,
        )
        for program in (right, wrong)
    ]
    assert differences(*seen) == []


def test_steps_of_fused_code_are_refused() -> None:
    with pytest.raises(Bug):
        engine(trace=lambda *_: None, watch=Watch.STEPS)
    with pytest.raises(Bug):
        engine(unfused=True, watch=Watch.STEPS)
