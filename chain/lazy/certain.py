"""Reads that a run is sure to make: the loads that its first block reaches whatever it reads.

The arguments are known from bytes, so checks of their shapes are decided here; the walk stops at
the first instruction that might trap or branch.  A lower bound must never be too high.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from anhvm.chain.lazy.cells import CellId, encode_key, known
from anhvm.chain.lazy.plan import Plan
from anhvm.chain.values import BlobTensor
from anhvm.isa.opcodes import BY_CODE
from anhvm.program.model import Init, Instr, Key

_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    "u64.eq": operator.eq,
    "u64.ne": operator.ne,
    "u64.lt": operator.lt,
    "u64.le": operator.le,
}


def certain_reads(plan: Plan) -> Iterator[CellId]:
    """Cells that the run of `plan` reads in any case, its contract's being alive among them."""
    if not plan.deploys:
        yield plan.alive
    if plan.function < 0:
        return
    program = plan.program
    function = program.functions[plan.function]
    facts: dict[int, object] = {}
    for number, register in enumerate(function.registers):
        if register.init != Init.ZERO:
            key = Key(register.init, register.index)
            facts[number] = known(program, key, plan.args, plan.env)
    for instr in function.code:
        op = BY_CODE[instr.op]
        if op.name == "s.load":
            site = function.sites[instr.b]
            if not all(key in facts for key in site.ins):
                return
            kinds = program.fields[site.target].keys
            pairs = zip(kinds, site.ins, strict=True)
            path = b"".join(encode_key(kind, facts[key]) for kind, key in pairs)
            yield CellId(plan.contract, site.target, path)
            facts.pop(instr.a, None)
        elif not _passes(op.name, instr, facts):
            return


def _passes(name: str, instr: Instr, facts: dict[int, object]) -> bool:
    """Whether the instruction surely goes on to the next; notes what it computes."""
    if name == "assert":
        return facts.get(instr.a) is True
    if name == "t.dim":
        tensor = facts.get(instr.b)
        facts.pop(instr.a, None)
        if isinstance(tensor, np.ndarray):
            facts[instr.a] = tensor.shape[instr.c]
        elif isinstance(tensor, BlobTensor):
            facts[instr.a] = tensor.dims[instr.c]
        return True
    if name in _COMPARE:
        left, right = facts.get(instr.b), facts.get(instr.c)
        facts.pop(instr.a, None)
        if isinstance(left, int) and isinstance(right, int):
            facts[instr.a] = _COMPARE[name](left, right)
        return True
    if name in {"mov", "copy"}:
        facts.pop(instr.a, None)
        if instr.b in facts:
            facts[instr.a] = facts[instr.b]
        return True
    return False
