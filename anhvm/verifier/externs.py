"""Rules on what contracts ask of each other.

* extern: it is a CALL or a VIEW; its name and lists are within the limits;
* kind: what other contracts cannot call is not reentrant and has no stipend;
* name: functions that other contracts can call have different names.
"""

from __future__ import annotations

from anhvm.program.model import Function, Kind, Program
from anhvm.verifier.parts import check_count, check_names
from anhvm.verifier.refusal import NotVerified

CALLABLE = frozenset({Kind.CALL, Kind.VIEW})
"""Kinds of functions that other contracts can call."""


def check_externs(program: Program) -> None:
    """What `program` asks of others."""
    check_count("externs", program.externs)
    for extern in program.externs:
        check_names([extern.name])
        check_count("parameters", extern.params)
        check_count("results", extern.returns)
        if extern.kind not in CALLABLE:
            raise NotVerified("extern", f"{extern.name} is neither call nor view")


def check_open(function: Function) -> None:
    """What others may ask of `function`."""
    if function.kind not in CALLABLE and (function.reentrant or function.stipend):
        raise NotVerified("kind", "no other contract can call it", function.name)


def check_unique(program: Program) -> None:
    """The names of functions that other contracts can call."""
    seen: set[str] = set()
    for function in program.functions:
        if function.kind not in CALLABLE:
            continue
        if function.name in seen:
            raise NotVerified("name", "another function has this name", function.name)
        seen.add(function.name)
