"""Walking the IR: statements in order, and what a statement reads and writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from anhvm.compiler import ir


def statements(stmts: Iterable[ir.Stmt]) -> Iterator[ir.Stmt]:
    """Every statement, those inside `If` and `Loop` too, in the order of the text."""
    for stmt in stmts:
        yield stmt
        for block in blocks(stmt):
            yield from statements(block)


def blocks(stmt: ir.Stmt) -> tuple[tuple[ir.Stmt, ...], ...]:
    """The blocks inside a statement, in the order in which they can run."""
    match stmt:
        case ir.If(_, then, orelse):
            return then, orelse
        case ir.Loop(head, _, body, _, step):
            return head, body, step
        case _:
            return ()


def reads(stmt: ir.Stmt) -> tuple[ir.Atom, ...]:
    """What a statement itself reads; not what the blocks inside it read."""
    match stmt:
        case ir.Assign(_, src):
            return (src,)
        case ir.Load(_, _, keys):
            return keys
        case ir.Store(_, keys, src):
            return (*keys, src)
        case ir.Assert(cond, message):
            return cond, message
        case ir.If(cond) | ir.Loop(_, cond):
            return (cond,)
        case ir.Return(values):
            return values
        case ir.Break() | ir.Continue():
            return ()
        case _:
            return stmt.args


def writes(stmt: ir.Stmt) -> tuple[ir.Var, ...]:
    """The variables that a statement itself assigns."""
    match stmt:
        case ir.Op() | ir.Assign() | ir.Special() | ir.Load():
            return (stmt.dst,)
        case ir.Kernel() | ir.Call():
            return stmt.dsts
        case ir.Grad():
            return (stmt.value, *stmt.grads)
        case _:
            return ()
