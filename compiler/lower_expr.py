"""Lowering of expressions: every one becomes the atoms of its leaves, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from anhvm.compiler import ir
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.lowering import Lowering
from anhvm.isa.types import Type

Atoms = tuple[ir.Atom, ...]


def lower(low: Lowering, expr: t.Expr) -> Atoms:
    """Emits what `expr` needs, and returns its leaves."""
    return _TABLE[type(expr)](low, expr)


def one(low: Lowering, expr: t.Expr) -> ir.Atom:
    """The atom of an expression with a single leaf."""
    (atom,) = lower(low, expr)
    return atom


def several(low: Lowering, exprs: tuple[t.Expr, ...]) -> Atoms:
    """The leaves of all, one expression after the other."""
    return tuple(atom for expr in exprs for atom in lower(low, expr))


def _literal(low: Lowering, expr: t.Literal) -> Atoms:
    assert isinstance(expr.type, ty.Prim)
    return (ir.Lit(ty.code(expr.type), expr.value),)


def _environment(low: Lowering, expr: t.Environment) -> Atoms:
    assert isinstance(expr.type, ty.Prim)
    return (ir.Source(ty.code(expr.type), expr.init),)


def _read(low: Lowering, expr: t.Read) -> Atoms:
    return low.locals[expr.local][expr.first : expr.first + ty.width(expr.type)]


def _load(low: Lowering, expr: t.Load) -> Atoms:
    keys = several(low, expr.keys)
    found: list[ir.Atom] = []
    for name, leaf in low.cells(expr.field, expr.first, ty.width(expr.type)):
        dst = low.temp(leaf)
        low.emit(ir.Load(dst, name, keys, expr.span))
        found.append(dst)
    return tuple(found)


def _size(low: Lowering, expr: t.Size) -> Atoms:
    return (low.size(expr.dim, expr.span),)


def _apply(low: Lowering, expr: t.Apply) -> Atoms:
    args = several(low, expr.args)
    dst = low.result(expr.type)
    low.emit(ir.Op(dst, expr.op, args[::-1] if expr.swapped else args, expr.span, expr.imm))
    return (dst,)


def _kernel(low: Lowering, expr: t.Kernel) -> Atoms:
    args = several(low, expr.args)
    counts = tuple(low.size(dim, expr.span) for dim in expr.counts)
    dsts = tuple(low.temp(leaf) for _, leaf in ty.leaves(expr.type))
    args = args[::-1] if expr.swapped else args
    low.emit(ir.Kernel(dsts, expr.name, (*args, *counts), expr.span, expr.attrs))
    return dsts


def _pick(low: Lowering, expr: t.Pick) -> Atoms:
    args = several(low, expr.args)
    dst = low.result(expr.type)
    low.emit(ir.Special(dst, expr.op, args, expr.span))
    return (dst,)


def _part(low: Lowering, expr: t.Part) -> Atoms:
    return lower(low, expr.base)[expr.first : expr.first + ty.width(expr.type)]


def _hole(low: Lowering, expr: t.Hole) -> Atoms:
    return (low.holes[-1][expr.operand][expr.leaf],)


def _leafwise(low: Lowering, expr: t.Leafwise) -> Atoms:
    operands = tuple(lower(low, operand) for operand in expr.operands)
    low.holes.append(operands)
    found = several(low, expr.parts)
    low.holes.pop()
    return found


def call_args(low: Lowering, expr: t.Call) -> Atoms:
    """The machine arguments: leaves of all arguments, then the hidden sizes."""
    args = several(low, expr.args)
    return (*args, *(low.size(dim, expr.span) for dim in expr.sizes))


def _call(low: Lowering, expr: t.Call) -> Atoms:
    args = call_args(low, expr)
    dsts = tuple(low.temp(leaf) for _, leaf in ty.leaves(expr.type))
    low.emit(ir.Call(dsts, expr.function, args, expr.span))
    return dsts


def external(low: Lowering, expr: t.External, told: ir.Var | None = None) -> tuple[ir.Var, ...]:
    """Emits the call; where it is not tried, its results are what they should be."""
    args = (*several(low, expr.args), one(low, expr.address), one(low, expr.gas))
    dsts = tuple(low.temp(leaf) for _, leaf in ty.leaves(expr.type))
    low.emit(ir.External(dsts, expr.extern, args, expr.span, told))
    return dsts


def check_results(low: Lowering, expr: t.External, dsts: tuple[ir.Var, ...]) -> None:
    """What another contract returns must have the sizes that its interface says."""
    for (path, leaf), dst in zip(ty.leaves(expr.type), dsts, strict=True):
        for axis, dim in enumerate(leaf.dims if isinstance(leaf, ty.Tensor) else ()):
            found = low.temp(ty.U64)
            low.emit(ir.Op(found, "t.dim", (dst,), expr.span, axis))
            message = f"result{path} of {expr.extern}: axis {axis} must be {dim}"
            low.demand(found, low.size(dim, expr.span), message, expr.span)


def _external(low: Lowering, expr: t.External) -> Atoms:
    dsts = external(low, expr)
    check_results(low, expr, dsts)
    return dsts


def _grad(low: Lowering, expr: t.Grad) -> Atoms:
    args = call_args(low, expr.call)
    widths = [ty.width(arg.type) for arg in expr.call.args]
    wrt = tuple(
        sum(widths[:position]) + leaf for position in expr.wrt for leaf in range(widths[position])
    )
    value, *grads = (low.temp(leaf) for _, leaf in ty.leaves(expr.type))
    low.emit(ir.Grad(value, tuple(grads), expr.call.function, args, wrt, expr.span))
    return (value, *grads)


def _logic(low: Lowering, expr: t.Logic) -> Atoms:
    left = one(low, expr.left)
    dst = low.temp(ty.BOOL)
    with low.block() as right:
        low.emit(ir.Assign(dst, one(low, expr.right), expr.right.span))
    decided = ir.Assign(dst, ir.Lit(Type.BOOL, expr.op == "or"), expr.span)
    arms = (right, [decided]) if expr.op == "and" else ([decided], right)
    low.emit(ir.If(left, tuple(arms[0]), tuple(arms[1]), expr.span))
    return (dst,)


def _choose(low: Lowering, expr: t.Choose) -> Atoms:
    left, right = one(low, expr.left), one(low, expr.right)
    less = low.temp(ty.BOOL)
    low.emit(ir.Op(less, f"{expr.type}.lt", (left, right), expr.span))
    dst = low.result(expr.type)
    if expr.op == "max":
        left, right = right, left
    then = ir.Assign(dst, left, expr.span)
    low.emit(ir.If(less, (then,), (ir.Assign(dst, right, expr.span),), expr.span))
    return (dst,)


def _checked(low: Lowering, expr: t.Checked) -> Atoms:
    for check in expr.checks:
        low.same(check.left, check.right, check.message, check.span)
    return lower(low, expr.expr)


_TABLE: Final[dict[type, Callable[[Lowering, Any], Atoms]]] = {
    t.Literal: _literal,
    t.Environment: _environment,
    t.Read: _read,
    t.Load: _load,
    t.Size: _size,
    t.Apply: _apply,
    t.Kernel: _kernel,
    t.Pick: _pick,
    t.Pack: lambda low, expr: several(low, expr.parts),
    t.Part: _part,
    t.Hole: _hole,
    t.Leafwise: _leafwise,
    t.Call: _call,
    t.External: _external,
    t.Grad: _grad,
    t.Logic: _logic,
    t.Choose: _choose,
    t.Checked: _checked,
}
