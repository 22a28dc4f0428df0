"""Which variables are still needed where, over flat steps; what follows from it.

Sets of variables are bit masks: bit `index[v]` for variable v.  Parameters, constants and sources
sit in registers of their own for the whole frame and are no business of this file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from anhvm.compiler import ir
from anhvm.compiler.emit_flat import BRANCHES, ENDS_FLOW, LABEL, Step
from anhvm.isa.opcodes import BY_NAME
from anhvm.isa.types import is_handle


@dataclass(frozen=True)
class Liveness:
    """`before[i]`, `after[i]`: masks of the variables that are live around step i."""

    index: Mapping[ir.Var, int]
    before: tuple[int, ...]
    after: tuple[int, ...]

    def mask(self, atoms: Iterable[ir.Atom]) -> int:
        """The variables among `atoms` as a mask."""
        return sum({1 << self.index[a] for a in atoms if isinstance(a, ir.Var) and a in self.index})

    def variables(self, mask: int) -> Iterator[ir.Var]:
        """The variables of a mask, in order of first appearance."""
        while mask:
            low = mask & -mask
            yield self.names[low.bit_length() - 1]
            mask ^= low

    @cached_property
    def names(self) -> tuple[ir.Var, ...]:
        """The variable of each bit."""
        return tuple(self.index)


def analyse(steps: list[Step], params: Iterable[ir.Var], dead: bool = False) -> Liveness:
    """Liveness by iteration until nothing changes; one pass backwards suffices without loops.

    With `dead`, what a step reads that nobody needs (see `without_dead`) is not kept live by it.
    """
    fixed = set(params)
    found = (a for s in steps for a in (*s.writes, *s.reads) if isinstance(a, ir.Var))
    index = {v: i for i, v in enumerate(dict.fromkeys(v for v in found if v not in fixed))}
    labels = {s.label: i for i, s in enumerate(steps) if s.op == LABEL}
    empty = Liveness(index, (), ())
    uses = [empty.mask(s.reads) for s in steps]
    makes = [empty.mask(s.writes) for s in steps]
    needed = [not (dead and _is_pure(s)) for s in steps]
    before, after = [0] * (len(steps) + 1), [0] * len(steps)
    changed = True
    while changed:
        changed = False
        for i in reversed(range(len(steps))):
            step = steps[i]
            out = 0 if step.op in ENDS_FLOW else before[i + 1]
            if step.op in BRANCHES:
                out |= before[labels[step.label]]
            live = out & ~makes[i]
            if needed[i] or makes[i] & out:
                live |= uses[i]
            changed = changed or live != before[i] or out != after[i]
            before[i], after[i] = live, out
    return Liveness(index, tuple(before[:-1]), tuple(after))


def known_copies(steps: list[Step], params: Iterable[ir.Var]) -> list[Step]:
    """Reads of a variable that is only ever a copy of a parameter, constant or source read that."""
    fixed = set(params)
    live = analyse(steps, fixed)
    writers: dict[ir.Var, list[Step]] = {}
    for step in steps:
        for var in step.writes:
            writers.setdefault(var, []).append(step)
    known: dict[ir.Var, ir.Atom] = {}
    for var, (first, *more) in writers.items():
        at_entry = live.before[0] >> live.index[var] & 1 if live.before else 0
        if first.op in ("mov", "copy") and not more and not at_entry:
            known[var] = first.reads[0]

    def origin(atom: ir.Atom) -> ir.Atom:
        source = atom
        while isinstance(source, ir.Var) and source not in fixed:
            if source not in known:
                return atom  # in the end a copy of something that changes
            source = known[source]
        return source

    return [replace(s, reads=tuple(map(origin, s.reads))) for s in steps]


def without_dead(steps: list[Step], params: Iterable[ir.Var]) -> list[Step]:
    """Drops steps whose results nobody reads and that can do nothing else."""
    live = analyse(steps, params, dead=True)
    return [
        s for i, s in enumerate(steps) if not _is_pure(s) or live.mask(s.writes) & live.after[i]
    ]


def _is_pure(step: Step) -> bool:
    """Whether nothing but the written registers shows that the step ran."""
    row = BY_NAME.get(step.op)
    if row is None or not step.writes or step.op in ("gas", "call", "s.load"):
        return False
    return not row.traps and not row.dynamic and not row.ends_block


def with_drops(steps: list[Step], params: Iterable[ir.Var]) -> list[Step]:
    """Adds a `drop` where the last use of a handle is over, but not where the frame ends anyway."""
    live = analyse(steps, params)
    every = live.mask(v for v in live.index if is_handle(v.type))
    dead = list(_dead_after(steps, live))
    result: list[Step] = []
    for i, step in enumerate(steps):
        result.append(step)
        ends = i + 1 < len(steps) and steps[i + 1].op == "ret"
        if not ends:
            gone = live.variables(dead[i] & every)
            result += (Step("drop", (v,), (), step.span) for v in gone)
    return result


def _dead_after(steps: list[Step], live: Liveness) -> Iterator[int]:
    """For each step the variables that hold a value behind it which nobody needs.

    Behind a label these are the variables that one of the ways to it still needed.
    """
    arriving: dict[int, int] = {}
    for i, step in enumerate(steps):
        if step.op in BRANCHES:
            arriving[step.label] = arriving.get(step.label, 0) | live.after[i]
    for i, step in enumerate(steps):
        if step.op == LABEL:
            held = arriving.get(step.label, 0)
            if i and steps[i - 1].op not in ENDS_FLOW:
                held |= live.after[i - 1]
        elif step.op in ENDS_FLOW or step.op == "drop":
            held = 0
        elif step.op in BRANCHES:
            held = live.after[i]
        else:
            held = live.mask((*step.writes, *step.reads))
        if step.op in BRANCHES and i + 1 < len(steps):
            yield held & ~live.before[i + 1] if step.op not in ENDS_FLOW else 0
        else:
            yield held & ~live.after[i]
