"""Rules on calls between contracts, each broken alone; the core refuses what the verifier does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anhvm.assembler import assemble, disassemble
from anhvm.errors import UserError
from anhvm.program.encode import encode
from anhvm.program.model import Extern, Function, Kind, Program, Site
from anhvm.verifier import verify
from tests.machine.build import engine
from tests.verifier.base import Break, refusal

BASE = assemble("""
program base
extern ask view (u64) -> (bool) stipend 7
extern tell call (bytes) -> ()
const all: u64 = 18446744073709551615
function inner internal (bytes) -> (bool)
  reg who: bytes = arg 0
  reg all: u64 = const all
  reg yes: bool
  call.ext ask(all, who, all) -> (yes)
  ret (yes)
function look view (bytes) -> (bool) reentrant stipend 9
  reg who: bytes = arg 0
  reg yes: bool
  call inner(who) -> (yes)
  ret (yes)
function act call (bytes) -> () stipend 1
  reg who: bytes = arg 0
  reg all: u64 = const all
  reg how: u64
  call.ext tell(who, who, all)
  try.ext how, tell(who, who, all)
  ret ()
""")
INNER, LOOK, ACT = range(3)


def function(index: int, **parts: object) -> Break:
    def change(program: Program) -> Program:
        functions = list(program.functions)
        functions[index] = replace(functions[index], **parts)  # type: ignore[arg-type]
        return replace(program, functions=tuple(functions))

    return change


def extern(**parts: object) -> Break:
    changed: Extern = replace(BASE.externs[0], **parts)  # type: ignore[arg-type]
    return lambda program: replace(program, externs=(changed, *program.externs[1:]))


def site(index: int, **parts: object) -> Break:
    first: Site = replace(BASE.functions[index].sites[0], **parts)  # type: ignore[arg-type]
    return function(index, sites=(first, *BASE.functions[index].sites[1:]))


def text(old: str, new: str) -> Break:
    def change(program: Program) -> Program:
        source = disassemble(program)
        assert source.count(old) == 1, source
        return assemble(source.replace(old, new))

    return change


CASES: list[tuple[str, str, Break]] = [
    ("limit", "name of an extern", extern(name="x" * 256)),
    ("limit", "parameters of an extern", extern(params=(1,) * 65537)),
    ("limit", "results of an extern", extern(returns=(1,) * 65537)),
    ("limit", "externs", lambda p: replace(p, externs=p.externs + p.externs[:1] * 65536)),
    ("extern", "internal", extern(kind=Kind.INTERNAL)),
    ("extern", "init", extern(kind=Kind.INIT)),
    ("kind", "internal and reentrant", function(INNER, reentrant=True)),
    ("kind", "internal with a stipend", function(INNER, stipend=1)),
    ("kind", "init with a stipend", function(ACT, kind=Kind.INIT)),
    ("name", "the same name", function(ACT, name="look")),
    ("site", "unknown extern", site(INNER, target=2)),
    ("type", "no address", site(INNER, ins=(1, 1, 1))),
    ("type", "no gas", site(INNER, ins=(1, 0, 0))),
    ("type", "another argument", site(INNER, ins=(0, 0, 1))),
    ("type", "no arguments at all", site(INNER, ins=())),
    ("type", "address and gas only", site(INNER, ins=(0, 1))),
    ("type", "another result", site(INNER, outs=())),
    ("site", "no register", site(INNER, ins=(1, 0, 9))),
    ("write", "a result with an initialiser", site(INNER, outs=(1,))),
    ("write", "the trap in a register with an initialiser", text("try.ext r2", "try.ext r1")),
    ("type", "the trap in bytes", text("try.ext r2", "try.ext r0")),
    ("view", "a view that calls what may write", extern(kind=Kind.CALL)),
    ("view", "directly", function(ACT, kind=Kind.VIEW)),
]


@pytest.mark.parametrize(("rule", "_name", "change"), CASES, ids=[name for _, name, _ in CASES])
def test_a_rule(rule: str, _name: str, change: Break) -> None:
    broken = change(BASE)
    assert refusal(broken).code == f"verify.{rule}"
    with pytest.raises(UserError):
        engine().load(encode(broken))


def test_what_the_cases_break_is_fine() -> None:
    verify(BASE)
    engine().load(encode(BASE))
    assert assemble(disassemble(BASE)) == BASE


def test_names_that_nobody_can_call_may_be_the_same() -> None:
    both = function(ACT, name="inner")(BASE)
    verify(both)
    engine().load(encode(both))


def test_many_names_are_sorted_by_the_core() -> None:
    """One of 300 names in no order is twice there, or none."""
    look = BASE.functions[LOOK]
    names = [f"f{n * 7919 % 300}" for n in range(300)]
    functions: list[Function] = [BASE.functions[INNER], *(replace(look, name=n) for n in names)]
    made = replace(BASE, functions=tuple(functions))
    verify(made)
    engine().load(encode(made))
    for at in (1, 150, 300):
        functions[at], kept = replace(functions[at], name=names[(at + 5) % 300]), functions[at]
        twice = replace(made, functions=tuple(functions))
        assert refusal(twice).code == "verify.name"
        with pytest.raises(UserError, match="name"):
            engine().load(encode(twice))
        functions[at] = kept
