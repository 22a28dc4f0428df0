"""Rules on what a program declares, each broken alone in a program that is accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anhvm.isa.types import MAX_ELEMENTS, DType, Type, tensor
from anhvm.program.model import (
    Effect,
    Event,
    Field,
    Init,
    Key,
    Line,
    Mode,
    Register,
)
from tests.verifier.base import (
    BASE,
    HELPER,
    LOOK,
    MAIN,
    Break,
    const,
    extra_field,
    function,
    refusal,
    register,
)

F1, F2 = tensor(DType.F32, 1), tensor(DType.F32, 2)
LONG = "x" * 256


def also_reads(*keys: Key) -> Break:
    """The helper with one more effect, on the map."""
    effects = BASE.functions[HELPER].effects
    return function(HELPER, effects=(Effect(Mode.READ, 1, keys), *effects))


CASES: list[tuple[str, str, Break]] = [
    # parts
    ("limit", "program name", lambda p: replace(p, name=LONG)),
    ("limit", "field name", extra_field(Field(LONG, Type.U64))),
    ("limit", "event name", lambda p: replace(p, events=(*p.events, Event(LONG, ())))),
    ("limit", "file name", lambda p: replace(p, files=(*p.files, "é" * 128))),
    ("limit", "function name", function(LOOK, name=LONG)),
    ("limit", "consts", lambda p: replace(p, consts=p.consts + p.consts[:1] * 65536)),
    ("limit", "types", lambda p: replace(p, events=(*p.events, Event("e", (1,) * 65537)))),
    ("limit", "functions", lambda p: replace(p, functions=p.functions + p.functions[:1] * 65536)),
    ("const", "bool of 2", const(1, b"\2" + bytes(7))),
    ("const", "bool with high bytes", const(1, b"\1" + bytes(6) + b"\1")),
    ("const", "i32 not sign-extended", const(2, b"\xff" * 4 + bytes(4))),
    ("const", "f32 with an upper half", const(3, bytes(4) + b"\1" + bytes(3))),
    ("const", "subnormal f32", const(3, b"\1" + bytes(7))),
    ("const", "negative subnormal f32", const(3, b"\1\0\0\x80" + bytes(4))),
    ("const", "strange NaN", const(3, b"\1\0\xc0\x7f" + bytes(4))),
    ("const", "negative NaN", const(3, b"\0\0\xc0\xff" + bytes(4))),
    ("const", "subnormal element", const(5, bytes(4) + b"\1\0\0\0")),
    ("const", "bool element of 2", const(6, b"\1\2")),
    ("field", "five keys", extra_field(Field("f", Type.U64, (1,) * 5))),
    ("field", "f32 key", extra_field(Field("f", Type.U64, (Type.F32,)))),
    ("field", "tensor key", extra_field(Field("f", Type.U64, (F1,)))),
    ("field", "too many elements", extra_field(Field("f", F2, (), (MAX_ELEMENTS, 2)))),
    ("field", "unknown initial", extra_field(Field("f", Type.U64, initial=7))),
    ("field", "initial below -1", extra_field(Field("f", Type.U64, initial=-2))),
    ("field", "initial of another type", extra_field(Field("f", Type.I64, initial=0))),
    ("field", "initial of other dims", extra_field(Field("f", F1, (), (3,), 5))),
    # frames
    ("limit", "registers", function(LOOK, registers=(Register(1),) * 4097)),
    ("limit", "code", function(LOOK, code=BASE.functions[LOOK].code * 600_000)),
    ("limit", "sites", function(LOOK, sites=BASE.functions[LOOK].sites * 40_000)),
    ("limit", "parameters", function(LOOK, params=(1,) * 65537)),
    ("limit", "results", function(LOOK, returns=(1,) * 65537)),
    ("register", "unknown constant", register(MAIN, 3, Register(1, Init.CONST, 7))),
    ("register", "constant of another type", register(MAIN, 3, Register(1, Init.CONST, 1))),
    ("register", "unknown argument", register(MAIN, 0, Register(1, Init.ARG, 2))),
    ("register", "argument of another type", register(MAIN, 0, Register(1, Init.ARG, 1))),
    ("register", "sender is bytes", register(MAIN, 0, Register(1, Init.SENDER))),
    ("register", "self is bytes", register(MAIN, 0, Register(1, Init.SELF))),
    ("register", "value is u64", register(MAIN, 2, Register(6, Init.VALUE))),
    ("register", "height is u64", register(MAIN, 2, Register(6, Init.HEIGHT))),
    ("register", "time is u64", register(MAIN, 2, Register(6, Init.TIME))),
    ("effect", "too many", function(LOOK, effects=BASE.functions[LOOK].effects * 65)),
    ("effect", "unknown field", function(LOOK, effects=(Effect(Mode.READ, 2),))),
    ("effect", "a key too few", also_reads(Key(Init.SENDER))),
    ("effect", "key of another type", also_reads(Key(Init.SENDER), Key(Init.SELF))),
    ("effect", "key of an unknown argument", also_reads(Key(Init.SENDER), Key(Init.ARG, 5))),
    ("effect", "key of an unknown constant", also_reads(Key(Init.SENDER), Key(Init.CONST, 9))),
    ("effect", "key of an argument of another type", also_reads(Key(Init.ARG, 0), Key(Init.ZERO))),
    ("view", "a view that may write", function(LOOK, effects=(Effect(Mode.WRITE, 0),))),
    ("line", "out of order", function(MAIN, lines=(Line(4, 0, 1, 1), Line(0, 0, 1, 1)))),
    ("line", "twice", function(MAIN, lines=(Line(4, 0, 1, 1), Line(4, 0, 1, 1)))),
    ("line", "beyond the code", function(LOOK, lines=(Line(2, 0, 1, 1),))),
    ("line", "unknown file", function(LOOK, lines=(Line(0, 1, 1, 1),))),
    ("line", "line 0", function(LOOK, lines=(Line(0, 0, 0, 1),))),
    ("line", "column 0", function(LOOK, lines=(Line(0, 0, 1, 0),))),
]


@pytest.mark.parametrize(("rule", "name", "change"), CASES, ids=[f"{r}: {n}" for r, n, _ in CASES])
def test_a_broken_rule_is_refused_by_its_name(rule: str, name: str, change: Break) -> None:
    assert refusal(change(BASE)).code == f"verify.{rule}"
