"""Variables to registers: copies that need no register of their own, then greedy colouring.

Two variables interfere when one is written while the other is live, unless the write copies the
other.  A copy between variables that do not interfere is removed by giving both one register.
Registers are shared within a type only: the verifier knows one type for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from anhvm.compiler import ir
from anhvm.compiler.emit_flat import Step
from anhvm.compiler.emit_liveness import Liveness, analyse

COPIES = ("mov", "copy")


def coalesce(steps: list[Step], params: Iterable[ir.Var]) -> list[Step]:
    """Joins the variables of copies where they do not interfere, and removes those copies."""
    live = analyse(steps, params)
    classes = _Classes(live, _interference(steps, live))
    for step in steps:
        if step.op in COPIES:
            source = step.reads[0]
            if isinstance(source, ir.Var) and source in live.index:
                classes.join(step.writes[0], source)
    variables = list(live.index)
    name: dict[ir.Atom, ir.Var] = {v: variables[classes.root(v)] for v in variables}
    renamed = (
        replace(
            step,
            writes=tuple(name[v] for v in step.writes),
            reads=tuple(name.get(a, a) for a in step.reads),
        )
        for step in steps
    )
    return [s for s in renamed if not (s.op in COPIES and s.writes == s.reads)]


def colour(steps: list[Step], params: Iterable[ir.Var]) -> dict[ir.Var, int]:
    """A number for each variable but the parameters; variables of one type may share one.

    Numbers are dense for each type and in order of first appearance, so the same steps get the
    same registers.
    """
    live = analyse(steps, params)
    masks = _interference(steps, live)
    held: dict[int, list[_Register]] = {}
    numbers: dict[ir.Var, int] = {}
    for var, i in live.index.items():
        registers = held.setdefault(var.type, [])
        free = (
            n for n, r in enumerate(registers) if not (r.members & masks[i] or r.against >> i & 1)
        )
        number = next(free, len(registers))
        if number == len(registers):
            registers.append(_Register())
        registers[number].members |= 1 << i
        registers[number].against |= masks[i]
        numbers[var] = number
    return numbers


@dataclass
class _Register:
    """Masks of the variables in a register, and of those that these interfere with."""

    members: int = 0
    against: int = 0


def _interference(steps: list[Step], live: Liveness) -> list[int]:
    """For each variable a mask of those of its type that it must not share a register with.

    Of two that interfere, one at least has the other in its mask.
    """
    same_type: dict[int, int] = {}
    for var, i in live.index.items():
        same_type[var.type] = same_type.get(var.type, 0) | 1 << i
    masks = [0] * len(live.index)

    def collide(var: ir.Var, others: int) -> None:
        i = live.index[var]
        masks[i] |= others & same_type[var.type] & ~(1 << i)

    for i, step in enumerate(steps):
        copied = live.mask(step.reads) if step.op in COPIES else 0
        together = live.after[i] | live.mask(step.writes)
        for var in step.writes:
            collide(var, together & ~copied)
    # Read before it is written on some way: it counts on the zero that the frame starts with.
    at_entry = live.before[0] if live.before else 0
    for var in (v for v, i in live.index.items() if at_entry >> i & 1):
        collide(var, (1 << len(masks)) - 1)
    return masks


class _Classes:
    """Variables joined by removed copies: union-find, with the masks of the joined."""

    def __init__(self, live: Liveness, masks: list[int]) -> None:
        self.index = live.index
        self.parent = list(range(len(masks)))
        self.members = [1 << i for i in range(len(masks))]
        self.masks = masks

    def root(self, var: ir.Var) -> int:
        i = self.index[var]
        while self.parent[i] != i:
            self.parent[i] = self.parent[self.parent[i]]
            i = self.parent[i]
        return i

    def join(self, a: ir.Var, b: ir.Var) -> None:
        """Joins the classes of `a` and `b` unless they interfere."""
        i, j = sorted((self.root(a), self.root(b)))
        if i == j:
            return
        if not (self.masks[i] & self.members[j] or self.masks[j] & self.members[i]):
            self.parent[j] = i
            self.members[i] |= self.members[j]
            self.masks[i] |= self.masks[j]
