"""The operands of an opcode, parsed from its row: where each sits, and its role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from anhvm.isa.opcodes import OPS, Op


@dataclass(frozen=True)
class Operand:
    """One operand: `role` is w, r, m, imm, target or site; `type` is the word behind the colon.

    `slot` is the index of the field that holds it: 0, 1, 2 for a, b, c; a target fills b and c.
    """

    role: str
    type: str
    slot: int


def _parse(op: Op) -> tuple[Operand, ...]:
    parts = [(slot, *text.partition(":")) for slot, text in enumerate(op.operands)]
    return tuple(Operand(role, kind, slot) for slot, role, _, kind in parts if role)


def _used(operands: tuple[Operand, ...]) -> tuple[bool, bool, bool]:
    slots = {o.slot for o in operands}
    if any(o.role == "target" for o in operands):
        slots |= {1, 2}
    return 0 in slots, 1 in slots, 2 in slots


OPERANDS: Final = {op.code: _parse(op) for op in OPS}
USED: Final = {code: _used(operands) for code, operands in OPERANDS.items()}
"""For each opcode, which of the fields a, b, c it uses; the others are 0."""
