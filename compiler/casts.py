"""Casts: a type used as a function."""

from __future__ import annotations

from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.constants import whole
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.kernel_shapes import kernel
from anhvm.compiler.scope import Body
from anhvm.compiler.types import Type


def cast(body: Body, call: s.Call, wanted: ty.Prim) -> t.Expr:
    """``u64(x)``, ``f32(x)``, ``bytes(x)``; raises Fault (E0302, E0303)."""
    if len(call.args) != 1 or call.keywords:
        raise Fault("E0303", call.span, f"{wanted} takes one value", f"write {wanted}(x)")
    hint: Type | None = wanted if isinstance(call.args[0], s.Int | s.Unary) else None
    found = body.infer(call.args[0], hint)
    result = _cast(body, found, wanted, call)
    if result is None:
        how = "compare it: 'x != 0'" if wanted == ty.BOOL else "numbers convert into each other"
        raise Fault("E0302", call.span, f"{found.type} does not convert to {wanted}", how)
    return result


def _cast(body: Body, found: t.Expr, wanted: ty.Prim, call: s.Call) -> t.Expr | None:
    have = found.type
    if have == wanted:
        return found
    if have in ty.NUMBERS and wanted in ty.NUMBERS:
        return t.Apply(wanted, f"{have}.to_{wanted}", (found,), call.span)
    if have == ty.BOOL and wanted in ty.NUMBERS:
        one = t.Apply(ty.U64, "bool.to_u64", (found,), call.span)
        return one if wanted == ty.U64 else _cast(body, one, wanted, call)
    if have in ty.BYTE_LIKE and wanted == ty.BYTES:
        return t.Part(ty.BYTES, found, 0, call.span)
    if isinstance(have, ty.Tensor) and wanted == ty.F32:
        if have.element == "f32":
            return found
        if have.element == "i8":
            scale, zero = whole(1, ty.F32, call.span), whole(0, ty.I32, call.span)
            return kernel(body, "dequantize", (found, scale, zero), call.span)
        if have.element in ("i32", "bool"):
            return kernel(body, f"f32_of_{have.element}", (found,), call.span)
    return None
