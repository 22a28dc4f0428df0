"""Basic blocks: where they begin, and what each costs.  The one definition.

A block begins at the entry, at a branch target, and after an instruction that ends a block.
"""

from __future__ import annotations

from collections.abc import Sequence

from anhvm.isa.opcodes import BY_CODE, BY_NAME
from anhvm.isa.operands import OPERANDS
from anhvm.isa.schedule import Schedule, saturate
from anhvm.program.model import Function, Instr, Program

_BRANCHES = {code for code, row in OPERANDS.items() if any(o.role == "target" for o in row)}
_CALL, _RET = BY_NAME["call"].code, BY_NAME["ret"].code
_CALL_EXT, _TRY_EXT = BY_NAME["call.ext"].code, BY_NAME["try.ext"].code


def leaders(code: Sequence[Instr]) -> tuple[int, ...]:
    """The first instruction of every block, ascending; of verified code."""
    found = {0}
    for pc, instr in enumerate(code, 1):
        if BY_CODE[instr.op].ends_block:
            found.add(pc)
        if instr.op in _BRANCHES:
            found.add(instr.target)
    return tuple(sorted(found - {len(code)}))


def instruction_cost(program: Program, function: Function, pc: int, schedule: Schedule) -> int:
    """Static gas of one instruction: of its class, of the length of the program, and of the frame
    that it makes or leaves."""
    instr = function.code[pc]
    cost = schedule.static(instr.op) + schedule.code.cost(program.instructions)
    if instr.op == _CALL:
        callee = program.functions[function.sites[instr.a].target]
        cost += schedule.frame.register * len(callee.registers)
    elif instr.op == _RET:
        cost += schedule.frame.register * len(function.sites[instr.a].ins)
    elif instr.op in (_CALL_EXT, _TRY_EXT):
        site = function.sites[instr.a if instr.op == _CALL_EXT else instr.b]
        cost += schedule.frame.register * (len(site.ins) + len(site.outs))
    return cost


def block_costs(program: Program, function: Function, schedule: Schedule) -> dict[int, int]:
    """Gas of each block by its leader."""
    starts = leaders(function.code)
    ends = (*starts[1:], len(function.code))
    return {
        start: saturate(
            sum(instruction_cost(program, function, pc, schedule) for pc in range(start, end))
        )
        for start, end in zip(starts, ends, strict=True)
    }
