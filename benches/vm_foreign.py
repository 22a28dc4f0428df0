"""How a peer's engine is timed: the loop of a program, less an empty call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from anhvm.benches.timing import calling, least
from anhvm.benches.vm_cases import BY_KEY


def measure_with(
    run: Callable[..., object],
    functions: Sequence[str],
    slow: int,
    keys: Sequence[str],
    seconds: float,
) -> dict[str, float]:
    """Seconds of those cases whose function the engine has.

    `run` runs a function by name; `slow` picks the length of the loop, see `vm_cases`.
    """
    empty = least(calling(partial(run, "empty")), seconds)
    times = {}
    for key in keys:
        case = BY_KEY[key]
        if case.function == "empty":
            times[key] = empty
        elif case.function in functions:
            count = case.counts[slow]
            spent = least(calling(partial(run, case.function, count)), seconds)
            times[key] = (spent - empty) / (count * case.steps)
    return times
