"""The search of `anhvm bench worst`: programs bred for time per gas, the worst made small and kept.

A child is timed twice; one that would lead is timed again before it does, and those that lead now
and then: a search for the greatest of many noisy figures finds noise first, and what disturbs a
computer lasts for seconds.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from time import monotonic
from typing import Final

from anhvm.benches.gas.genes import LIMIT, Gene, Genome, loop, random_gene
from anhvm.benches.gas.text import Loop
from anhvm.benches.sides import Say

POPULATION: Final = 60
MOST_GENES: Final = 6
_EVERY: Final = 15.0
_SAID: Final = 5
_LEADERS, _CLOSE = 5, 6
"""How many leaders are timed again that often at most, and in how many rounds."""

Judge = Callable[[Loop, int], float]
"""Time per gas on the scale of the calibration list, from so many rounds; 0 for what traps."""


@dataclass(frozen=True)
class Bred:
    """A program and what it was found to take."""

    genome: Genome
    ratio: float


@dataclass(frozen=True)
class Search:
    """How a search went."""

    best: Bred
    tried: int
    alive: int


def search(
    judge: Judge, seconds: float, rng: Random, say: Say, clock: Callable[[], float] = monotonic
) -> Search:
    """Breeds until the time is over; at least one population is judged."""
    start = told = clock()
    living: list[Bred] = []
    tried = alive = 0
    while tried < POPULATION or clock() - start < seconds:
        young = tried < POPULATION or not living
        genome = _fresh(rng) if young or rng.random() < 0.1 else _child(living, rng)
        ratio = judge(loop(genome), 2)
        tried += 1
        alive += ratio > 0
        if ratio > 0:
            one = Bred(genome, ratio)
            leads = not living or ratio > living[0].ratio
            living = _dearest_first([*living, _again(one, judge) if leads else one])[:POPULATION]
        if living and clock() - told > _EVERY:
            living = _doubted(living, judge, _LEADERS)
            told, best = clock(), living[0]
            spent = f"{told - start:.0f} s of {seconds:.0f}"
            say(f"{spent}: {tried} programs, worst {best.ratio:.2f} ({_loop_of(best.genome)})")
    best = _doubted(living, judge, POPULATION)[0] if living else Bred((), 0.0)
    return Search(best, tried, alive)


def _loop_of(genome: Genome) -> str:
    """Some of the instructions that it repeats."""
    words = (line.partition("(")[0].split() for line in loop(genome).lines)
    heads = dict.fromkeys(" ".join(w[: 1 + (w[0] == "kernel")]) for w in words)
    return ", ".join(itertools.islice(heads, _SAID))


def _dearest_first(living: list[Bred]) -> list[Bred]:
    return sorted(living, key=lambda one: -one.ratio)


def _doubted(living: list[Bred], judge: Judge, most: int) -> list[Bred]:
    """Timed again from the first on, until one that was leads, or there were so many."""
    known: list[Bred] = []
    while living and len(known) < most and (not known or living[0].ratio > known[0].ratio):
        known = _dearest_first([*known, _again(living[0], judge)])
        living = living[1:]
    return _dearest_first([*known, *living])


def _again(one: Bred, judge: Judge) -> Bred:
    """The same as a closer look finds it: what disturbs a time only ever adds to it."""
    return Bred(one.genome, min(one.ratio, judge(loop(one.genome), _CLOSE)))


def _fresh(rng: Random) -> Genome:
    return tuple(random_gene(rng) for _ in range(rng.choice((1, 1, 2, 3))))


def _child(living: list[Bred], rng: Random) -> Genome:
    some = (rng.sample(living, min(4, len(living))) for _ in range(2))
    one, other = (max(few, key=lambda bred: bred.ratio).genome for few in some)
    genome = list(one)
    if rng.random() < 0.4:
        genome = [*one[: rng.randint(0, len(one))], *other[rng.randint(0, len(other)) :]]
    for _ in range(rng.choice((1, 1, 2))):
        genome = _mutated(genome, rng)
    return tuple(genome[:MOST_GENES]) or _fresh(rng)


def _mutated(genome: list[Gene], rng: Random) -> list[Gene]:
    pick, at = rng.random(), rng.randrange(len(genome)) if genome else 0
    if not genome or pick < 0.15:
        return [*genome, random_gene(rng)]
    if pick < 0.3:
        return genome[:at] + genome[at + 1 :]
    if pick < 0.4:
        return [*genome, genome[at]]
    numbers = list(genome[at].numbers)
    where = rng.randrange(len(numbers))
    near = numbers[where] + rng.choice((-1, 1))
    numbers[where] = near % LIMIT if rng.random() < 0.4 else rng.randrange(LIMIT)
    return [*genome[:at], Gene(genome[at].kind, tuple(numbers)), *genome[at + 1 :]]
