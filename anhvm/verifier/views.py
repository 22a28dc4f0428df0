"""Rules on kinds of functions.

* kind: at most one function is INIT;
* view: no function that a VIEW can reach by calls emits, or calls of another contract what is no
  VIEW.  (That it writes nothing follows from declared effects, which contain those of callees.)
"""

from __future__ import annotations

from anhvm.isa.opcodes import BY_NAME
from anhvm.program.model import Function, Kind, Program, SiteKind
from anhvm.verifier.refusal import NotVerified

_EMIT = BY_NAME["emit"].code


def check_views(program: Program) -> None:
    """Kinds of the functions of `program`, and what its views reach."""
    kinds = [function.kind for function in program.functions]
    if kinds.count(Kind.INIT) > 1:
        raise NotVerified("kind", "more than one function is init")
    reached = {index for index, kind in enumerate(kinds) if kind == Kind.VIEW}
    waiting = list(reached)
    while waiting:
        function = program.functions[waiting.pop()]
        if any(instr.op == _EMIT for instr in function.code):
            raise NotVerified("view", "it emits, and a view reaches it", function.name)
        if any(program.externs[target].kind != Kind.VIEW for target in _externs(function)):
            raise NotVerified("view", "a view reaches it, and it calls no view", function.name)
        fresh = set(_callees(function)) - reached
        reached |= fresh
        waiting.extend(fresh)


def _callees(function: Function) -> list[int]:
    return [site.target for site in function.sites if site.kind == SiteKind.CALL]


def _externs(function: Function) -> list[int]:
    return [site.target for site in function.sites if site.kind == SiteKind.EXTERN]
