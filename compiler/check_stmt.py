"""Checking of statements other than assignments, and of the ways through a block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.check_assign import assign, augment, grad
from anhvm.compiler.check_calls import callee, pass_values
from anhvm.compiler.check_external import interface_of, tried
from anhvm.compiler.check_ops import condition, operands
from anhvm.compiler.diagnostics import Fault, an, did_you_mean
from anhvm.compiler.fit import check, fit
from anhvm.compiler.ir import Span
from anhvm.compiler.scope import Body, EventSymbol, FunctionSymbol, Silent

T = TypeVar("T")
FAILED: Final = b"assertion failed"


def block(body: Body, statements: Sequence[s.Stmt]) -> tuple[tuple[t.Stmt, ...], bool]:
    """The checked statements, and whether the end of the block can be reached.

    A fault is kept, and the next statement is checked.
    """
    found: list[t.Stmt] = []
    falls = True
    outer = body.checks
    for statement in statements:
        try:
            if not falls:
                hint = "remove it, or move it before the jump"
                raise Fault("E0503", statement.span, "this is never reached", hint)
            body.checks = []
            made, falls = _TABLE[type(statement)](body, statement)
            if body.checks:
                nothing = t.Pack(ty.NOTHING, (), statement.span)
                guard = t.Checked(ty.NOTHING, nothing, tuple(body.checks), statement.span)
                found.append(t.Evaluate(guard, statement.span))
            found += made
        except Fault as fault:
            body.faults.append(fault.diagnostic)
            if fault.diagnostic.code == "E0503":
                break
            falls = not isinstance(statement, s.Return)
        except Silent:
            falls = not isinstance(statement, s.Return)
    body.checks = outer
    return tuple(found), falls


def _inner(body: Body, statements: Sequence[s.Stmt]) -> tuple[tuple[t.Stmt, ...], bool]:
    body.scopes.append({})
    try:
        return block(body, statements)
    finally:
        body.leave()


Made = tuple[list[t.Stmt], bool]


def _evaluate(body: Body, stmt: s.Evaluate) -> Made:
    if interface_of(body, stmt.value) is not None:
        return [t.Evaluate(body.infer(stmt.value), stmt.span)], True
    if isinstance(stmt.value, s.Call):
        symbol = callee(body, stmt.value.function)
        if isinstance(symbol, EventSymbol):
            hint = f"write 'emit {symbol.event.name}(…)'"
            raise Fault("E0110", stmt.span, "an event is emitted", hint)
        if isinstance(symbol, FunctionSymbol):
            return [t.Evaluate(body.infer(stmt.value), stmt.span)], True
    body.infer(stmt.value)
    hint = "assign it to a variable or a field, or remove it"
    if isinstance(stmt.value, s.Binary) and stmt.value.op == "==":
        hint = "assign with '='; check with 'assert'"
    raise Fault("E0504", stmt.span, "this value is not used", hint)


def _return(body: Body, stmt: s.Return) -> Made:
    wanted = body.signature.returns
    if not stmt.values:
        if wanted != ty.NOTHING:
            hint = f"return {an(wanted)}"
            raise Fault("E0306", stmt.span, f"this returns nothing, expected {wanted}", hint)
        return [t.Return(t.Pack(ty.NOTHING, (), stmt.span), stmt.span)], False
    if wanted == ty.NOTHING:
        hint = f"write '-> type' in the header of '{body.symbol.syntax.name}'"
        raise Fault("E0306", stmt.span, "this function returns nothing", hint)
    if len(stmt.values) == 1:
        return [t.Return(check(body, stmt.values[0], wanted, "result"), stmt.span)], False
    value = check(body, s.Tuple(stmt.values, stmt.span), wanted, "result")
    return [t.Return(value, stmt.span)], False


def _assert(body: Body, stmt: s.Assert) -> Made:
    test = condition(body, stmt.condition)
    message: t.Expr = t.Literal(ty.STR, FAILED, stmt.span)
    if stmt.message is not None:
        message = check(body, stmt.message, ty.STR, "message")
    return [t.Assert(test, message, stmt.span)], True


def _emit(body: Body, stmt: s.Emit) -> Made:
    name = stmt.event.function
    found = body.env.find(name.name) if isinstance(name, s.Name) else None
    if not isinstance(found, EventSymbol):
        known = [n for n, symbol in body.env.symbols.items() if isinstance(symbol, EventSymbol)]
        shown = name.name if isinstance(name, s.Name) else "this"
        hint = did_you_mean(shown, known, "declare it in the contract: 'event Name(a: u64)'")
        raise Fault("E0201", name.span, f"there is no event '{shown}'", hint)
    parts = pass_values(body, stmt.event, found.event.params, found.event.name)
    body.effect = body.effect or ("emits an event", stmt.span)
    value = t.Pack(ty.Several(tuple(p.type for p in parts)), parts, stmt.span)
    return [t.Emit(found.event.name, value, stmt.span)], True


def _if(body: Body, stmt: s.If) -> Made:
    test = _tried(body, lambda: condition(body, stmt.condition))
    then, falls = _inner(body, stmt.then)
    orelse, other = _inner(body, stmt.orelse)
    if test is None:
        return [], falls or other
    return [t.If(test, then, orelse, stmt.span)], falls or other


def _while(body: Body, stmt: s.While) -> Made:
    test = _tried(body, lambda: condition(body, stmt.condition))
    inner = _loop(body, stmt.body)
    endless = isinstance(stmt.condition, s.Bool) and stmt.condition.value
    falls = not endless or _breaks(stmt.body)
    return ([t.While(test, inner, stmt.span)] if test is not None else []), falls


def _for(body: Body, stmt: s.For) -> Made:
    ends = _tried(body, lambda: _range(body, stmt.iterable))
    type_: ty.Type = ends[0].type if ends else ty.Unknown()
    name = stmt.variable.name
    if body.local(name) is not None or name in body.dims:
        hint = "choose another name: a loop has a variable of its own"
        fault = Fault("E0202", stmt.variable.span, f"'{name}' is a variable already", hint)
        body.faults.append(fault.diagnostic)
    body.scopes.append({})
    local = body.declare(name, type_, stmt.variable.span)
    inner = _loop(body, stmt.body)
    body.leave()
    return ([t.ForRange(local, *ends, inner, stmt.span)] if ends else []), True


def _try(body: Body, stmt: s.Try) -> Made:
    only = _tried(body, lambda: tried(body, stmt.body))
    body.scopes.append({})
    try:
        made, _ = block(body, (only,)) if only else ((), True)
        orelse, falls = _inner(body, stmt.orelse)
    finally:
        body.leave()
    handler, other = _inner(body, stmt.handler)
    if not made:
        return [], falls or other
    *before, last = made
    assert isinstance(last, t.Assign | t.Evaluate)
    return [*before, t.Try(last, handler, orelse, stmt.span)], falls or other


def _range(body: Body, over: s.Expr) -> tuple[t.Expr, t.Expr]:
    named = isinstance(over, s.Call) and isinstance(over.function, s.Name)
    if not isinstance(over, s.Call) or not named or over.function.name != "range":  # type: ignore[union-attr]
        hint = "write 'for i in range(stop):' or 'for i in range(start, stop):'"
        raise Fault("E0505", over.span, "a loop runs over a range", hint)
    if len(over.args) not in (1, 2) or over.keywords:
        hint = "write range(stop) or range(start, stop); for other steps use 'while'"
        raise Fault("E0303", over.span, "range takes one or two numbers", hint)
    if len(over.args) == 1:
        stop = body.infer(over.args[0])
        start: t.Expr = t.Literal(stop.type, 0, over.span)
    else:
        start, stop = operands(body, over.args[0], over.args[1], None)
    for end in (start, stop):
        if end.type not in ty.INTEGERS:
            raise Fault("E0301", end.span, f"this is {end.type}, expected an integer", "use a u64")
    fit(body, start.type, stop.type, "start of the range", start.span)
    return start, stop


def _loop(body: Body, statements: Sequence[s.Stmt]) -> tuple[t.Stmt, ...]:
    body.loops += 1
    try:
        return _inner(body, statements)[0]
    finally:
        body.loops -= 1


def _tried(body: Body, action: Callable[[], T]) -> T | None:
    """A header with its fault kept, so that the block behind it is checked all the same."""
    try:
        return action()
    except Fault as fault:
        body.faults.append(fault.diagnostic)
    except Silent:
        pass
    return None


def _jump(make: Callable[[Span], t.Stmt], word: str) -> Callable[[Body, Any], Made]:
    def handle(body: Body, stmt: s.Break | s.Continue) -> Made:
        if not body.loops:
            hint = "use 'return' to leave the function"
            raise Fault("E0502", stmt.span, f"'{word}' stands in no loop", hint)
        return [make(stmt.span)], False

    return handle


def _breaks(statements: Sequence[s.Stmt]) -> bool:
    return any(
        isinstance(stmt, s.Break)
        or (isinstance(stmt, s.If) and (_breaks(stmt.then) or _breaks(stmt.orelse)))
        or (isinstance(stmt, s.Try) and (_breaks(stmt.handler) or _breaks(stmt.orelse)))
        for stmt in statements
    )


_TABLE: Final[dict[type, Callable[[Body, Any], Made]]] = {
    s.Assign: lambda body, stmt: (assign(body, stmt), True),
    s.Augment: lambda body, stmt: (augment(body, stmt), True),
    s.Grad: lambda body, stmt: (grad(body, stmt), True),
    s.Evaluate: _evaluate,
    s.Return: _return,
    s.Assert: _assert,
    s.Emit: _emit,
    s.Break: _jump(t.Break, "break"),
    s.Continue: _jump(t.Continue, "continue"),
    s.Pass: lambda body, stmt: ([], True),
    s.If: _if,
    s.While: _while,
    s.For: _for,
    s.Try: _try,
}
