"""Checking of expressions: literals, names, attributes, logic; the rest is handed on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.builtins import BUILTINS
from anhvm.compiler.check_external import any_call
from anhvm.compiler.check_ops import binary, unary
from anhvm.compiler.check_places import place_of, read, read_value
from anhvm.compiler.constants import fraction, whole
from anhvm.compiler.diagnostics import Fault, did_you_mean
from anhvm.compiler.dims import var
from anhvm.compiler.ir import Span
from anhvm.compiler.scope import (
    Body,
    ConstSymbol,
    FunctionSymbol,
    InterfaceSymbol,
    ModuleSymbol,
    StructSymbol,
)
from anhvm.compiler.types import Type
from anhvm.program.model import Init

ENVIRONMENT: Final = {
    ("msg", "sender"): (ty.ADDRESS, Init.SENDER),
    ("msg", "value"): (ty.U64, Init.VALUE),
    ("block", "height"): (ty.U64, Init.HEIGHT),
    ("block", "time"): (ty.U64, Init.TIME),
    ("self", "address"): (ty.ADDRESS, Init.SELF),
}


def infer(body: Body, expr: s.Expr, hint: Type | None) -> t.Expr:
    """The checked expression; literals and shapes take what they lack from `hint`."""
    return _TABLE[type(expr)](body, expr, hint)


def number_in(hint: Type | None) -> Type | None:
    """The type that a literal takes on where `hint` is wanted or stands on the other side."""
    if isinstance(hint, ty.Tensor):
        return ty.element(hint)
    return ty.F32 if isinstance(hint, ty.Struct) else hint


def _int(body: Body, expr: s.Int, hint: Type | None) -> t.Expr:
    return whole(expr.value, number_in(hint), expr.span)


def _tuple(body: Body, expr: s.Tuple, hint: Type | None) -> t.Expr:
    wanted = hint.items if isinstance(hint, ty.Several) else ()
    hints = wanted if len(wanted) == len(expr.items) else (None,) * len(expr.items)
    parts = tuple(body.infer(e, h) for e, h in zip(expr.items, hints, strict=True))
    for part in parts:
        if isinstance(part.type, ty.Several):
            raise Fault("E0306", part.span, f"this is {part.type}", "assign it before")
    return t.Pack(ty.Several(tuple(p.type for p in parts)), parts, expr.span)


def _name(body: Body, expr: s.Name, hint: Type | None) -> t.Expr:
    place = place_of(body, expr)
    if place is not None:
        return read(body, place)
    if expr.name in body.dims:
        return t.Size(ty.U64, var(body.dims[expr.name]), expr.span)
    found = body.env.find(expr.name)
    if isinstance(found, ConstSymbol):
        return t.Literal(found.value.type, found.value.value, expr.span)
    raise _no_value(body, expr.name, found, expr.span)


def _no_value(body: Body, name: str, found: object, span: Span) -> Fault:
    if isinstance(found, FunctionSymbol):
        return Fault("E0304", span, f"'{name}' is a function", f"call it: {name}(…)")
    if isinstance(found, StructSymbol):
        return Fault("E0304", span, f"'{name}' is a struct", f"make a value: {name}(…)")
    if isinstance(found, ModuleSymbol):
        return Fault("E0304", span, f"'{name}' is a module", f"name what is in it: {name}.…")
    if isinstance(found, InterfaceSymbol):
        word = next(iter(found.functions))
        return Fault("E0304", span, f"'{name}' is an interface", f"call {name}(address).{word}(…)")
    if found is not None:
        return Fault("E0304", span, f"'{name}' is an event", f"write 'emit {name}(…)'")
    if name in ("msg", "block", "self"):
        members = [member for base, member in ENVIRONMENT if base == name]
        hint = f"name a part of it: {name}.{members[0]}"
        return Fault("E0304", span, f"'{name}' alone is no value", hint)
    if name in BUILTINS or name in ty.PRIMS:
        return Fault("E0304", span, f"'{name}' is a built-in function", f"call it: {name}(…)")
    if name in body.gone:
        line = body.gone[name].span.line
        hint = f"assign '{name}' before the block of line {line}, so that it always has a value"
        return Fault("E0206", span, f"'{name}' is only set inside the block of line {line}", hint)
    if name in ("true", "false"):
        return Fault("E0201", span, f"there is no '{name}'", f"write {name.capitalize()}")
    if name in ("None", "null", "nil"):
        hint = "there is no empty value: a cell that was never written holds zero"
        return Fault("E0201", span, f"there is no '{name}'", hint)
    fields = body.env.fields or {}
    if name in fields:
        return Fault("E0201", span, f"'{name}' is a field", f"write self.{name}")
    known = [*body.visible(), *BUILTINS]
    hint = did_you_mean(name, known, "assign it first, or make it a parameter")
    return Fault("E0201", span, f"there is no '{name}'", hint)


def _attribute(body: Body, expr: s.Attribute, hint: Type | None) -> t.Expr:
    base = expr.base
    if isinstance(base, s.Name) and body.local(base.name) is None:
        if (base.name, expr.name) in ENVIRONMENT:
            if base.name == "self" and body.env.fields is None:
                hint_ = "pass the address as a parameter"
                raise Fault("E0608", expr.span, "a library function has no contract", hint_)
            type_, init = ENVIRONMENT[base.name, expr.name]
            return t.Environment(type_, init, expr.span)
        if base.name in ("msg", "block"):
            members = [member for name, member in ENVIRONMENT if name == base.name]
            hint_ = did_you_mean(expr.name, members, f"it has {', '.join(members)}")
            raise Fault("E0205", expr.span, f"'{base.name}' has no '{expr.name}'", hint_)
        found = body.env.find(base.name)
        if isinstance(found, ModuleSymbol):
            symbol = found.env.find(expr.name)
            if isinstance(symbol, ConstSymbol):
                return t.Literal(symbol.value.type, symbol.value.value, expr.span)
            if symbol is not None:
                raise _no_value(body, expr.name, symbol, expr.span)
            hint_ = did_you_mean(expr.name, found.env.symbols, "see the page of the module")
            raise Fault("E0204", expr.span, f"'{base.name}' has no '{expr.name}'", hint_)
    place = place_of(body, expr)
    return read(body, place) if place is not None else read_value(body, expr)


def _subscript(body: Body, expr: s.Subscript, hint: Type | None) -> t.Expr:
    place = place_of(body, expr)
    return read(body, place) if place is not None else read_value(body, expr)


def _slice(body: Body, expr: s.Slice, hint: Type | None) -> t.Expr:
    raise Fault("E0110", expr.span, "a slice stands alone between brackets", "write 'data[a:b]'")


_TABLE: Final[dict[type, Callable[[Body, Any, Type | None], t.Expr]]] = {
    s.Int: _int,
    s.Decimal: lambda body, e, hint: fraction(e.text, e.span),
    s.Bool: lambda body, e, hint: t.Literal(ty.BOOL, e.value, e.span),
    s.Text: lambda body, e, hint: t.Literal(ty.STR, e.value.encode(), e.span),
    s.Bytes: lambda body, e, hint: t.Literal(ty.BYTES, e.value, e.span),
    s.Tuple: _tuple,
    s.Name: _name,
    s.Attribute: _attribute,
    s.Subscript: _subscript,
    s.Slice: _slice,
    s.Call: any_call,
    s.Unary: unary,
    s.Binary: binary,
}
