"""Basic blocks, against what a run shows of them."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from anhvm.assembler import assemble
from anhvm.fuzz.generate import generate
from anhvm.isa.opcodes import BY_CODE
from anhvm.isa.operands import OPERANDS
from anhvm.program.blocks import block_costs, instruction_cost, leaders
from tests.prices import load

LOOP = assemble("""
function callee internal (u64) -> (u64, u64)
  reg n: u64 = arg 0
  ret (n, n)
function loop call (bool) -> ()
  reg go: bool = arg 0
  reg n: u64
  reg m: u64
again:
  u64.add n, n, n
  call callee(n) -> (n, m)
  u64.div n, n, n
  jif go, again
  u64.add n, n, n
  u64.add n, n, n
end:
  u64.add n, n, n
  jif go, end
  ret ()
""")


def test_a_block_begins_at_entry_at_targets_and_after_what_ends_one() -> None:
    assert leaders(LOOP.functions[1].code) == (0, 2, 4, 6, 8)


def test_a_block_costs_its_classes_and_the_frames_that_it_makes() -> None:
    schedule = load()
    assert block_costs(LOOP, LOOP.functions[0], schedule) == {0: 5 + 2}
    costs = block_costs(LOOP, LOOP.functions[1], schedule)
    assert costs == {0: 1 + 10 + 1, 2: 4 + 1, 4: 2, 6: 1 + 1, 8: 5}


@given(st.integers(0))
def test_blocks_are_a_partition_that_no_branch_enters_in_the_middle(seed: int) -> None:
    program = generate(Random(seed))
    for function in program.functions:
        starts = set(leaders(function.code))
        assert 0 in starts and starts <= set(range(len(function.code)))
        for pc, instr in enumerate(function.code):
            if any(o.role == "target" for o in OPERANDS[instr.op]):
                assert instr.target in starts
            if BY_CODE[instr.op].ends_block and pc + 1 < len(function.code):
                assert pc + 1 in starts
        schedule = load()
        each = [instruction_cost(program, function, i, schedule) for i in range(len(function.code))]
        assert min(each) >= 1
        assert sum(block_costs(program, function, schedule).values()) == sum(each)
