"""A mispriced program made small: whatever can go without the ratio falling goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Final, TypeVar

from anhvm.benches.gas.breed import Judge
from anhvm.benches.gas.genes import Genome, loop
from anhvm.benches.gas.text import Loop

T = TypeVar("T")
KEPT: Final = 0.95
"""The share of the ratio that must remain."""
_ROUNDS: Final = 5
_WORD: Final = re.compile(r"[\w.]+")


def shrink(
    genome: Genome,
    ratio: float,
    judge: Judge,
    seconds: float,
    clock: Callable[[], float] = monotonic,
) -> Loop:
    """The smallest program tried in so many seconds that keeps `KEPT` of the ratio."""
    end = clock() + seconds

    def bad(trial: Loop) -> bool:
        # Twice: what disturbs a computer for a moment makes any program look bad.
        return clock() < end and all(judge(trial, _ROUNDS) >= ratio * KEPT for _ in range(2))

    genes = _fewer(genome, lambda some: bool(some) and bad(loop(tuple(some))))
    small = loop(tuple(genes))
    small = replace(small, lines=_fewer(small.lines, lambda some: bad(replace(small, lines=some))))
    tidy = _tidy(small)
    return tidy if bad(tidy) else small


def _fewer(items: Sequence[T], holds: Callable[[list[T]], bool]) -> list[T]:
    """Leaves out ever smaller runs of items as long as `holds` does."""
    left, size = list(items), max(1, len(items) // 2)
    while True:
        at = 0
        while at < len(left):
            some = left[:at] + left[at + size :]
            if holds(some):
                left = some
            else:
                at += size
        if size == 1:
            return left
        size //= 2


def _tidy(small: Loop) -> Loop:
    """Without what no line names any more: registers and their start, constants, functions."""
    while True:
        used = _words([*small.lines, *small.start, *small.effects, *small.after])
        start = [line for line in small.start if _useful(line, small)]
        registers = [r for r in small.registers if r.partition(":")[0] in used]
        others = [line for line in small.top if line[:5] != "const"]
        consts = _words([*registers, *small.after, *others])
        top = [t for t in small.top if t[:5] != "const" or t.split()[1].rstrip(":") in consts]
        smaller = replace(small, start=start, registers=registers, top=top)
        if smaller == small:
            return small
        small = smaller


def _useful(line: str, small: Loop) -> bool:
    """Whether what a line before the loop makes is read by another."""
    made = _words([line.partition("->")[2] or line.split(",")[0]]) - {"mov", "kernel"}
    others = [other for other in small.start if other is not line]
    return bool(made & _words([*small.lines, *others]))


def _words(lines: Sequence[str]) -> set[str]:
    return {word for line in lines for word in _WORD.findall(line)}
