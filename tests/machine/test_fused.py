"""Fused instructions do what their parts do, one after the other: at traps and at the last gas too.

That the core agrees with the reference on generated programs is tested with the campaigns.
"""

from __future__ import annotations

import pytest

from anhvm.assembler import assemble
from anhvm.fuzz.cases import Case
from anhvm.fuzz.engines import Subject, cores, reference
from anhvm.fuzz.observe import Observation, differences, observe
from anhvm.program.encode import encode
from anhvm.program.engine import Env

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
