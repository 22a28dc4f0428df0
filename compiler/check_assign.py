"""Checking of assignments: plain, several at once, augmented, and of gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.check_calls import call_function, callee
from anhvm.compiler.check_ops import combine
from anhvm.compiler.check_places import Place, place_of, read, target
from anhvm.compiler.diagnostics import Fault, did_you_mean
from anhvm.compiler.fit import fit
from anhvm.compiler.ir import Span
from anhvm.compiler.resolve import resolve
from anhvm.compiler.scope import Body, FunctionSymbol, Silent
from anhvm.compiler.types import Type


def assign(body: Body, stmt: s.Assign) -> list[t.Stmt]:
    """``a = …``, ``a: T = …``, ``a, b = …``."""
    try:
        declared = None
        if stmt.type is not None:
            declared = _declared(body, stmt)
        places = [_place(body, e) for e in stmt.targets]
        hints = [declared if declared else p.type if p else ty.Unknown() for p in places]
        hint = hints[0] if len(hints) == 1 else ty.Several(tuple(hints))
        value = body.infer(stmt.value, hint)
        if declared is not None:
            fit(body, value.type, declared, f"'{_word(stmt.targets[0])}'", stmt.value.span)
            value = _as_declared(value, declared)
        return _finish(body, stmt.targets, places, value, stmt.span)
    except (Fault, Silent):
        _forget(body, stmt.targets)
        raise


def _as_declared(value: t.Expr, declared: Type) -> t.Expr:
    """The value under the declared dimensions, which its checks have made equal."""
    return value if value.type == declared else t.Part(declared, value, 0, value.span)


def _declared(body: Body, stmt: s.Assign) -> Type:
    (expr,) = stmt.targets
    assert stmt.type is not None
    if not isinstance(expr, s.Name):
        hint = "fields are declared at the top of the contract"
        raise Fault("E0110", stmt.type.span, "only a new variable is declared", hint)
    known = body.local(expr.name)
    if known is not None:
        hint = f"leave the type out, or choose another name; see line {known.span.line}"
        raise Fault("E0202", expr.span, f"'{expr.name}' is declared already", hint)
    found = resolve(stmt.type, body.env, body.dims.get)
    if isinstance(found, ty.Map):
        hint = "maps are fields of the contract"
        raise Fault("E0604", stmt.type.span, "a map is no value", hint)
    return found


def _place(body: Body, expr: s.Expr) -> Place | None:
    """Where a target lies, or None for a name that is new."""
    if isinstance(expr, s.Name):
        local = body.local(expr.name)
        if expr.name in body.dims and (local is None or local.is_param):
            hint = "choose another name: it sizes tensors of this function"
            raise Fault("E0109", expr.span, f"'{expr.name}' is a dimension", hint)
        if local is None and expr.name in ("self", "msg", "block"):
            raise Fault("E0109", expr.span, f"'{expr.name}' is given", "choose another name")
        if local is None:
            return None
    found = place_of(body, expr)
    if found is None:
        hint = "assign to a variable, a field, a key of a map, or an element of a tensor"
        raise Fault("E0109", expr.span, "this cannot be assigned to", hint)
    if isinstance(found.type, ty.Map):
        hint = "assign one key of it: 'self.balances[who] = …'"
        raise Fault("E0604", expr.span, "a map is no value", hint)
    return found


def _finish(
    body: Body, exprs: Sequence[s.Expr], places: Sequence[Place | None], value: t.Expr, span: Span
) -> list[t.Stmt]:
    types = value.type.items if isinstance(value.type, ty.Several) else (value.type,)
    if len(types) != len(exprs):
        message = f"{len(types)} values for {len(exprs)} targets"
        if not types:
            message = "this function returns nothing"
        hint = f"the values are {value.type}" if types else "remove the target"
        raise Fault("E0306", span, message, hint)
    for expr, place, type_ in zip(exprs, places, types, strict=True):
        if place is not None:
            fit(body, type_, place.type, f"'{_word(expr)}'", expr.span)
    targets = tuple(
        _target(body, expr, place, type_)
        for expr, place, type_ in zip(exprs, places, types, strict=True)
    )
    return [t.Assign(targets, value, span)]


def _target(body: Body, expr: s.Expr, place: Place | None, type_: Type) -> t.Target:
    if place is None:
        assert isinstance(expr, s.Name)
        place = Place(body.declare(expr.name, type_, expr.span), type_, expr.span)
    made = target(body, place)
    if isinstance(made, t.LocalTarget):
        made.local.assigned += 1
    else:
        body.effect = body.effect or (f"writes 'self.{made.field}'", expr.span)
    return made


def _forget(body: Body, exprs: Sequence[s.Expr]) -> None:
    """New names of a faulty assignment are known, but not their types."""
    for expr in exprs:
        is_new = isinstance(expr, s.Name) and body.local(expr.name) is None
        if is_new and isinstance(expr, s.Name) and expr.name not in body.dims:
            body.declare(expr.name, ty.Unknown(), expr.span)


def _word(expr: s.Expr) -> str:
    if isinstance(expr, s.Name):
        return expr.name
    if isinstance(expr, s.Attribute):
        return f"{_word(expr.base)}.{expr.name}"
    return f"{_word(expr.base)}[…]" if isinstance(expr, s.Subscript) else "value"


def augment(body: Body, stmt: s.Augment) -> list[t.Stmt]:
    """``place op= value``: the keys and indices of the place are evaluated once."""
    place = _place(body, stmt.target)
    if place is None:
        assert isinstance(stmt.target, s.Name)
        name = stmt.target.name
        if name in (body.env.fields or {}):
            hint = f"write self.{name}"
        else:
            hint = did_you_mean(name, body.visible(), f"assign it first: '{name} = …'")
        raise Fault("E0201", stmt.target.span, f"there is no '{name}'", hint)
    before: list[t.Stmt] = []
    place = replace(
        place,
        keys=tuple(_once(body, e, before) for e in place.keys),
        indices=tuple(_once(body, e, before) for e in place.indices),
    )
    old = read(body, place)
    value = body.infer(stmt.value, old.type)
    new = combine(body, stmt.op, old, value, stmt.span)
    return [*before, *_finish(body, (stmt.target,), (place,), new, stmt.span)]


def _once(body: Body, expr: t.Expr, before: list[t.Stmt]) -> t.Expr:
    if isinstance(expr, t.Literal | t.Environment | t.Read | t.Size):
        return expr
    local = t.Local("key", expr.type, expr.span, assigned=1)
    before.append(t.Assign((t.LocalTarget(expr.type, local, 0, expr.span),), expr, expr.span))
    return t.Read(expr.type, local, 0, expr.span)


def grad(body: Body, stmt: s.Grad) -> list[t.Stmt]:
    """``value, d = grad f(…, net, …) wrt net``."""
    try:
        value = _gradient(body, stmt)
        places = [_place(body, e) for e in stmt.targets]
        return _finish(body, stmt.targets, places, value, stmt.span)
    except (Fault, Silent):
        _forget(body, stmt.targets)
        raise


def _gradient(body: Body, stmt: s.Grad) -> t.Grad:
    symbol = callee(body, stmt.call.function)
    if not isinstance(symbol, FunctionSymbol):
        hint = "write a function that returns the value, and differentiate that"
        raise Fault("E0703", stmt.call.span, "only a function of yours has a gradient", hint)
    call = call_function(body, stmt.call, symbol, None)
    if call.type != ty.F32:
        hint = "let it return one f32, such as a mean or a sum"
        message = f"'{symbol.syntax.name}' returns {call.type}: a gradient needs one f32"
        raise Fault("E0703", stmt.call.span, message, hint)
    positions = tuple(_position(name, stmt.call, call, body) for name in stmt.wrt)
    if len(set(positions)) < len(positions):
        raise Fault("E0702", stmt.wrt[-1].span, "this variable is named twice", "name it once")
    types = (ty.F32, *(call.args[p].type for p in positions))
    return t.Grad(ty.Several(types), call, positions, stmt.span)


def _position(name: s.Name, written: s.Call, call: t.Call, body: Body) -> int:
    """Which argument the variable is.  Arguments that are more than its name are refused."""
    found = [
        i
        for i, arg in enumerate(call.args)
        if isinstance(arg, t.Read) and arg.local is body.local(name.name) and _whole(arg)
    ]
    if len(found) != 1:
        names = [a.name for a in written.args if isinstance(a, s.Name)]
        if found:
            message = f"'{name.name}' is passed {len(found)} times"
            hint = "pass it once, and use it more than once inside of the function"
        else:
            message = f"'{name.name}' is no argument of this call"
            hint = did_you_mean(name.name, names, "pass the variable itself, not an expression")
        raise Fault("E0702", name.span, message, hint)
    (position,) = found
    for path, leaf in ty.leaves(call.args[position].type):
        if (leaf.element if isinstance(leaf, ty.Tensor) else leaf.name) != "f32":
            message = f"'{name.name}{path}' is {leaf}, which has no gradient"
            raise Fault("E0702", name.span, message, "differentiate with respect to f32 values")
    return position


def _whole(arg: t.Read) -> bool:
    return arg.first == 0 and arg.type == arg.local.type
