"""Signatures of functions: parameters, results, and which dimensions a caller must pass."""

from __future__ import annotations

from anhvm.compiler import syntax as s
from anhvm.compiler import types as ty
from anhvm.compiler.constants import evaluate
from anhvm.compiler.diagnostics import Fault, did_you_mean
from anhvm.compiler.dims import DimVar
from anhvm.compiler.entities import Signature
from anhvm.compiler.resolve import resolve
from anhvm.compiler.scope import Env
from anhvm.program.model import Kind

NONDET = "nondet"
_KINDS = {"call": Kind.CALL, "view": Kind.VIEW, "init": Kind.INIT, NONDET: Kind.CALL}
_MORE = ("gas", "reentrant")


def signature(function: s.Function, env: Env, exported: bool, interface: str = "") -> Signature:
    """The signature of a function; decorators are allowed where `exported`.

    A function of an `interface` is a @call, unless it is a @view.
    """
    words = _words(function, exported)
    kind = _kind(words, interface)
    stipend, reentrant = _promises(words, env, kind)
    owner = env.prefix + interface + "." * bool(interface) + function.name

    def named(name: str) -> DimVar:
        return DimVar(name, owner)

    params: dict[str, ty.Type] = {}
    for param in function.params:
        if param.name in params:
            message = f"parameter '{param.name}' appears twice"
            raise Fault("E0202", param.span, message, "rename one of them")
        if param.name in ("self", "msg", "block"):
            hint = f"leave it out: '{param.name}' is always there"
            raise Fault("E0202", param.span, f"'{param.name}' is a word of the language", hint)
        type_ = resolve(param.type, env, named)
        if isinstance(type_, ty.Map):
            hint = "read the field where it is needed: 'self.balances[who]'"
            raise Fault("E0604", param.type.span, "a map cannot be passed", hint)
        params[param.name] = type_
    returns = [resolve(r, env, named) for r in function.returns]
    for expr, type_ in zip(function.returns, returns, strict=True):
        if isinstance(type_, ty.Map):
            hint = "return one value of it"
            raise Fault("E0604", expr.span, "a map cannot be returned", hint)
    result = returns[0] if len(returns) == 1 else ty.Several(tuple(returns))
    given = set(sources(tuple(params.items()), owner))
    wanted = ty.variables(ty.Several((*params.values(), result)))
    hidden = tuple(v for v in wanted if v not in given)
    for variable in wanted:
        if params.get(variable.name, ty.U64) != ty.U64:
            hint = "rename the parameter, or make it a u64"
            message = f"parameter '{variable.name}' is no u64, so it cannot be a size"
            raise Fault("E0403", function.span, message, hint)
    for variable in hidden:
        if kind is not Kind.INTERNAL:
            hint = f"name {variable.name} alone in the type of a parameter, or use a constant"
            message = f"a caller cannot know the dimension {variable.name}"
            raise Fault("E0609", function.span, message, hint)
    return Signature(
        owner,
        kind,
        tuple(params.items()),
        result,
        hidden,
        function.span,
        function.doc,
        reentrant,
        stipend,
        NONDET in words,
    )


def sources(
    params: tuple[tuple[str, ty.Type], ...], owner: str
) -> dict[DimVar, tuple[int, int, int | None]]:
    """Where the value of each dimension comes from: parameter, leaf of it, axis of the leaf.

    The axis is None where a u64 parameter of that name is the dimension.  The first place wins.
    """
    found: dict[DimVar, tuple[int, int, int | None]] = {}
    for number, (_, type_) in enumerate(params):
        for place, (_, leaf) in enumerate(ty.leaves(type_)):
            for axis, dim in enumerate(leaf.dims if isinstance(leaf, ty.Tensor) else ()):
                if dim.variable is not None:
                    found.setdefault(dim.variable, (number, place, axis))
    for number, (name, type_) in enumerate(params):
        if type_ == ty.U64:
            found[DimVar(name, owner)] = (number, 0, None)
    return found


def _words(function: s.Function, exported: bool) -> dict[str, s.Decorator]:
    words: dict[str, s.Decorator] = {}
    for decorator in function.decorators:
        name, span = decorator.name, decorator.span
        if name not in (*_KINDS, *_MORE):
            known = (*_KINDS, *_MORE)
            use = "use @call, @view, @init, @nondet, @gas(…), @reentrant or none"
            hint = did_you_mean(name, known, use)
            raise Fault("E0602", span, f"there is no @{name}", hint)
        if not exported:
            hint = "move the function into a contract, or remove the decorator"
            raise Fault("E0602", span, f"@{name} belongs to functions of a contract", hint)
        if name in words or (name in _KINDS and any(word in _KINDS for word in words)):
            raise Fault("E0602", span, "a function has one decorator", "remove one")
        if (decorator.value is None) == (name == "gas"):
            hint = "write '@gas(50_000)'" if name == "gas" else f"write '@{name}'"
            raise Fault("E0602", span, f"@{name} is written in another way", hint)
        words[name] = decorator
    return words


def _kind(words: dict[str, s.Decorator], interface: str) -> Kind:
    kind = next((kind for name, kind in _KINDS.items() if name in words), Kind.INTERNAL)
    if not interface:
        return kind
    for name in ("init", NONDET, "reentrant"):
        if name in words:
            hint = "promise what can be called: @call or @view"
            raise Fault("E0602", words[name].span, f"an interface has no @{name}", hint)
    return Kind.VIEW if kind is Kind.VIEW else Kind.CALL


def _promises(words: dict[str, s.Decorator], env: Env, kind: Kind) -> tuple[int, bool]:
    """The gas that others have to give, and whether they may call at any time."""
    for name in _MORE:
        if name in words and kind not in (Kind.CALL, Kind.VIEW):
            hint = "add @call or @view, or remove it"
            message = f"@{name} is for functions that other contracts can call"
            raise Fault("E0602", words[name].span, message, hint)
    stipend = 0
    if "gas" in words:
        amount = words["gas"].value
        assert amount is not None
        found = evaluate(amount, env, ty.U64)
        assert isinstance(found.value, int)
        stipend = found.value
    return stipend, "reentrant" in words
