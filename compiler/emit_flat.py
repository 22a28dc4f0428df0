"""Structured IR to a flat list of steps: opcodes over variables, with labels and jumps.

A loop tests its condition at the bottom, so one turn is one branch; a short test stands once more
before the first turn, so that work, step and test are one block.  Registers come later, see
`emit_registers`; the order of steps is final.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from anhvm.compiler import ir
from anhvm.errors import Bug
from anhvm.isa.types import is_handle
from anhvm.program.model import SiteKind

LABEL = "label"
"""The op of a step that only marks a place to jump to."""


@dataclass(frozen=True)
class SiteOf:
    """What stands in a site beside its operands; `target` is a name until `emit` resolves it."""

    kind: SiteKind
    target: str = ""
    attrs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Step:
    """One instruction over variables, or a label.

    `reads` and `writes` follow the operands of the opcode's row; what is left of them stands in the
    site.  `label` is where a branch goes, or what a label step marks.
    """

    op: str
    writes: tuple[ir.Var, ...] = ()
    reads: tuple[ir.Atom, ...] = ()
    span: ir.Span | None = None
    imm: int = 0
    label: int = -1
    site: SiteOf | None = None


SHORT = 3
"""Operations of a test that is written twice."""
ENDS_FLOW = frozenset({"jmp", "ret"})
BRANCHES = frozenset({"jmp", "jif", "jifnot"})
SPECIALS = {
    "bytes.slice": SiteKind.SLICE,
    "t.get": SiteKind.ELEMENT,
    "t.set": SiteKind.UPDATE,
    "t.put": SiteKind.UPDATE,
}


def move(dst: ir.Var, src: ir.Atom, span: ir.Span | None) -> Step:
    """`dst = src`: `copy` for handles, `mov` for scalars."""
    return Step("copy" if is_handle(dst.type) else "mov", (dst,), (src,), span)


def flatten(function: ir.Function) -> list[Step]:
    """The steps of `function`; it ends in a `ret` or a jump.  Raises `Bug` where `Grad` is left."""
    flattener = _Flattener()
    flattener.block(function.body)
    end = Step("ret", (), (), function.span, site=SiteOf(SiteKind.RET))
    steps = tidy_jumps([*flattener.steps, end])
    if function.returns and any(step is end for step in steps):
        raise Bug(f"{function.name} can end without returning a value")
    return steps


class _Flattener:
    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.labels = 0
        self.loops: list[tuple[int, int]] = []  # where break and continue go, innermost last

    def add(self, step: Step) -> None:
        self.steps.append(step)

    def new_label(self) -> int:
        self.labels += 1
        return self.labels

    def mark(self, label: int) -> None:
        self.add(Step(LABEL, label=label))

    def falls_through(self) -> bool:
        return not self.steps or self.steps[-1].op not in ENDS_FLOW

    def block(self, stmts: Iterable[ir.Stmt]) -> None:
        for stmt in stmts:
            self.stmt(stmt)
            if not self.falls_through():
                return

    def stmt(self, stmt: ir.Stmt) -> None:
        match stmt:
            case ir.If():
                self.branch(stmt)
            case ir.Loop():
                self.loop(stmt)
            case ir.Break(span):
                self.jump(self.loops[-1][0], span)
            case ir.Continue(span):
                self.jump(self.loops[-1][1], span)
            case _:
                self.add(straight(stmt))

    def jump(self, label: int, span: ir.Span) -> None:
        self.add(Step("jmp", (), (), span, label=label))

    def branch_if(self, cond: ir.Atom, wanted: bool, label: int, span: ir.Span) -> None:
        """Goes to `label` if `cond` is `wanted`; a known condition needs no branch."""
        if not isinstance(cond, ir.Lit):
            self.add(Step("jif" if wanted else "jifnot", (), (cond,), span, label=label))
        elif bool(cond.value) == wanted:
            self.jump(label, span)

    def branch(self, stmt: ir.If) -> None:
        match stmt.then, stmt.orelse:
            case ((ir.Break() | ir.Continue()) as leave,), orelse:
                label = self.loops[-1][isinstance(leave, ir.Continue)]
                self.branch_if(stmt.cond, True, label, stmt.span)
                if self.falls_through():
                    self.block(orelse)
                return
            case _:
                pass
        other, end = self.new_label(), self.new_label()
        self.branch_if(stmt.cond, False, other, stmt.span)
        if self.falls_through():
            self.block(stmt.then)
            if stmt.orelse and self.falls_through():
                self.jump(end, stmt.span)
        self.mark(other)
        self.block(stmt.orelse)
        self.mark(end)

    def loop(self, stmt: ir.Loop) -> None:
        top, step, test, end = (self.new_label() for _ in range(4))
        if len(stmt.head) <= SHORT and all(isinstance(s, ir.Op) for s in stmt.head):
            self.block(stmt.head)
            self.branch_if(stmt.cond, False, end, stmt.span)
            if not self.falls_through():
                self.mark(end)
                return
        else:
            self.jump(test, stmt.span)
        self.mark(top)
        self.loops.append((end, step))
        self.block(stmt.body)
        self.mark(step)
        self.block(stmt.step)
        self.mark(test)
        self.block(stmt.head)
        self.loops.pop()
        if self.falls_through():
            self.branch_if(stmt.cond, True, top, stmt.span)
        self.mark(end)


def straight(stmt: ir.Stmt) -> Step:
    """The step of a statement without control flow."""
    match stmt:
        case ir.Op(dst, op, args, span, imm):
            return Step(op, (dst,), args, span, imm)
        case ir.Assign(dst, src, span):
            return move(dst, src, span)
        case ir.Kernel(dsts, name, args, span, attrs):
            return Step("kernel", dsts, args, span, site=SiteOf(SiteKind.KERNEL, name, attrs))
        case ir.Special(dst, op, args, span):
            op = "t.put" if op == "t.set" and dst is args[0] else op
            return Step(op, (dst,), args, span, site=SiteOf(SPECIALS[op]))
        case ir.Call(dsts, function, args, span):
            return Step("call", dsts, args, span, site=SiteOf(SiteKind.CALL, function))
        case ir.External(dsts, extern, args, span, told):
            site = SiteOf(SiteKind.EXTERN, extern)
            if told is None:
                return Step("call.ext", dsts, args, span, site=site)
            return Step("try.ext", (told, *dsts), args, span, site=site)
        case ir.Load(dst, field, keys, span):
            return Step("s.load", (dst,), keys, span, site=SiteOf(SiteKind.CELL, field))
        case ir.Store(field, keys, src, span):
            return Step("s.store", (), (src, *keys), span, site=SiteOf(SiteKind.CELL, field))
        case ir.Emit(event, args, span):
            return Step("emit", (), args, span, site=SiteOf(SiteKind.EVENT, event))
        case ir.Assert(cond, message, span):
            return Step("assert", (), (cond, message), span)
        case ir.Return(values, span):
            return Step("ret", (), values, span, site=SiteOf(SiteKind.RET))
        case _:
            raise Bug(f"{type(stmt).__name__} reached the emitter")


def tidy_jumps(steps: list[Step]) -> list[Step]:
    """Joins labels that stand together, follows jumps to jumps, drops what cannot be reached."""
    while True:
        tidied = _tidy_once(steps)
        if tidied == steps:
            return steps
        steps = tidied


def _tidy_once(steps: list[Step]) -> list[Step]:
    goes = _destinations(steps)
    steps = [replace(s, label=goes[s.label]) if s.op in BRANCHES else s for s in steps]
    wanted = {s.label for s in steps if s.op in BRANCHES}
    result: list[Step] = []
    reached = True
    for at, step in enumerate(steps):
        if step.op == LABEL:
            reached = reached or step.label in wanted
            if step.label not in wanted:
                continue
        if not reached:
            continue
        ahead = (s.label for s in _labels_after(steps, at))
        if not (step.op == "jmp" and step.label in ahead):
            result.append(step)
            reached = step.op not in ENDS_FLOW
    return result


def _labels_after(steps: list[Step], at: int) -> Iterable[Step]:
    for step in steps[at + 1 :]:
        if step.op != LABEL:
            return
        yield step


def _destinations(steps: list[Step]) -> dict[int, int]:
    """For each label the one to use instead: the first of its row, at the end of a chain."""
    first: dict[int, int] = {}
    after: dict[int, Step] = {}
    row: list[int] = []
    for step in steps:
        if step.op == LABEL:
            row.append(step.label)
            first[step.label] = row[0]
            continue
        after |= dict.fromkeys(row, step)
        row = []
    return {label: first[_end_of_chain(label, after)] for label in first}


def _end_of_chain(label: int, after: dict[int, Step]) -> int:
    """Where control is after all jumps that `label` leads to; `label` itself if they go round."""
    seen = [label]
    while (step := after.get(seen[-1])) is not None and step.op == "jmp":
        if step.label in seen:
            return label
        seen.append(step.label)
    return seen[-1]
