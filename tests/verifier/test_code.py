"""Rules on sites and instructions, each broken alone in a program that is accepted."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.assembler import assemble
from anhvm.fuzz.generate import generate
from anhvm.program.model import (
    Kind,
)
from anhvm.verifier import verify
from tests.verifier.base import (
    BASE,
    LOOK,
    MAIN,
    MAIN_CODE,
    Break,
    branch,
    function,
    refusal,
    site,
    site_of,
    text,
)

CASES: list[tuple[str, str, Break]] = [
    # sites
    ("site", "unknown register in", site(MAIN, site_of("RET"), ins=(99,))),
    ("site", "unknown register out", site(MAIN, site_of("CALL"), outs=(99,))),
    ("write", "result in an argument", site(MAIN, site_of("CALL"), outs=(0,))),
    ("write", "kernel result in a constant", site(MAIN, site_of("KERNEL"), outs=(1,))),
    ("site", "unknown function", site(MAIN, site_of("CALL"), target=3)),
    ("type", "an argument too few", site(MAIN, site_of("CALL"), ins=(4,))),
    ("type", "argument of another type", site(MAIN, site_of("CALL"), ins=(6, 2))),
    ("type", "result of another type", site(MAIN, site_of("CALL"), outs=(6,))),
    ("type", "a result too few", site(MAIN, site_of("CALL"), outs=())),
    (
        "call",
        "effects of the callee",
        text("writes seen[sender, any]", "writes seen[self, any]"),
    ),
    ("type", "ret of another type", site(MAIN, site_of("RET"), ins=(6,))),
    ("site", "unknown kernel", site(MAIN, site_of("KERNEL"), target=1000)),
    ("type", "kernel on bytes", site(MAIN, site_of("KERNEL"), ins=(2, 10))),
    ("kernel", "kernel on another rank", site(MAIN, site_of("KERNEL"), ins=(9, 10))),
    ("kernel", "kernel with an operand too few", site(MAIN, site_of("KERNEL"), ins=(10,))),
    ("kernel", "kernel without its attributes", site(MAIN, site_of("KERNEL", 1), attrs=())),
    ("kernel", "an axis that does not exist", site(MAIN, site_of("KERNEL", 1), attrs=(4, 0))),
    ("kernel", "keeps an axis it does not reduce", site(MAIN, site_of("KERNEL", 1), attrs=(1, 2))),
    ("type", "kernel result of another rank", site(MAIN, site_of("KERNEL"), outs=(9,))),
    ("type", "a dimension that is no u64", site(MAIN, site_of("KERNEL", 2), ins=(7, 4, 6))),
    ("site", "unknown field", site(MAIN, site_of("CELL"), target=2)),
    ("type", "a key too few", site(MAIN, site_of("CELL", 2), ins=(2,))),
    ("type", "key of another type", site(MAIN, site_of("CELL", 2), ins=(0, 2))),
    ("site", "unknown event", site(MAIN, site_of("EVENT"), target=1)),
    ("type", "event value of another type", site(MAIN, site_of("EVENT"), ins=(2, 4))),
    ("type", "slice from an i32", site(MAIN, site_of("SLICE"), ins=(2, 11, 4))),
    ("type", "slice of a tensor", site(MAIN, site_of("SLICE"), ins=(1, 4, 5))),
    ("type", "slice with four", site(MAIN, site_of("SLICE"), ins=(2, 4, 5, 5))),
    ("type", "element of bytes", site(MAIN, site_of("ELEMENT"), ins=(2, 4, 5))),
    ("type", "element with an index too few", site(MAIN, site_of("ELEMENT"), ins=(1, 4))),
    ("type", "element of nothing", site(MAIN, site_of("ELEMENT"), ins=())),
    ("type", "update with another element", site(MAIN, site_of("UPDATE"), ins=(1, 4, 5, 6))),
    ("type", "update without element", site(MAIN, site_of("UPDATE"), ins=(1, 4, 5))),
    # code
    ("flow", "no code", function(LOOK, code=())),
    ("flow", "past the end", function(LOOK, code=BASE.functions[LOOK].code[:1])),
    (
        "flow",
        "ends in a branch that may not be taken",
        function(MAIN, code=(*MAIN_CODE[:-1], replace(MAIN_CODE[3], b=0))),
    ),
    (
        "flow",
        "target outside",
        function(
            MAIN, code=(*MAIN_CODE[:3], replace(MAIN_CODE[3], b=len(MAIN_CODE)), *MAIN_CODE[4:])
        ),
    ),
    (
        "flow",
        "target far outside",
        branch(c=1),
    ),
    ("site", "no such site", function(LOOK, sites=BASE.functions[LOOK].sites[:1])),
    (
        "site",
        "site of another kind",
        function(LOOK, sites=(BASE.functions[LOOK].sites[1],) * 2),
    ),
    ("type", "unknown register", text("  u64.add r4, r0, r3", "  u64.add r4, %99, r3")),
    ("type", "operand of another type", text("  u64.add r4, r0, r3", "  u64.add r4, r0, r11")),
    ("type", "result of another type", text("  u64.add r4, r0, r3", "  u64.add r11, r0, r3")),
    ("type", "i64 is not u64", text("reg r5: u64", "reg r5: i64")),
    ("type", "mov between types", text("  mov r5, r4", "  mov r11, r4")),
    ("type", "mov of a handle", text("  mov r5, r4", "  mov r8, r2")),
    ("type", "copy between ranks", text("  copy r10, r1", "  copy r9, r1")),
    ("type", "copy of a scalar", text("  copy r10, r1", "  copy r5, r4")),
    ("type", "drop of a scalar", text("  drop r8", "  drop r5")),
    ("type", "dim of bytes", text("  t.dim r4, r1, 1", "  t.dim r4, r2, 0")),
    ("type", "no such axis", text("  t.dim r4, r1, 1", "  t.dim r4, r1, 2")),
    (
        "type",
        "element of another type",
        text("t.get r7,", "t.get r11,"),
    ),
    ("site", "update of another register", text("  t.put r10, (r10,", "  t.put r10, (r1,")),
    ("write", "update of an argument", text("  t.put r10, (r10,", "  t.put r1, (r1,")),
    ("type", "update of another tensor", text("  t.set r10, (r1,", "  t.set r9, (r1,")),
    (
        "type",
        "load of another type",
        text("s.load r9,", "s.load r10,"),
    ),
    (
        "type",
        "store of another type",
        text("s.store r9,", "s.store r10,"),
    ),
    ("type", "condition that is no bool", text("  jif r6, L14", "  jif r4, L14")),
    ("type", "message that is no bytes", text("  assert r6, r2", "  assert r6, r4")),
    ("write", "into an argument", text("  u64.add r4, r0, r3", "  u64.add r0, r0, r3")),
    ("write", "into a constant", text("  mov r5, r4", "  mov r3, r4")),
    ("write", "into the sender", text("  drop r8", "  drop r2")),
    ("write", "gas into an argument", text("  gas r4", "  gas r0")),
    (
        "write",
        "load into a constant",
        text("s.load r4, total", "s.load r3, total"),
    ),
    ("effect", "undeclared read", text("  reads seen[sender, arg 0]\n", "")),
    (
        "effect",
        "read of another key",
        text("seen[sender, arg 0]", "seen[sender, value]"),
    ),
    ("effect", "read is no write", text("  writes total\n", "")),
    # views
    (
        "kind",
        "two init functions",
        lambda p: replace(
            p,
            functions=tuple(replace(f, kind=Kind.INIT) for f in p.functions[:2]) + p.functions[2:],
        ),
    ),
    ("view", "a view that emits", text("function main call", "function main view")),
]


@pytest.mark.parametrize(("rule", "name", "change"), CASES, ids=[f"{r}: {n}" for r, n, _ in CASES])
def test_a_broken_rule_is_refused_by_its_name(rule: str, name: str, change: Break) -> None:
    assert refusal(change(BASE)).code == f"verify.{rule}"


def test_the_base_is_accepted() -> None:
    verify(BASE)


@given(st.integers(0), st.booleans())
def test_generated_programs_are_accepted(seed: int, straight: bool) -> None:
    verify(generate(Random(seed), straight))


def test_a_refusal_says_where_and_what_next() -> None:
    refused = refusal(text("u64.add r4, r0, r3", "u64.add r4, r0, r11")(BASE))
    assert (refused.function, refused.pc) == ("main", 0)
    assert refused.message == (
        "This program is refused in function main, instruction 0: u64.add: register 11 is i32."
    )
    assert refused.hint


EMITTING = """
event Said()
function look view () -> ()
  call inner() -> ()
  ret ()
function inner internal () -> ()
  call innermost() -> ()
  ret ()
function innermost internal () -> ()
  emit Said()
  ret ()
function shout call () -> ()
  call innermost() -> ()
  ret ()
"""


def test_nothing_that_a_view_reaches_emits() -> None:
    refused = refusal(assemble(EMITTING))
    assert (refused.code, refused.function) == ("verify.view", "innermost")
    verify(assemble(EMITTING.replace("  call innermost() -> ()", "", 1)))


CALLING = """
const one: u64 = 1
field f[u64, bytes]: u64
function callee internal (u64, bytes) -> ()
  writes f[arg 0, self]
  writes f[const one, arg 1]
  ret ()
function caller call (u64, bytes) -> ()
  EFFECTS
  reg a: u64 = arg 0
  reg who: bytes = sender
  reg one: u64 = const one
  reg free: u64
  call callee(PASSED, who) -> ()
  ret ()
"""


@pytest.mark.parametrize(
    ("passed", "effects", "fine"),
    [
        ("a", ["f[arg 0, self]", "f[const one, sender]"], True),
        ("a", ["f[any, self]", "f[const one, any]"], True),
        ("a", ["f[any, any]"], True),
        ("one", ["f[const one, self]", "f[const one, sender]"], True),
        ("one", ["f[const one, any]"], True),
        ("free", ["f[any, self]", "f[const one, sender]"], True),
        ("free", ["f[arg 0, self]", "f[const one, sender]"], False),
        ("a", ["f[const one, self]", "f[const one, sender]"], False),
        ("a", ["f[arg 0, self]"], False),
        ("a", ["f[arg 0, self]", "f[const one, arg 1]"], False),
        ("a", [], False),
    ],
)
def test_a_caller_declares_what_its_callees_touch(
    passed: str, effects: list[str], fine: bool
) -> None:
    lines = "\n  ".join(f"writes {effect}" for effect in effects)
    program = assemble(CALLING.replace("EFFECTS", lines).replace("PASSED", passed))
    if fine:
        verify(program)
    else:
        assert refusal(program).code == "verify.call"


def test_a_read_is_not_covered_by_a_write() -> None:
    source = CALLING.replace("PASSED", "a").replace("EFFECTS", "writes f[any, any]")
    program = assemble(source.replace("writes f[arg 0, self]", "reads f[arg 0, self]"))
    assert refusal(program).code == "verify.call"
