"""Walking the IR: statements in order, and what a statement reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

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
        case ir.External():
            return stmt.dsts if stmt.told is None else (stmt.told, *stmt.dsts)
        case ir.Grad():
            return (stmt.value, *stmt.grads)
        case _:
            return ()


def substitute(
    stmt: ir.Stmt, read: Callable[[ir.Atom], ir.Atom], write: Callable[[ir.Var], ir.Var]
) -> ir.Stmt:
    """`stmt` with every atom and every variable replaced, in the blocks inside too.

    What a statement reads is asked for before what it writes, and blocks follow in order.
    """

    def all_read(atoms: Iterable[ir.Atom]) -> tuple[ir.Atom, ...]:
        return tuple(map(read, atoms))

    def inside(stmts: Iterable[ir.Stmt]) -> tuple[ir.Stmt, ...]:
        return tuple(substitute(s, read, write) for s in stmts)

    match stmt:
        case ir.Assign(dst, src, span):
            source = read(src)
            return ir.Assign(write(dst), source, span)
        case ir.Load(dst, _, keys):
            keys = all_read(keys)
            return replace(stmt, dst=write(dst), keys=keys)
        case ir.Store(_, keys, src):
            return replace(stmt, keys=all_read(keys), src=read(src))
        case ir.Assert(cond, message):
            return replace(stmt, cond=read(cond), message=read(message))
        case ir.If(cond, then, orelse):
            return replace(stmt, cond=read(cond), then=inside(then), orelse=inside(orelse))
        case ir.Loop(head, cond, body, _, step):
            head = inside(head)
            return replace(stmt, head=head, cond=read(cond), body=inside(body), step=inside(step))
        case ir.Return(values):
            return replace(stmt, values=all_read(values))
        case ir.Op() | ir.Special():
            args = all_read(stmt.args)
            return replace(stmt, args=args, dst=write(stmt.dst))
        case ir.Kernel() | ir.Call():
            args = all_read(stmt.args)
            return replace(stmt, args=args, dsts=tuple(map(write, stmt.dsts)))
        case ir.External(told=told):
            args = all_read(stmt.args)
            heard = None if told is None else write(told)
            return replace(stmt, args=args, told=heard, dsts=tuple(map(write, stmt.dsts)))
        case ir.Grad():
            args = all_read(stmt.args)
            value, grads = write(stmt.value), tuple(map(write, stmt.grads))
            return replace(stmt, args=args, value=value, grads=grads)
        case ir.Emit():
            return replace(stmt, args=all_read(stmt.args))
        case ir.Break() | ir.Continue():
            return stmt
