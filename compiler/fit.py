"""Whether a value fits the type that its place wants, and what to say where it does not."""

from __future__ import annotations

from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.diagnostics import Fault, an
from anhvm.compiler.dims import Dim, DimVar
from anhvm.compiler.ir import Span
from anhvm.compiler.scope import Body
from anhvm.compiler.types import Type


def check(body: Body, expr: s.Expr, wanted: Type, what: str) -> t.Expr:
    """The checked expression, which has type `wanted`; `what` names the place in messages."""
    found = body.infer(expr, wanted)
    fit(body, found.type, wanted, what, expr.span)
    return found


def fit(body: Body, found: Type, wanted: Type, what: str, span: Span) -> None:
    """Demands that `found` is `wanted`; raises Fault (E0301, E0306, E0401)."""
    if found == wanted:
        return
    match found, wanted:
        case ty.Several(have), ty.Several(want) if len(have) == len(want):
            for inner, outer in zip(have, want, strict=True):
                fit(body, inner, outer, what, span)
            return
        case ty.Tensor(e, have_dims), ty.Tensor(f, want_dims) if e == f and len(have_dims) == len(
            want_dims
        ):
            for axis, (left, right) in enumerate(zip(have_dims, want_dims, strict=True)):
                message = f"{what}: axis {axis} is {left}, expected {right}"
                body.same(left, right, message, f"the types are {found} and {wanted}", span)
            return
    if isinstance(found, ty.Several):
        hint = (
            "use a function that returns a value" if not found.items else "name a target for each"
        )
        raise Fault("E0306", span, f"{what}: this is {found}, expected {wanted}", hint)
    raise Fault(
        "E0301", span, f"{what}: this is {found}, expected {wanted}", conversion(found, wanted)
    )


def conversion(found: Type, wanted: Type) -> str:
    """How to get from one type to the other, as a next step."""
    numbers = (*ty.NUMBERS, ty.BOOL)
    if found in numbers and wanted in ty.NUMBERS:
        return f"convert it: {wanted}(…)"
    if found in ty.NUMBERS and wanted == ty.BOOL:
        return "compare it with something: '… != 0'"
    if found in ty.BYTE_LIKE and wanted == ty.BYTES:
        return 'convert it: bytes(…); a literal is written b"…"'
    if isinstance(found, ty.Tensor) and isinstance(wanted, ty.Tensor):
        if found.element != wanted.element:
            if wanted.element == "f32" and found.element in ("i32", "i8", "bool"):
                return "convert it: f32(…)"
            return f"use a tensor of {wanted.element}"
        return f"this has {len(found.dims)} axes, expected {len(wanted.dims)}"
    if isinstance(found, ty.Prim) and isinstance(wanted, ty.Tensor) and found == ty.F32:
        return "fill a tensor with it: full(…)"
    if isinstance(found, ty.Tensor) and wanted == ty.F32:
        return "reduce it with sum, mean or max, or read one element"
    return f"pass {an(wanted)}"


def match(body: Body, wanted: Type, found: Type, bound: dict[DimVar, Dim], what: str,
          span: Span) -> None:  # fmt: skip
    """Fit `found` to the type of a callee's parameter, and bind its dimensions on the way.

    A dimension that stands alone binds where it is first seen; every other one is demanded equal
    once all of its variables are bound, by a second call.
    """
    if not isinstance(wanted, ty.Tensor):
        fit(body, found, wanted, what, span)
        return
    same_kind = isinstance(found, ty.Tensor) and (
        (found.element, len(found.dims)) == (wanted.element, len(wanted.dims))
    )
    if not same_kind:
        hint = conversion(found, wanted)
        raise Fault("E0301", span, f"{what}: this is {found}, expected {wanted}", hint)
    assert isinstance(found, ty.Tensor)
    for axis, (want, have) in enumerate(zip(wanted.dims, found.dims, strict=True)):
        variable = want.variable
        if variable is not None and variable not in bound:
            bound[variable] = have
        elif all(v in bound for v in want.variables):
            value = want.substitute(bound)
            shown = f"{want} = {value}" if str(want) != str(value) else str(value)
            message = f"{what}: axis {axis} is {have}, expected {shown}"
            body.same(have, value, message, f"the parameter is {wanted}, this is {found}", span)
