"""Parts of tensors and tensors made of parts: slices, concat, pad, tile, repeat, transpose.

Their kernels take begins and amounts as u64 values; here the sizes of the results are polynomials.
"""

from __future__ import annotations

from typing import Final

from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.dims import Dim, DimVar, const, var
from anhvm.compiler.fit import check
from anhvm.compiler.ir import Span
from anhvm.compiler.scope import Body
from anhvm.compiler.types import Type

_LOCAL: Final = "\0"  # owner of the variables that stand for locals
_OPERATORS: Final = {"u64.add": Dim.__add__, "u64.sub": Dim.__sub__, "u64.mul": Dim.__mul__}


def tensor(body: Body, expr: s.Expr, name: str, hint: Type | None = None) -> t.Expr:
    """A checked argument, which must be a tensor."""
    found = body.infer(expr, hint)
    if not isinstance(found.type, ty.Tensor):
        message = f"'{name}': this is {found.type}, expected a tensor"
        raise Fault("E0301", expr.span, message, "only tensors have axes")
    return found


def polynomial(body: Body, expr: t.Expr) -> Dim | None:
    """A u64 as a polynomial over dimensions and locals, where it is one."""
    if isinstance(expr, t.Size):
        return expr.dim
    if isinstance(expr, t.Literal) and isinstance(expr.value, int):
        return const(expr.value)
    if isinstance(expr, t.Read) and expr.type == ty.U64:
        if expr.local.is_param and expr.local.name in body.dims:
            return var(body.dims[expr.local.name])
        return var(DimVar(f"{id(expr.local)} {expr.first}", _LOCAL))
    if isinstance(expr, t.Apply) and expr.op in _OPERATORS:
        sides = [polynomial(body, arg) for arg in expr.args]
        known = [side for side in sides if side is not None]
        return _OPERATORS[expr.op](*known) if len(known) == len(sides) else None
    return None


def size(body: Body, expr: s.Expr, what: str) -> Dim:
    """An amount that a shape depends on; raises E0403 where it is not known."""
    found = polynomial(body, check(body, expr, ty.U64, what))
    if found is None or any(v.owner == _LOCAL for v in found.variables):
        hint = "use literals, constants and dimension names"
        raise Fault("E0403", expr.span, f"{what} is part of a shape, so it must be known", hint)
    return found


def axis_of(expr: s.Expr, rank: int) -> int:
    """A literal axis; raises E0402."""
    value = expr.value if isinstance(expr, s.Int) else None
    if isinstance(expr, s.Unary) and expr.op == "-" and isinstance(expr.operand, s.Int):
        value = -expr.operand.value
    if value is None:
        raise Fault("E0402", expr.span, "an axis is a literal number", "write axis=1")
    if not -rank <= value < rank:
        hint = f"this tensor has the axes 0 to {rank - 1}"
        raise Fault("E0402", expr.span, f"there is no axis {value}", hint)
    return value % rank


def cut(body: Body, base: t.Expr, expr: s.Subscript) -> t.Expr:
    """``x[a:b, i]``: an axis with a single index goes, one that is not named stays whole."""
    assert isinstance(base.type, ty.Tensor)
    dims, span = base.type.dims, expr.span
    if len(expr.indices) > len(dims):
        message = f"{len(expr.indices)} indices for the {len(dims)} axes of {base.type}"
        raise Fault("E0404", span, message, "give at most one for each axis")
    operands: list[t.Expr] = [base]
    bounds: list[t.Expr] = []
    cut_dims: list[Dim] = []
    kept: list[Dim] = []

    def once(value: t.Expr) -> t.Expr:
        if isinstance(value, t.Literal | t.Size):
            return value
        operands.append(value)
        return t.Hole(ty.U64, len(operands) - 1, 0, value.span)

    for axis, dim in enumerate(dims):
        index = expr.indices[axis] if axis < len(expr.indices) else s.Slice(None, None, span)
        if isinstance(index, s.Slice):
            begin = _bound(body, index.start, const(0), dim, index.span)
            end = _bound(body, index.stop, dim, dim, index.span)
            length = _length(body, begin, end, index.span)
            bounds += [once(begin), once(end)]
            kept.append(length)
        else:
            at = check(body, index, ty.U64, "index")
            inside(at, dim, axis)
            first, length = once(at), const(1)
            one = t.Literal(ty.U64, 1, index.span)
            bounds += [first, t.Apply(ty.U64, "u64.add", (first, one), index.span)]
        cut_dims.append(length)
    element = base.type.element
    held = t.Hole(base.type, 0, 0, span)
    part = t.Kernel(ty.Tensor(element, tuple(cut_dims)), "slice", (held, *bounds), span)
    if len(kept) < len(dims):
        type_ = ty.Tensor(element, tuple(kept))
        part = t.Kernel(type_, "reshape", (part,), span, counts=type_.dims)
    return t.Leafwise(part.type, tuple(operands), (part,), span)


def inside(at: t.Expr, dim: Dim, axis: int) -> None:
    """Refuses an index that is known to be outside."""
    if isinstance(at, t.Literal) and dim.constant is not None and int(at.value) >= dim.constant:
        hint = f"axis {axis} has the indices 0 to {dim.constant - 1}"
        raise Fault("E0402", at.span, f"index {int(at.value)} is outside", hint)


def _bound(body: Body, expr: s.Expr | None, default: Dim, dim: Dim, span: Span) -> t.Expr:
    """One end of a slice; a literal below zero counts from the end of the axis."""
    if expr is None:
        return t.Size(ty.U64, default, span)
    if isinstance(expr, s.Unary) and expr.op == "-" and isinstance(expr.operand, s.Int):
        found: t.Expr = t.Size(ty.U64, dim - const(expr.operand.value), expr.span)
    else:
        found = check(body, expr, ty.U64, "bound of the slice")
    place = polynomial(body, found)
    above = None if place is None else (dim - place).constant
    if (above is not None and above < 0) or (place and place.constant and place.constant < 0):
        raise Fault("E0402", expr.span, f"{place} is outside of an axis of {dim}", "cut less")
    return found


def _length(body: Body, begin: t.Expr, end: t.Expr, span: Span) -> Dim:
    first, last = polynomial(body, begin), polynomial(body, end)
    found = None if first is None or last is None else last - first
    if found is None or any(v.owner == _LOCAL for v in found.variables):
        hint = "write both ends with one variable: 'x[i : i + 32]', 'x[k * B : (k + 1) * B]'"
        raise Fault("E0403", span, "the length of this slice is not known", hint)
    if found.constant is not None and found.constant < 0:
        raise Fault("E0402", span, "this slice ends before it begins", "exchange its ends")
    return found
