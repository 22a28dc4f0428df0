"""What a run is sure to do: the gas that it uses and the cells that it reads in any case.

A lower bound must never be too high.  So the walk follows the first block of the function only as
far as nothing unknown can stop it: the arguments are known from bytes, so checks of their shapes
are decided here; gas is counted as `docs/machine.md` says; what else may trap or branch ends it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from math import prod
from typing import Final

import numpy as np

from anhvm.chain.lazy.cells import CellId, encode_key, known
from anhvm.chain.lazy.plan import Plan
from anhvm.chain.values import BlobTensor
from anhvm.isa.opcodes import BY_CODE
from anhvm.isa.schedule import Schedule
from anhvm.isa.traps import VALUE_OVERHEAD
from anhvm.isa.types import ITEMSIZE, SCALARS, DType, dtype_of, is_tensor
from anhvm.program.blocks import block_costs
from anhvm.program.model import Field, Init, Instr, Key

_COMPARE: Final[dict[str, Callable[[int, int], bool]]] = {
    "u64.eq": operator.eq,
    "u64.ne": operator.ne,
    "u64.lt": operator.lt,
    "u64.le": operator.le,
}


class Floor:
    """The least that runs do, under the prices of `schedule`.

    `alive` says whether it is known that the contract's @init succeeded: if not, the run may
    end before it begins.
    """

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def gas(self, plan: Plan, alive: bool) -> int:
        """Gas that the run uses at least."""
        if plan.function < 0 or not alive:
            return 0
        return min(self._entry(plan), plan.gas)

    def reads(self, plan: Plan, alive: bool) -> Iterator[CellId]:
        """Cells that the run reads in any case, its contract's being alive among them."""
        if not plan.deploys:
            yield plan.alive
        if plan.function < 0 or not alive:
            return
        live = sum(map(_weight, plan.args))
        left = plan.gas - self._entry(plan) - self._schedule.memory(0, live)
        facts = _facts(plan)
        function = plan.program.functions[plan.function]
        for instr in function.code:
            if left < 0:
                return
            op = BY_CODE[instr.op]
            if op.name != "s.load":
                if not _passes(op.name, instr, facts):
                    return
                continue
            site = function.sites[instr.b]
            if not all(key in facts for key in site.ins):
                return
            field = plan.program.fields[site.target]
            pairs = zip(field.keys, site.ins, strict=True)
            path = b"".join(encode_key(kind, facts[key]) for kind, key in pairs)
            yield CellId(plan.contract, site.target, path)
            facts.pop(instr.a, None)
            size = _size(field)
            if size is None:
                return
            grown = live if field.type in SCALARS else live + size + VALUE_OVERHEAD
            left -= self._schedule.by_bytes("load", size + len(path))
            left -= self._schedule.first(len(path))
            left -= self._schedule.memory(live, grown)
            live = grown

    def _entry(self, plan: Plan) -> int:
        function = plan.program.functions[plan.function]
        frame = self._schedule.frame.register * len(function.registers)
        return frame + block_costs(plan.program, function, self._schedule)[0]


def _facts(plan: Plan) -> dict[int, object]:
    """What the registers hold that bytes alone fill."""
    return {
        number: known(plan.program, Key(register.init, register.index), plan.args, plan.env)
        for number, register in enumerate(plan.program.functions[plan.function].registers)
        if register.init != Init.ZERO
    }


def _passes(name: str, instr: Instr, facts: dict[int, object]) -> bool:
    """Whether the instruction surely goes on to the next; notes what it computes."""
    if name == "assert":
        return facts.get(instr.a) is True
    if name == "t.dim":
        _note(facts, instr.a, _dim(facts.get(instr.b), instr.c))
        return True
    if name in _COMPARE:
        left, right = facts.get(instr.b), facts.get(instr.c)
        if isinstance(left, int) and isinstance(right, int):
            _note(facts, instr.a, _COMPARE[name](left, right))
        else:
            _note(facts, instr.a, None)
        return True
    if name in {"mov", "copy"}:
        _note(facts, instr.a, facts.get(instr.b))
        return True
    return False


def _note(facts: dict[int, object], register: int, value: object) -> None:
    facts.pop(register, None)
    if value is not None:
        facts[register] = value


def _dim(tensor: object, axis: int) -> int | None:
    if isinstance(tensor, np.ndarray):
        return int(tensor.shape[axis])
    return tensor.dims[axis] if isinstance(tensor, BlobTensor) else None


def _weight(value: object) -> int:
    """Live bytes of an argument."""
    if isinstance(value, np.ndarray):
        return value.nbytes + VALUE_OVERHEAD
    if isinstance(value, BlobTensor):
        # A blob of any other length than its dims say is refused at inclusion.
        return prod(value.dims) * 4 + VALUE_OVERHEAD
    return len(value) + VALUE_OVERHEAD if isinstance(value, bytes) else 0


def _size(field: Field) -> int | None:
    """Bytes of a cell's value as gas counts them; None where they are not fixed."""
    if field.type in SCALARS:
        return 8
    if is_tensor(field.type):
        return prod(field.dims) * ITEMSIZE[DType(dtype_of(field.type))]
    return None
