"""Checking of a whole file: its modules, its contract, every function that it can reach."""

from __future__ import annotations

from collections.abc import Iterable

from anhvm.compiler import entities
from anhvm.compiler import syntax as s
from anhvm.compiler import types as ty
from anhvm.compiler.check_expr import infer
from anhvm.compiler.check_external import check_implements
from anhvm.compiler.check_stmt import block
from anhvm.compiler.declare import Declarations
from anhvm.compiler.diagnostics import Diagnostic, an
from anhvm.compiler.ir import Span
from anhvm.compiler.modules import Modules
from anhvm.compiler.scope import Body, Env, EventSymbol, FunctionSymbol
from anhvm.program.model import Kind


def check_module(module: s.Module, modules: Modules) -> entities.Contract | None:
    """The checked contract, or None where the file holds none.

    Faults are added to `modules.faults`; the result means nothing if there are any.
    """
    declarations = Declarations(modules)
    env = declarations.module(module, "")
    contract, envs = None, [env]
    if module.contracts:
        contract = module.contracts[0]
        envs.append(declarations.contract(contract, env))
    for other in module.contracts[1:]:
        hint = "put every contract into a file of its own"
        message = "a file holds one contract"
        declarations.faults.append(Diagnostic("E0606", other.span, message, hint))
    faults = declarations.faults
    bodies: dict[FunctionSymbol, tuple[entities.Function, Body]] = {}
    roots = [symbol for e in reversed(envs) for symbol in own_functions(e)]
    waiting = list(roots)
    while waiting:
        symbol = waiting.pop(0)
        if symbol not in bodies:
            bodies[symbol] = check_function(symbol, faults)
            waiting += bodies[symbol][1].calls
    _check_views([body for _, body in bodies.values()], faults)
    if contract is not None:
        check_implements(envs[-1], contract, faults)
        _check_contract(envs[-1], contract, faults)
    modules.faults += faults
    if contract is None or modules.faults:
        return None
    return _contract(contract, envs[-1], bodies, modules)


def own_functions(env: Env) -> list[FunctionSymbol]:
    """The functions that were declared in `env` itself, not imported."""
    found = [f for f in env.symbols.values() if isinstance(f, FunctionSymbol)]
    return [f for f in found if f.env is env]


def check_function(
    symbol: FunctionSymbol, faults: list[Diagnostic]
) -> tuple[entities.Function, Body]:
    """The checked function, and what was learned about its body."""
    signature = symbol.signature
    types = (*(type_ for _, type_ in signature.params), signature.returns)
    dims = {v.name: v for v in ty.variables(ty.Several(types))}
    body = Body(symbol, infer, dims, faults)
    params = []
    for (name, type_), written in zip(signature.params, symbol.syntax.params, strict=True):
        local = body.declare(name, type_, written.span)
        local.is_param = True
        params.append(local)
    statements, falls = block(body, symbol.syntax.body)
    if falls and signature.returns != ty.NOTHING:
        hint = f"end every path with 'return', {an(signature.returns)}"
        message = f"'{symbol.syntax.name}' can end without returning"
        faults.append(Diagnostic("E0501", symbol.span, message, hint))
    return entities.Function(signature, tuple(params), statements), body


def _check_views(bodies: Iterable[Body], faults: list[Diagnostic]) -> None:
    """A view changes nothing, and neither does anything that it calls."""
    known = {body.symbol: body for body in bodies}
    for body in known.values():
        if body.signature.kind is not Kind.VIEW:
            continue
        found = _change(body.symbol, known)
        if found is None:
            continue
        path, what, place = found
        chain = "".join(f", which calls '{name}'" for name in path[1:][-3:])
        message = f"the view '{path[0]}'{chain} {what}" if chain else f"a view {what}"
        hint = f"make '{path[0]}' a @call, or remove the change"
        faults.append(Diagnostic("E0601", place, message, hint))


def _change(
    start: FunctionSymbol, known: dict[FunctionSymbol, Body]
) -> tuple[list[str], str, Span] | None:
    """The shortest way to a change: the functions on it, what it does, where `start` begins it."""
    ways: dict[FunctionSymbol, tuple[list[str], Span | None]] = {start: ([start.syntax.name], None)}
    waiting = [start]
    while waiting:
        symbol = waiting.pop(0)
        path, begun = ways[symbol]
        effect = known[symbol].effect
        if effect is not None:
            return path, effect[0], begun or effect[1]
        for called, span in known[symbol].calls.items():
            if called not in ways:
                ways[called] = ([*path, called.syntax.name], begun or span)
                waiting.append(called)
    return None


def _check_contract(env: Env, contract: s.Contract, faults: list[Diagnostic]) -> None:
    inits = [f for f in own_functions(env) if f.signature.kind is Kind.INIT]
    for extra in inits[1:]:
        hint = "join them into one"
        faults.append(Diagnostic("E0602", extra.span, "a contract has one @init", hint))
    for init in inits:
        if init.signature.returns != ty.NOTHING:
            hint = "remove the result: nobody receives it"
            faults.append(Diagnostic("E0602", init.span, "@init returns nothing", hint))
    for field in (env.fields or {}).values():
        if isinstance(field.type, ty.Unknown):
            continue
        for path, leaf in ty.leaves(field.cells()[1]):
            if isinstance(leaf, ty.Tensor) and any(d.constant is None for d in leaf.dims):
                message = f"'{field.name}{path}' has no fixed size"
                hint = "use constants: f32[64, 10]"
                faults.append(Diagnostic("E0603", field.span, message, hint))


def _contract(
    contract: s.Contract,
    env: Env,
    bodies: dict[FunctionSymbol, tuple[entities.Function, Body]],
    modules: Modules,
) -> entities.Contract:
    reached = list(own_functions(env))
    for symbol in reached:  # grows on the way
        reached += [called for called in bodies[symbol][1].calls if called not in reached]
    functions = tuple(bodies[symbol][0] for symbol in reached)
    externs = {name: e for each in reached for name, e in bodies[each][1].externs.items()}
    structs = _structs([f.type for f in (env.fields or {}).values()], functions)
    assert env.fields is not None
    events = [e.event for e in env.symbols.values() if isinstance(e, EventSymbol)]
    files = dict.fromkeys([env.file, *(f.signature.span.file for f in functions)])
    return entities.Contract(
        contract.name,
        contract.doc,
        structs,
        tuple(env.fields.values()),
        tuple(events),
        functions,
        tuple(files),
        tuple(externs.values()),
    )


def _structs(
    fields: Iterable[ty.Type], functions: Iterable[entities.Function]
) -> tuple[ty.Struct, ...]:
    """The structs that the interface mentions, inner ones first."""
    found: dict[ty.Struct, None] = {}

    def visit(type_: ty.Type) -> None:
        match type_:
            case ty.Struct():
                for _, inner in type_.members:
                    visit(inner)
                found[type_] = None
            case ty.Map(_, value):
                visit(value)
            case ty.Several(items):
                for item in items:
                    visit(item)

    for type_ in fields:
        visit(type_)
    for function in functions:
        if function.signature.kind is not Kind.INTERNAL:
            for _, type_ in function.signature.params:
                visit(type_)
            visit(function.signature.returns)
    return tuple(found)
