"""Which cells a function may read and may write, declared with the program.

An effect names a field and where each key comes from, so that the keys of a started function can
be known from the bytes of a transaction.  The effects of a callee become its caller's, with the
arguments put in for the parameters.  Recursion is a fixed point: there are finitely many effects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from anhvm.compiler import ir
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.emit_flat import Step
from anhvm.program.model import MAX_EFFECTS, Effect, Init, Key, Mode

ANY = Key(Init.ZERO)

Constant = Callable[[ir.Lit], int]
"""The index of a literal among the constants of the program."""


def declare(
    functions: Mapping[ir.Function, Sequence[Step]], fields: Mapping[str, int], constant: Constant
) -> dict[str, tuple[Effect, ...]]:
    """The effects of each function by name, sorted, at most `MAX_EFFECTS` of them.

    Raises `Fault` where even whole fields are too many.
    """
    effects: dict[str, frozenset[Effect]] = {f.name: frozenset() for f in functions}
    changed = True
    while changed:
        changed = False
        for function, steps in functions.items():
            found = frozenset(_effects(function, steps, effects, fields, constant))
            # With what was known before, so that the sets only grow and the end is reached.
            found = _limited(function, found | effects[function.name])
            changed = changed or found != effects[function.name]
            effects[function.name] = found
    return {name: tuple(sorted(found, key=_order)) for name, found in effects.items()}


def _effects(
    function: ir.Function,
    steps: Iterable[Step],
    effects: Mapping[str, frozenset[Effect]],
    fields: Mapping[str, int],
    constant: Constant,
) -> Iterator[Effect]:
    params = {var: i for i, var in enumerate(function.params)}

    def key(atom: ir.Atom) -> Key:
        match atom:
            case ir.Lit():
                return Key(Init.CONST, constant(atom))
            case ir.Source(_, init):
                return Key(init)
            case ir.Var():
                return Key(Init.ARG, params[atom]) if atom in params else ANY

    for step in steps:
        if step.site is None:
            continue
        match step.op:
            case "s.load":
                yield Effect(Mode.READ, fields[step.site.target], tuple(map(key, step.reads)))
            case "s.store":
                yield Effect(Mode.WRITE, fields[step.site.target], tuple(map(key, step.reads[1:])))
            case "call":
                for effect in effects[step.site.target]:
                    keys = (
                        key(step.reads[k.index]) if k.init is Init.ARG else k for k in effect.keys
                    )
                    yield Effect(effect.mode, effect.field, tuple(keys))
            case _:
                pass


def _limited(function: ir.Function, found: frozenset[Effect]) -> frozenset[Effect]:
    """Whole fields, the longest lists first, where there are too many.

    A cell known from bytes stays declared beside its whole field: then nobody has to list it.
    """
    while len(found) > MAX_EFFECTS:
        lists: dict[Effect, int] = {}
        for effect in found:
            lists[_whole(effect)] = lists.get(_whole(effect), 0) + 1
        longest = min(lists, key=lambda whole: (-lists[whole], _order(whole)))
        if lists[longest] == 1:
            raise Fault(
                "E0610",
                function.span,
                f"'{function.name}' touches {len(found)} cells, and a function may declare "
                f"{MAX_EFFECTS}",
                "keep fewer fields in storage, or split the function",
            )
        found = _uncovered(found | {longest})
    return found


def _uncovered(found: frozenset[Effect]) -> frozenset[Effect]:
    return frozenset(e for e in found if not any(_covers(other, e) for other in found))


def _covers(wide: Effect, narrow: Effect) -> bool:
    """Whether `wide`, another effect, admits every cell of `narrow`."""
    return (
        wide != narrow
        and (wide.mode, wide.field) == (narrow.mode, narrow.field)
        and all(w in (ANY, n) for w, n in zip(wide.keys, narrow.keys, strict=True))
    )


def _whole(effect: Effect) -> Effect:
    return Effect(effect.mode, effect.field, (ANY,) * len(effect.keys))


def _order(effect: Effect) -> tuple[int, ...]:
    return (effect.field, effect.mode, *(n for k in effect.keys for n in (k.init, k.index)))
