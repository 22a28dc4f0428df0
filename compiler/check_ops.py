"""Checking of operators: scalars become opcodes, tensors kernels, structs go leaf by leaf."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.constants import negated, whole
from anhvm.compiler.diagnostics import Fault, an
from anhvm.compiler.fit import conversion
from anhvm.compiler.ir import Span
from anhvm.compiler.kernel_shapes import kernel
from anhvm.compiler.scope import Body
from anhvm.compiler.types import Type

ARITHMETIC: Final = {"+": "add", "-": "sub", "*": "mul", "/": "div", "%": "mod"}
_BITS: Final = {"&": "and", "|": "or", "^": "xor", "<<": "shl", ">>": "shr"}
# As opcode and kernel, and whether the operands are exchanged.
_COMPARE: Final = {
    "<": ("lt", "less", False), "<=": ("le", "less_equal", False),
    ">": ("lt", "less", True), ">=": ("le", "less_equal", True),
    "==": ("eq", "equal", False), "!=": ("ne", "not_equal", False),
}  # fmt: skip


def unary(body: Body, expr: s.Unary, hint: Type | None) -> t.Expr:
    """``-x`` and ``not x``."""
    if expr.op == "not":
        operand = condition(body, expr.operand)
        return t.Apply(ty.BOOL, "bool.not", (operand,), expr.span)
    if isinstance(expr.operand, s.Int):
        wanted = hint if isinstance(hint, ty.Prim) else None
        if isinstance(hint, ty.Tensor | ty.Struct):
            wanted = ty.F32
        if wanted == ty.F32:
            return negated(whole(expr.operand.value, ty.F32, expr.span), expr.span)
        return whole(-expr.operand.value, wanted, expr.span)
    found = value(body, expr.operand, hint)
    if isinstance(found, t.Literal) and found.type in ty.NUMBERS:
        return negated(found, expr.span)
    return _negate(body, found, expr.span)


def _negate(body: Body, found: t.Expr, span: Span) -> t.Expr:
    if found.type in (ty.I64, ty.I32, ty.F32):
        return t.Apply(found.type, f"{found.type}.neg", (found,), span)
    if isinstance(found.type, ty.Tensor) and found.type.element == "f32":
        return kernel(body, "neg", (found,), span)
    if isinstance(found.type, ty.Struct):
        return _leafwise((found,), lambda parts: _negate(body, parts[0], span), span)
    hint = "convert it before: -i64(…)" if found.type == ty.U64 else "negate numbers"
    raise Fault("E0302", span, f"{an(found.type)} has no negative", hint)


def condition(body: Body, expr: s.Expr) -> t.Expr:
    """An expression that must be a bool."""
    found = body.infer(expr)
    if found.type != ty.BOOL:
        hint = conversion(found.type, ty.BOOL)
        if isinstance(found.type, ty.Tensor):
            hint = "compare a single number, such as 'sum(…) > 0.0'"
        raise Fault("E0307", expr.span, f"this is {found.type}, expected bool", hint)
    return found


def binary(body: Body, expr: s.Binary, hint: Type | None) -> t.Expr:
    """Every operator with two operands."""
    if expr.op in ("and", "or"):
        left, right = condition(body, expr.left), condition(body, expr.right)
        return t.Logic(ty.BOOL, expr.op, left, right, expr.span)
    wanted = None if expr.op in _COMPARE else hint
    left, right = operands(body, expr.left, expr.right, wanted)
    return combine(body, expr.op, left, right, expr.span)


def operands(body: Body, left: s.Expr, right: s.Expr, hint: Type | None) -> tuple[t.Expr, t.Expr]:
    """Both sides; a side that is only literals takes its type from the other one."""
    if _adapts(left) and not _adapts(right):
        second = value(body, right, hint)
        return value(body, left, second.type), second
    first = value(body, left, hint)
    return first, value(body, right, first.type if _adapts(right) else hint)


def value(body: Body, expr: s.Expr, hint: Type | None) -> t.Expr:
    """An operand: exactly one value."""
    found = body.infer(expr, hint)
    if isinstance(found.type, ty.Several):
        hint_ = "assign the values to variables first" if found.type.items else "it returns nothing"
        raise Fault("E0306", expr.span, f"this is {found.type}, expected one value", hint_)
    return found


def _adapts(expr: s.Expr) -> bool:
    if isinstance(expr, s.Unary):
        return _adapts(expr.operand)
    if isinstance(expr, s.Binary):
        return _adapts(expr.left) and _adapts(expr.right)
    return isinstance(expr, s.Int)


def combine(body: Body, op: str, left: t.Expr, right: t.Expr, span: Span) -> t.Expr:
    """`left op right`, both checked; raises Fault (E0301, E0302, E0401)."""
    a, b = left.type, right.type
    if isinstance(a, ty.Struct) or isinstance(b, ty.Struct):
        return _structs(body, op, left, right, span)
    if isinstance(a, ty.Tensor) or isinstance(b, ty.Tensor):
        return _tensors(body, op, left, right, span)
    if op == "**" and (a, b) == (ty.F32, ty.F32):
        return kernel(body, "pow", (left, right), span, shown="'**'")
    if op in ("<<", ">>"):
        if (a, b) != (ty.U64, ty.U64):
            raise Fault("E0302", span, f"{a} {op} {b} is not defined", "shift u64 by u64")
        return t.Apply(ty.U64, f"u64.{_BITS[op]}", (left, right), span)
    if a != b:
        hint = conversion(b, a)
        if hint.startswith("pass"):
            hint = "use two values of one type"
        raise Fault("E0301", span, f"{a} {op} {b}: the sides have two types", hint)
    found = _prims(op, left, right, span)
    if found is None:
        hint = _advice(op, a)
        raise Fault("E0302", span, f"{a} {op} {b} is not defined", hint)
    return found


def _prims(op: str, left: t.Expr, right: t.Expr, span: Span) -> t.Expr | None:
    type_ = left.type
    if op in _COMPARE:
        name, _, swapped = _COMPARE[op]
        if type_ in ty.NUMBERS:
            return t.Apply(ty.BOOL, f"{type_}.{name}", (left, right), span, swapped)
        if op not in ("==", "!="):
            return None
        if type_ == ty.BOOL:
            differs = t.Apply(ty.BOOL, "bool.xor", (left, right), span)
            return differs if op == "!=" else t.Apply(ty.BOOL, "bool.not", (differs,), span)
        same = t.Apply(ty.BOOL, "bytes.eq", (left, right), span)
        return same if op == "==" else t.Apply(ty.BOOL, "bool.not", (same,), span)
    if op in ARITHMETIC and type_ in ty.NUMBERS and (op != "%" or type_ != ty.F32):
        return t.Apply(type_, f"{type_}.{ARITHMETIC[op]}", (left, right), span)
    if op in _BITS and type_ == ty.U64:
        return t.Apply(type_, f"u64.{_BITS[op]}", (left, right), span)
    if op in ("&", "|", "^") and type_ == ty.BOOL:
        return t.Apply(type_, f"bool.{_BITS[op]}", (left, right), span)
    if op == "+" and type_ in (ty.BYTES, ty.STR):
        return t.Apply(type_, "bytes.concat", (left, right), span)
    return None


def _advice(op: str, type_: Type) -> str:
    if op == "@":
        return "'@' multiplies matrices: f32[N, K] @ f32[K, M]"
    if op == "**":
        return "powers are those of f32: f32(x) ** 2"
    if op in _BITS:
        return "bits are those of u64"
    if type_ == ty.BOOL:
        return "combine bools with and, or, not"
    if type_ in ty.BYTE_LIKE:
        return "compare with == and !=; join bytes and strings with +"
    return "convert the operands to a type that has this operation"


def _tensors(body: Body, op: str, left: t.Expr, right: t.Expr, span: Span) -> t.Expr:
    kinds = {side.type.element if isinstance(side.type, ty.Tensor) else str(side.type)
             for side in (left, right)}  # fmt: skip
    name = {"@": "matmul", "**": "pow", "%": None}.get(op, ARITHMETIC.get(op))
    if op in _COMPARE:
        _, name, swapped = _COMPARE[op]
        if kinds == {"i32"} and op == "==":
            name = "equal_i32"
        elif kinds != {"f32"}:
            name = None
        if swapped and name is not None:
            made = kernel(body, name, (right, left), span, shown=f"'{op}'")
            return replace(made, args=(left, right), swapped=True)
    elif kinds == {"i8"} and name == "matmul":
        name = "matmul_i8"
    elif kinds != {"f32"}:
        name = None
    if name is None:
        hint = (
            "convert it: f32(…)"
            if kinds <= {"f32", "i32", "i8", "bool"}
            else "use f32 on both sides"
        )
        raise Fault("E0302", span, f"{left.type} {op} {right.type} is not defined", hint)
    return kernel(body, name, (left, right), span, shown=f"'{op}'")


def _structs(body: Body, op: str, left: t.Expr, right: t.Expr, span: Span) -> t.Expr:
    a, b = left.type, right.type
    struct = a if isinstance(a, ty.Struct) else b
    assert isinstance(struct, ty.Struct)
    mixed = {a, b} - {struct}
    if op not in "+-*/" or not mixed <= {ty.F32}:
        hint = "structs add, subtract, multiply and divide with their own type, or with an f32"
        raise Fault("E0302", span, f"{a} {op} {b} is not defined", hint)
    return _leafwise((left, right), lambda parts: combine(body, op, parts[0], parts[1], span), span)


def _leafwise(
    operands_: Sequence[t.Expr], make: Callable[[Sequence[t.Expr]], t.Expr], span: Span
) -> t.Expr:
    struct = next(o.type for o in operands_ if isinstance(o.type, ty.Struct))
    parts: list[t.Expr] = []
    for number, (_, leaf) in enumerate(ty.leaves(struct)):
        holes: list[t.Expr] = [
            t.Hole(leaf, i, number, span)
            if isinstance(operand.type, ty.Struct)
            else t.Hole(operand.type, i, 0, span)
            for i, operand in enumerate(operands_)
        ]
        parts.append(make(holes))
    return t.Leafwise(struct, tuple(operands_), tuple(parts), span)
