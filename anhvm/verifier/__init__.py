"""The verifier: one pass over a decoded program; after it an engine needs no such checks.

`verify` checks the parts in the order of the container.  Each function's code is one linear pass
against declared register types: no joins, no fix-point.  The rules, by the module that holds them:

* `parts`     names, constants, fields, events;
* `externs`   functions of other contracts, and what those may call here;
* `frames`    parameters, registers, effects, lines of a function;
* `sites`     call sites, each once, whoever refers to it;
* `coverage`  the declared effects contain those of the function's cells and of its callees;
* `code`      every instruction against its row;
* `views`     nothing that a view reaches writes or emits; at most one INIT function.
"""

from __future__ import annotations

from anhvm.program.limits import MAX_ITEMS
from anhvm.program.model import Program
from anhvm.verifier.code import check_code
from anhvm.verifier.externs import check_externs, check_open, check_unique
from anhvm.verifier.frames import check_frame
from anhvm.verifier.parts import check_parts
from anhvm.verifier.refusal import NotVerified
from anhvm.verifier.sites import check_sites
from anhvm.verifier.views import check_views

__all__ = ["NotVerified", "verify"]


def verify(program: Program) -> None:
    """Accepts `program`, as `decode` returned it, or raises `NotVerified`."""
    check_parts(program)
    check_externs(program)
    if len(program.functions) > MAX_ITEMS:
        raise NotVerified("limit", f"more than {MAX_ITEMS} functions")
    for function in program.functions:
        check_frame(program, function)
        check_open(function)
    for function in program.functions:
        facts = check_sites(program, function)
        check_code(function, facts)
    check_views(program)
    check_unique(program)
