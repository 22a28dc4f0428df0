"""Variables to registers: copies that need no register of their own, then greedy colouring.

Two variables interfere when one is written while the other is live, unless the write copies the
other.  A copy between variables that do not interfere is removed by giving both one register.
Registers are shared within a type only: the verifier knows one type for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

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
    held: dict[tuple[int, int], int] = {}  # (type, number) -> mask of the variables in it
    numbers: dict[ir.Var, int] = {}
    for var, i in live.index.items():
        number = 0
        while held.get((var.type, number), 0) & masks[i]:
            number += 1
        numbers[var] = number
        held[var.type, number] = held.get((var.type, number), 0) | 1 << i
    return numbers


def _interference(steps: list[Step], live: Liveness) -> list[int]:
    """For each variable the mask of those of its type that it must not share a register with."""
    variables = list(live.index)
    same_type: dict[int, int] = {}
    for var, i in live.index.items():
        same_type[var.type] = same_type.get(var.type, 0) | 1 << i
    masks = [0] * len(variables)

    def collide(var: ir.Var, others: int) -> None:
        i = live.index[var]
        others &= same_type[var.type] & ~(1 << i)
        masks[i] |= others
        while others:
            low = others & -others
            masks[low.bit_length() - 1] |= 1 << i
            others ^= low

    for i, step in enumerate(steps):
        copied = live.mask(step.reads) if step.op in COPIES else 0
        together = live.after[i] | live.mask(step.writes)
        for var in step.writes:
            collide(var, together & ~copied)
    # Read before it is written on some way: it counts on the zero that the frame starts with.
    at_entry = live.before[0] if live.before else 0
    for var in (v for v, i in live.index.items() if at_entry >> i & 1):
        collide(var, (1 << len(variables)) - 1)
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
        if i != j and not self.masks[i] & self.members[j]:
            self.parent[j] = i
            self.members[i] |= self.members[j]
            self.masks[i] |= self.masks[j]
