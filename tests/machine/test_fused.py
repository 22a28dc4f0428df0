"""Fused instructions do what their parts do, one after the other: at traps and at the last gas too.

That the core agrees with the reference on generated programs is tested with the campaigns.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from anhvm.assembler import assemble
from anhvm.fuzz.builder import Body, Parts, Plan
from anhvm.fuzz.cases import Case
from anhvm.fuzz.engines import Subject, cores, reference
from anhvm.fuzz.forms import write_form
from anhvm.fuzz.observe import Observation, differences, observe
from anhvm.isa.opcodes import BY_NAME
from anhvm.isa.operands import OPERANDS
from anhvm.machine.fusions import FUSIONS, SLOTS, Fusion
from anhvm.program.encode import encode
from anhvm.program.engine import Env
from anhvm.program.model import Function, Instr, Kind, Program, SiteKind

LOOP = """
const one: u64 = 1
function fused call (u64, u64) -> (u64, u64, u64, bool)
  reg n: u64 = arg 0
  reg start: u64 = arg 1
  reg one: u64 = const one
  reg a: u64
  reg b: u64
  reg t: u64
  reg i: u64
  reg more: bool
  mov b, start
  mov a, b
loop:
  u64.add t, a, b
  mov a, b
  mov b, t
  u64.add i, i, one
  u64.{compare} more, i, n
  {branch} more, loop
  ret (a, b, i, more)
"""


def see(subject: Subject, given: Case) -> Observation:
    loaded = subject.engine.load(given.encoded)
    return observe(subject.engine, loaded, given, subject.recorder.take)


@pytest.mark.parametrize("branch", ["jif", "jifnot"])
@pytest.mark.parametrize("compare", ["eq", "ne", "lt", "le"])
def test_fused_code_traps_and_runs_dry_where_its_parts_do(compare: str, branch: str) -> None:
    program = assemble(LOOP.format(compare=compare, branch=branch))
    judge, others = reference(), cores()
    for start in (0, 1, 1 << 60, (1 << 64) - 1):
        for gas in (*range(7, 34), 200, 1000):
            given = Case(0, program, encode(program), (7, start), Env(), gas)
            expected = see(judge, given)
            for other in others:
                found = differences(expected, see(other, given))
                wrong = [x for x in found if other.traced or not x.startswith("trace")]
                assert not wrong, (other.name, start, gas, wrong)


@pytest.mark.parametrize("compare", ["eq", "ne", "lt", "le"])
@pytest.mark.parametrize("kind", ["u64", "i64", "i32"])
def test_every_comparison_is_fused_right(kind: str, compare: str) -> None:
    text = f"""
    function pick call ({kind}, {kind}) -> (bool, u64)
      reg a: {kind} = arg 0
      reg b: {kind} = arg 1
      reg c: bool
      reg left: u64
      {kind}.{compare} c, a, b
      jif c, yes
      gas left
      ret (c, left)
    yes:
      {kind}.{compare} c, b, a
      jifnot c, no
      ret (c, left)
    no:
      gas left
      ret (c, left)
    """
    program = assemble(text)
    judge, shipped = reference(), cores()[-1]
    edges = (0, 1, 2, (1 << 31) - 1)
    values = edges if kind == "u64" else (*edges, -1, -(1 << 31))
    for a in values:
        for b in values:
            given = Case(0, program, encode(program), (a, b), Env(), 1000)
            found = differences(see(judge, given), see(shipped, given))
            assert all(x.startswith("trace") for x in found), (a, b, found)


def program(form: Fusion, seed: int) -> Program:
    """The form twice, with operands of that seed; all that it writes is returned."""
    plan = Plan(0, Kind.CALL, (), (), pure=True, wide=False)
    body = Body(Parts(Random(seed)), plan)
    write_form(body, form)
    write_form(body, form)
    written = tuple(body.written)
    site = body.site(SiteKind.RET, ins=written)
    end = len(body.code)
    code = [
        Instr(i.op, i.a, end) if any(o.role == "target" for o in OPERANDS[i.op]) else i
        for i in (*body.code, Instr(BY_NAME["ret"].code, site))
    ]
    returns = tuple(body.registers[r].type for r in written)
    parts = (tuple(body.registers), tuple(code), tuple(body.sites))
    function = Function("form", Kind.CALL, (), returns, *parts)
    return Program("form", consts=tuple(body.parts.consts), functions=(function,), abi=b"{}")


@pytest.mark.parametrize("form", FUSIONS, ids=[form.label for form in FUSIONS])
def test_a_form_does_what_its_parts_do_one_after_the_other(form: Fusion) -> None:
    judge, others = reference(), cores()
    ends: Counter[str] = Counter()
    for seed in range(30):
        made = program(form, seed)
        gas = (1 << 20) if seed % 3 else Random(seed).randrange(60)
        given = Case(0, made, encode(made), (), Env(), gas)
        expected = see(judge, given)
        ends[expected.trap.name if expected.trap else "returned"] += 1
        for other in others:
            found = differences(expected, see(other, given))
            wrong = [x for x in found if other.traced or not x.startswith("trace")]
            assert not wrong, (other.name, seed, wrong)
    assert ends["returned"], ends
    assert len(form.names) <= len(SLOTS)
