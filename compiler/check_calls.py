"""Checking of calls: functions, structs, events, casts, built-ins."""

from __future__ import annotations

from collections.abc import Sequence

from anhvm.compiler import entities
from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.builtins import BUILTINS
from anhvm.compiler.casts import cast
from anhvm.compiler.diagnostics import Fault, did_you_mean
from anhvm.compiler.dims import Dim, DimVar, const
from anhvm.compiler.fit import check, match
from anhvm.compiler.scope import (
    Body,
    EventSymbol,
    FunctionSymbol,
    InterfaceSymbol,
    ModuleSymbol,
    StructSymbol,
    Symbol,
)  # fmt: skip
from anhvm.compiler.types import Type
from anhvm.program.model import Kind


def check_call(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
    """Any call; raises Fault (E0201, E0303, E0304, E0305, and those of the arguments)."""
    symbol = callee(body, call.function)
    if isinstance(symbol, InterfaceSymbol):
        hint_ = f"write {symbol.name}(address).{next(iter(symbol.functions))}(…)"
        raise Fault("E0304", call.span, f"'{symbol.name}' is an interface", hint_)
    if isinstance(symbol, FunctionSymbol):
        return call_function(body, call, symbol, hint)
    if isinstance(symbol, StructSymbol):
        parts = pass_values(body, call, symbol.type.members, str(symbol.type))
        return t.Pack(symbol.type, parts, call.span)
    if isinstance(symbol, EventSymbol):
        hint_ = f"write 'emit {symbol.event.name}(…)'"
        raise Fault("E0110", call.span, "an event is no function", hint_)
    if symbol is not None:
        raise Fault("E0304", call.function.span, "this is no function", "call what is in it")
    assert isinstance(call.function, s.Name)
    name = call.function.name
    if name in ty.PRIMS:
        return cast(body, call, ty.PRIMS[name])
    if name == "range":
        raise Fault("E0110", call.span, "range stands in a 'for'", "write 'for i in range(n):'")
    return BUILTINS[name](body, call, hint)


def callee(body: Body, function: s.Expr) -> Symbol | None:
    """The symbol that is called, or None for a built-in."""
    if isinstance(function, s.Attribute) and isinstance(function.base, s.Name):
        if function.base.name == "self":
            if function.name in body.env.symbols:
                hint = f"write {function.name}(…) without self"
            else:
                functions = [
                    n for n, f in body.env.symbols.items() if isinstance(f, FunctionSymbol)
                ]
                hint = did_you_mean(function.name, functions, "functions are called without self")
            raise Fault("E0205", function.span, f"self has no function '{function.name}'", hint)
        module = body.env.find(function.base.name)
        if isinstance(module, ModuleSymbol):
            found = module.env.find(function.name)
            if found is None:
                inside = list(module.env.symbols)
                hint = did_you_mean(function.name, inside, f"it has {', '.join(inside)}")
                message = f"'{function.base.name}' has no '{function.name}'"
                raise Fault("E0204", function.span, message, hint)
            return found
    if not isinstance(function, s.Name):
        hint = "call a function by its name"
        if isinstance(function, s.Attribute):
            hint = f"values have no methods: write {function.name}(…, …)"
        raise Fault("E0304", function.span, "this cannot be called", hint)
    if body.local(function.name) is not None:
        raise Fault(
            "E0304", function.span, f"'{function.name}' is a variable", "rename one of them"
        )
    found = body.env.find(function.name)
    if found is None and not (function.name in BUILTINS or function.name in (*ty.PRIMS, "range")):
        known = [*body.env.names(), *BUILTINS, *ty.PRIMS]
        hint = did_you_mean(function.name, known, f"define it: 'def {function.name}(…):'")
        raise Fault("E0201", function.span, f"there is no function '{function.name}'", hint)
    return found


def ordered(call: s.Call, names: Sequence[str], what: str) -> list[s.Expr]:
    """The arguments in the order of the parameters; named ones find their place."""
    slots: dict[str, s.Expr] = dict(zip(names, call.args, strict=False))
    shown = f"{what}({', '.join(names)})"
    for keyword in call.keywords:
        if keyword.name not in names:
            hint = did_you_mean(keyword.name, names, f"write {shown}")
            raise Fault("E0303", keyword.span, f"'{what}' has no '{keyword.name}'", hint)
        if keyword.name in slots:
            message = f"'{keyword.name}' is given twice"
            raise Fault("E0303", keyword.span, message, f"write {shown}")
        slots[keyword.name] = keyword.value
    if len(call.args) > len(names) or len(slots) < len(names):
        count = len(call.args) + len(call.keywords)
        missing = [n for n in names if n not in slots]
        more = f"; missing: {', '.join(missing)}" if missing else ""
        message = f"'{what}' takes {len(names)} values, not {count}{more}"
        raise Fault("E0303", call.span, message, f"write {shown}")
    return [slots[name] for name in names]


def pass_values(
    body: Body, call: s.Call, params: Sequence[tuple[str, Type]], what: str
) -> tuple[t.Expr, ...]:
    """Values for members of a struct or parameters of an event."""
    exprs = ordered(call, [name for name, _ in params], what)
    return tuple(
        check(body, expr, type_, f"'{name}' of {what}")
        for expr, (name, type_) in zip(exprs, params, strict=True)
    )


def call_function(body: Body, call: s.Call, symbol: FunctionSymbol, hint: Type | None) -> t.Call:
    """A call of a user's function: dimensions are bound by arguments, then by the wanted type."""
    signature = symbol.signature
    name = symbol.syntax.name
    if signature.kind is Kind.INIT:
        message = f"'{name}' runs once, when the contract is deployed"
        raise Fault("E0304", call.span, message, "move the shared part into another function")
    args, sizes, returns = bind_call(body, call, signature, name, hint)
    body.calls.setdefault(symbol, call.span)
    return t.Call(returns, signature.name, args, sizes, call.span)


def bind_call(
    body: Body, call: s.Call, signature: entities.Signature, name: str, hint: Type | None
) -> tuple[tuple[t.Expr, ...], tuple[Dim, ...], Type]:
    """The arguments, the hidden sizes and the result of a call of `signature`."""
    exprs = ordered(call, [p for p, _ in signature.params], name)
    bound: dict[DimVar, Dim] = {}
    owner = signature.name
    every = ty.Several((*(p for _, p in signature.params), signature.returns))
    sizes_named = set(ty.variables(every))
    passed: dict[int, t.Expr] = {}
    later: list[int] = []

    def take(number: int, last: bool) -> None:
        word, wanted = signature.params[number]
        open_ = any(v not in bound for v in ty.variables(wanted))
        try:
            found = body.infer(exprs[number], ty.substitute(wanted, bound) if not open_ else None)
        except Fault as fault:
            if fault.diagnostic.code != "E0305" or last:
                raise
            later.append(number)
            return
        passed[number] = found
        match(body, wanted, found.type, bound, f"'{word}' of '{name}'", exprs[number].span)
        if DimVar(word, owner) in sizes_named:
            _bind_size(body, DimVar(word, owner), found, bound, f"'{word}' of '{name}'")

    for number in range(len(exprs)):
        take(number, False)
    for number in list(later):
        take(number, True)
    for number, (word, wanted) in enumerate(signature.params):
        if any(d.variable is None and d.variables for d in _dims(wanted)):
            what = f"'{word}' of '{name}'"
            match(body, wanted, passed[number].type, bound, what, exprs[number].span)
    if hint is not None:
        _bind_result(signature.returns, hint, bound)
    _demand_bound(signature, bound, call, name)
    args = tuple(passed[i] for i in range(len(exprs)))
    sizes = tuple(bound[v] for v in signature.hidden)
    return args, sizes, ty.substitute(signature.returns, bound)


def _dims(type_: Type) -> tuple[Dim, ...]:
    return type_.dims if isinstance(type_, ty.Tensor) else ()


def _bind_size(
    body: Body, variable: DimVar, found: t.Expr, bound: dict[DimVar, Dim], what: str
) -> None:
    """A u64 parameter that sizes a tensor: the caller must know it, and it must agree."""
    size = _as_dim(found)
    if size is None:
        hint = "pass a literal, a constant or a dimension name"
        raise Fault("E0403", found.span, f"{what} is a size, so it must be known here", hint)
    known = bound.setdefault(variable, size)
    message = f"{what} is {size}, but the tensors passed with it say {known}"
    body.same(size, known, message, "pass the size of the tensor", found.span)


def _as_dim(expr: t.Expr) -> Dim | None:
    if isinstance(expr, t.Size):
        return expr.dim
    if isinstance(expr, t.Literal) and isinstance(expr.value, int):
        return const(expr.value)
    return None


def _bind_result(returns: Type, wanted: Type, bound: dict[DimVar, Dim]) -> None:
    """Dimensions that only the result names come from the place that wants it."""
    if isinstance(returns, ty.Several) and isinstance(wanted, ty.Several):
        for inner, want in zip(returns.items, wanted.items, strict=False):
            _bind_result(inner, want, bound)
    if isinstance(returns, ty.Tensor) and isinstance(wanted, ty.Tensor):
        for have, want_ in zip(returns.dims, wanted.dims, strict=False):
            if have.variable is not None:
                bound.setdefault(have.variable, want_)


def _demand_bound(
    signature: entities.Signature, bound: dict[DimVar, Dim], call: s.Call, name: str
) -> None:
    wanted = (*signature.hidden, *ty.variables(signature.returns))
    open_ = [v for v in wanted if v not in bound]
    if not open_:
        return
    hint = f"say the type: 'value: {signature.returns} = {name}(…)', with sizes"
    message = f"the dimension {open_[0].name} of '{name}' is not determined"
    raise Fault("E0305", call.span, message, hint)
