"""Lowering of statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from anhvm.compiler import ir
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.lower_expr import check_results, external, lower, one, several
from anhvm.compiler.lowering import Lowering


def statements(low: Lowering, stmts: Sequence[t.Stmt]) -> None:
    """Emits every statement into the open block."""
    for stmt in stmts:
        _TABLE[type(stmt)](low, stmt)


def _assign(low: Lowering, stmt: t.Assign) -> None:
    _give(low, stmt, list(lower(low, stmt.value)))


def _give(low: Lowering, stmt: t.Assign, atoms: list[ir.Atom]) -> None:
    _protect(low, stmt, atoms)
    at = 0
    for target in stmt.targets:
        count = ty.width(target.type)
        part = tuple(atoms[at : at + count])
        at += count
        if isinstance(target, t.FieldTarget):
            _store(low, target, part)
        elif target.indices:
            (old,) = _variables(low, target)
            indices = several(low, target.indices)
            low.emit(ir.Special(old, "t.set", (old, *indices, *part), target.span))
        else:
            _keep(low, target, part)


def _protect(low: Lowering, stmt: t.Assign, atoms: list[ir.Atom]) -> None:
    """Copy a source that an earlier target of the same statement overwrites: ``a, b = b, a``."""
    written: set[ir.Atom] = set()
    at = 0
    for target in stmt.targets:
        for i in range(at, at + ty.width(target.type)):
            atom = atoms[i]
            if atom in written and isinstance(atom, ir.Var):
                copy = ir.Var(atom.name, atom.type, atom.ones)
                low.emit(ir.Assign(copy, atom, stmt.span))
                atoms[i] = copy
        at += ty.width(target.type)
        if isinstance(target, t.LocalTarget) and target.local in low.locals:
            written.update(_variables(low, target))


def _variables(low: Lowering, target: t.LocalTarget) -> tuple[ir.Var, ...]:
    count = 1 if target.indices else ty.width(target.type)
    atoms = low.locals[target.local][target.first : target.first + count]
    assert all(isinstance(atom, ir.Var) for atom in atoms)
    return tuple(atom for atom in atoms if isinstance(atom, ir.Var))


def _keep(low: Lowering, target: t.LocalTarget, atoms: tuple[ir.Atom, ...]) -> None:
    """Give the atoms to a local.  One that is assigned once is another name for them."""
    local = target.local
    if local not in low.locals:
        stable = not any(atom in low.mutable for atom in atoms)
        if local.assigned == 1 and stable:
            low.locals[local] = atoms
            return
        made = tuple(low.var(local.name + path, leaf) for path, leaf in ty.leaves(local.type))
        low.locals[local] = made
        low.mutable.update(made)
    for dst, src in zip(_variables(low, target), atoms, strict=True):
        low.emit(ir.Assign(dst, src, target.span))


def _store(low: Lowering, target: t.FieldTarget, atoms: tuple[ir.Atom, ...]) -> None:
    keys = several(low, target.keys)
    if target.indices:
        ((name, leaf),) = low.cells(target.field, target.first, 1)
        indices = several(low, target.indices)
        held = low.temp(leaf)
        low.emit(ir.Load(held, name, keys, target.span))
        low.emit(ir.Special(held, "t.set", (held, *indices, *atoms), target.span))
        low.emit(ir.Store(name, keys, held, target.span))
        return
    cells = low.cells(target.field, target.first, ty.width(target.type))
    for (name, _), atom in zip(cells, atoms, strict=True):
        low.emit(ir.Store(name, keys, atom, target.span))


def _if(low: Lowering, stmt: t.If) -> None:
    test = one(low, stmt.condition)
    with low.block() as then:
        statements(low, stmt.then)
    with low.block() as orelse:
        statements(low, stmt.orelse)
    low.emit(ir.If(test, tuple(then), tuple(orelse), stmt.span))


def _while(low: Lowering, stmt: t.While) -> None:
    with low.block() as head:
        test = one(low, stmt.condition)
    with low.block() as inner:
        statements(low, stmt.body)
    low.emit(ir.Loop(tuple(head), test, tuple(inner), stmt.span))


def _for(low: Lowering, stmt: t.ForRange) -> None:
    type_ = stmt.local.type
    assert isinstance(type_, ty.Prim)
    start, stop = one(low, stmt.start), one(low, stmt.stop)
    if stop in low.mutable:
        kept = low.temp(type_)
        low.emit(ir.Assign(kept, stop, stmt.span))
        stop = kept
    counter = low.var(stmt.local.name, type_)
    low.mutable.add(counter)
    low.emit(ir.Assign(counter, start, stmt.span))
    more = low.temp(ty.BOOL)
    head = ir.Op(more, f"{type_}.lt", (counter, stop), stmt.span)
    one_ = ir.Lit(ty.code(type_), 1)
    step = ir.Op(counter, f"{type_}.add", (counter, one_), stmt.span)
    with low.block() as inner:
        low.locals[stmt.local] = (counter,)
        if stmt.local.assigned:  # the body's own assignments do not steer the loop
            own = low.var(stmt.local.name, type_)
            low.mutable.add(own)
            low.emit(ir.Assign(own, counter, stmt.span))
            low.locals[stmt.local] = (own,)
        statements(low, stmt.body)
    low.emit(ir.Loop((head,), more, tuple(inner), stmt.span, (step,)))


def _try(low: Lowering, stmt: t.Try) -> None:
    value = stmt.body.value
    checks: tuple[t.SameSize, ...] = ()
    if isinstance(value, t.Checked):
        checks, value = value.checks, value.expr
    part = value if isinstance(value, t.Part) else None
    call = part.base if part else value
    if isinstance(call, t.Checked):
        checks, call = (*checks, *call.checks), call.expr
    assert isinstance(call, t.External)
    for check in checks:
        low.same(check.left, check.right, check.message, check.span)
    told, well = low.temp(ty.U64), low.temp(ty.BOOL)
    atoms = external(low, call, told)
    low.emit(ir.Op(well, "u64.eq", (told, ir.Lit(ty.code(ty.U64), 0)), stmt.span))
    with low.block() as then:
        check_results(low, call, atoms)
        if isinstance(stmt.body, t.Assign):
            _give(low, stmt.body, list(atoms))
        statements(low, stmt.orelse)
    with low.block() as handler:
        statements(low, stmt.handler)
    low.emit(ir.If(well, tuple(then), tuple(handler), stmt.span))


def _assert(low: Lowering, stmt: t.Assert) -> None:
    test = one(low, stmt.condition)
    low.emit(ir.Assert(test, one(low, stmt.message), stmt.span))


def _evaluate(low: Lowering, stmt: t.Evaluate) -> None:
    lower(low, stmt.value)


_TABLE: Final[dict[type, Callable[[Lowering, Any], None]]] = {
    t.Assign: _assign,
    t.Evaluate: _evaluate,
    t.If: _if,
    t.While: _while,
    t.ForRange: _for,
    t.Try: _try,
    t.Return: lambda low, stmt: low.emit(ir.Return(lower(low, stmt.value), stmt.span)),
    t.Assert: _assert,
    t.Emit: lambda low, stmt: low.emit(ir.Emit(stmt.event, lower(low, stmt.value), stmt.span)),
    t.Break: lambda low, stmt: low.emit(ir.Break(stmt.span)),
    t.Continue: lambda low, stmt: low.emit(ir.Continue(stmt.span)),
}
