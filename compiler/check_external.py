"""Checking of calls between contracts: ``Name(address).f(…)``, ``try``, ``implements``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from anhvm.compiler import entities
from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.check_calls import bind_call, callee, check_call
from anhvm.compiler.declare import GAS
from anhvm.compiler.diagnostics import Diagnostic, Fault, did_you_mean
from anhvm.compiler.fit import check
from anhvm.compiler.scope import Body, Env, FunctionSymbol, InterfaceSymbol
from anhvm.compiler.types import Type
from anhvm.isa.schedule import SATURATED
from anhvm.program.model import Kind


def interface_of(body: Body, call: s.Expr) -> tuple[InterfaceSymbol, s.Call, str] | None:
    """The interface, the call that names the address, and the function of ``Name(a).f(…)``."""
    if not (isinstance(call, s.Call) and isinstance(call.function, s.Attribute)):
        return None
    base = call.function.base
    if not isinstance(base, s.Call) or not isinstance(base.function, s.Name | s.Attribute):
        return None
    symbol = callee(body, base.function)
    return (symbol, base, call.function.name) if isinstance(symbol, InterfaceSymbol) else None


def any_call(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
    """A call inside this program, or of another contract."""
    found = interface_of(body, call)
    return external_call(body, call, found, hint) if found else check_call(body, call, hint)


def external_call(
    body: Body, call: s.Call, found: tuple[InterfaceSymbol, s.Call, str], hint: Type | None
) -> t.External:
    """``Name(address).f(values, gas=n)``: dimensions are bound as in any call."""
    interface, base, name = found
    signature = interface.functions.get(name)
    if signature is None:
        known = list(interface.functions)
        advice = did_you_mean(name, known, f"it has {', '.join(known)}")
        message = f"'{interface.name}' has no function '{name}'"
        raise Fault("E0205", call.function.span, message, advice)
    if len(base.args) != 1 or base.keywords:
        advice = f"write {interface.name}(address).{name}(…)"
        raise Fault("E0303", base.span, f"'{interface.name}' takes one address", advice)
    address = check(body, base.args[0], ty.ADDRESS, f"the address of {interface.name}")
    gas: t.Expr = t.Literal(ty.U64, SATURATED, call.span)
    for keyword in call.keywords:
        if keyword.name == GAS:
            gas = check(body, keyword.value, ty.U64, "gas")
    kept = tuple(k for k in call.keywords if k.name != GAS)
    shown = f"{interface.name}.{name}"
    args, _, returns = bind_call(body, replace(call, keywords=kept), signature, shown, hint)
    if signature.kind is not Kind.VIEW:
        what = f"calls '{shown}', which is no view"
        body.effect = body.effect or (what, call.span)
    body.externs.setdefault(signature.name, signature)
    return t.External(returns, signature.name, args, address, gas, call.span)


def tried(body: Body, statements: tuple[s.Stmt, ...]) -> s.Assign | s.Evaluate:
    """The statement that a ``try`` holds; raises Fault E0110 where it is no call of a contract."""
    only = statements[0]
    hint = "write one statement, such as 'price = Feed(address).price()', and the rest in 'else:'"
    if len(statements) > 1:
        raise Fault("E0110", statements[1].span, "'try' holds one call of another contract", hint)
    if not isinstance(only, s.Assign | s.Evaluate) or not interface_of(body, only.value):
        raise Fault("E0110", only.span, "'try' holds a call of another contract", hint)
    return only


def check_implements(env: Env, contract: s.Contract, faults: list[Diagnostic]) -> None:
    """Every interface that the contract names is kept: same functions, same types."""
    for name in contract.implements:
        symbol = env.find(name.name)
        if not isinstance(symbol, InterfaceSymbol):
            hint = f"declare it: 'interface {name.name}:'"
            message = f"there is no interface '{name.name}'"
            faults.append(Diagnostic("E0201", name.span, message, hint))
            continue
        for word, wanted in symbol.functions.items():
            found = env.symbols.get(word)
            have = found.signature if isinstance(found, FunctionSymbol) else None
            fault = _unlike(wanted, have)
            if fault:
                span = have.span if have else name.span
                faults.append(Diagnostic("E0611", span, *fault(symbol.name, word)))


def _unlike(
    wanted: entities.Signature, have: entities.Signature | None
) -> Callable[[str, str], tuple[str, str]] | None:
    """What to say where `have` is not what `wanted` promises."""
    kinds = {Kind.VIEW: (Kind.VIEW,), Kind.CALL: (Kind.CALL, Kind.VIEW)}
    shown = wanted.show().removesuffix(f" -> {ty.NOTHING}")
    if have is None:
        return lambda interface, word: (
            f"'{interface}' promises '{word}', which this contract does not have",
            f"add 'def {shown}'",
        )
    if have.kind not in kinds[wanted.kind]:
        return lambda interface, word: (
            f"'{interface}' promises that '{word}' is a @{wanted.kind.name.lower()}",
            f"write '@{wanted.kind.name.lower()}' above it",
        )
    if _machine(wanted) != _machine(have):
        return lambda interface, word: (
            f"'{interface}' promises '{shown}', and this is '{have.show()}'",
            "take and return the same types",
        )
    if have.stipend > wanted.stipend:
        return lambda interface, word: (
            f"'{interface}' promises '{word}' for {wanted.stipend} gas, and this asks for more",
            f"write '@gas({wanted.stipend})', or mend the interface",
        )
    return None


def _machine(signature: entities.Signature) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Types as another contract sees them: a named size may be any."""
    params = tuple(_open(type_) for _, type_ in signature.params)
    returns = signature.returns
    results = returns.items if isinstance(returns, ty.Several) else (returns,)
    return params, tuple(map(_open, results))


def _open(type_: Type) -> object:
    return tuple(
        (leaf.element, [d.constant for d in leaf.dims]) if isinstance(leaf, ty.Tensor) else leaf
        for _, leaf in ty.leaves(type_)
    )
