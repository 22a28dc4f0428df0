"""The work that `anhvm bench vm` compares; each engine has its own text of the same programs.

Figures are for one iteration of the program's loop, the call itself taken off.  A sieve and
transfers in memory are not here: the language has no array that can be changed in place yet, and
copying a tensor for each element would compare something else.
"""

from __future__ import annotations

from dataclasses import dataclass

from anhvm.benches.report import SECONDS, Case

MODULUS = 1_000_003
DIGITS = 90
"""Fibonacci numbers that fit u64; the program computes them again and again."""
ACCOUNTS = 256
BALANCE = 1 << 40
EVENTS = 4096
"""As many as one run may emit."""
IN_MEMORY = {"wasm3": 1.0, "revm": 0.2}
STORED = {"revm": 0.2}
INSIDE = {SECONDS: 100e-9}


@dataclass(frozen=True)
class Program(Case):
    """A function of the loop's length; `steps` iterations for each unit of it."""

    function: str = ""
    counts: tuple[int, int] = (0, 0)
    """The length of the loop that is timed: by compiled or interpreted peers, by EVMs."""
    steps: int = 1


CASES: tuple[Program, ...] = (
    Program("sum of squares", f"i*i mod {MODULUS}", IN_MEMORY, {}, "squares", (300_000, 20_000)),
    Program(
        "fibonacci",
        f"{DIGITS} numbers",
        IN_MEMORY,
        {"wasm3": 0.5},
        "fibonacci",
        (5000, 300),
        DIGITS,
    ),
    Program("call inside", "empty function", INSIDE, {}, "calls", (300_000, 0)),
    Program("storage transfers", f"{ACCOUNTS} accounts", STORED, {}, "transfers", (10_000, 2000)),
    Program("events", "two words", STORED, {}, "events", (EVENTS, EVENTS)),
    Program("call from outside", "empty function", STORED, {}, "empty", (0, 0)),
)
BY_KEY = {case.key: case for case in CASES}
SQUARES = CASES[0]
