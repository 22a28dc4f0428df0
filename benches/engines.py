"""How an engine is timed: the loop of a program, less an empty call from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from anhvm.benches.timing import Timer, nothing
from anhvm.benches.vm_cases import BY_KEY


def measure_with(
    call: Callable[..., Callable[[], object]],
    functions: Sequence[str],
    keys: Sequence[str],
    timer: Timer,
    pace: int = 0,
) -> dict[str, float]:
    """Seconds of those cases whose function is among the engine's.

    `call` makes the cheapest call that the engine has, of a function by name: what can be looked
    up or written down before is no part of the time.  The slower the engine, the higher its
    `pace`, and the shorter its loops.
    """
    empty = call("empty")
    times = {}
    for key in keys:
        case = BY_KEY[key]
        if case.function == "empty":
            times[key] = timer.of_calls(empty, nothing)
        elif case.function in functions:
            count = case.counts[pace]
            program = call(case.function, count, *case.args)
            times[key] = timer.of_calls(program, empty) / (count * case.steps)
    return times
