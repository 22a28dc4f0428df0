"""Whether a function can call other contracts, known from its bytes."""

from __future__ import annotations

from anhvm.program.model import Program, SiteKind


def calls_out(program: Program, function: int) -> bool:
    """Whether `function`, or what it calls inside the program, has a call of another contract."""
    waiting, seen = [function], {function}
    while waiting:
        for site in program.functions[waiting.pop()].sites:
            if site.kind == SiteKind.EXTERN:
                return True
            if site.kind == SiteKind.CALL and site.target not in seen:
                seen.add(site.target)
                waiting.append(site.target)
    return False
