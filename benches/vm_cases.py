"""The work that `anhvm bench vm` compares; each engine has its own text of the same programs.

Figures are for one iteration of the program's innermost loop, the call itself taken off.
"""

from __future__ import annotations

from dataclasses import dataclass

from anhvm.benches.report import SECONDS, Case

MODULUS = 1_000_003
DIGITS = 90
"""Fibonacci numbers that fit u64; the program computes them again and again."""
NUMBERS = 8192
"""How many numbers are sieved."""
SIEVED = (
    NUMBERS
    - 2
    + sum(
        len(range(i * i, NUMBERS, i))
        for i in range(2, NUMBERS)
        if all(i % d for d in range(2, int(i**0.5) + 1))
    )
)
"""Turns of both loops of one sieve: numbers looked at, and multiples struck out."""
ACCOUNTS = 256
FUNDS = 1 << 20
"""What each account has in memory, where money is an i32."""
BALANCE = 1 << 40
EVENTS = 4096
"""As many as one run may emit."""
IN_MEMORY = {"wasm3": 1.0, "revm": 0.2}
STORED = {"revm": 0.2}


@dataclass(frozen=True)
class Program(Case):
    """A function of the loop's length and of `args`; `steps` iterations for each unit of length.

    `counts` are the lengths that are timed, the first of a fast engine, the last of the slowest.
    """

    function: str = ""
    counts: tuple[int, int, int] = (0, 0, 0)
    args: tuple[int, ...] = ()
    steps: int = 1


CASES: tuple[Program, ...] = (
    Program(
        name="sum of squares",
        size=f"i*i mod {MODULUS}",
        bars=IN_MEMORY,
        limit_name="the same loop in machine code, unchecked",
        function="squares",
        counts=(300_000, 20_000, 300),
        args=(MODULUS,),
    ),
    Program(
        name="fibonacci",
        size=f"{DIGITS} numbers",
        bars=IN_MEMORY,
        aims={"wasm3": 0.5},
        function="fibonacci",
        counts=(5000, 300, 3),
        steps=DIGITS,
    ),
    Program(
        name="sieve",
        size=f"{NUMBERS} numbers",
        bars=IN_MEMORY,
        aims={"wasm3": 0.75},
        function="sieve",
        counts=(10, 2, 1),
        steps=SIEVED,
    ),
    Program(
        name="memory transfers",
        size=f"{ACCOUNTS} accounts",
        bars=IN_MEMORY,
        aims={"wasm3": 0.5},
        function="moves",
        counts=(200_000, 20_000, 2000),
    ),
    Program(
        name="call inside",
        size="empty function",
        bars={SECONDS: 100e-9},
        function="calls",
        counts=(300_000, 0, 0),
    ),
    Program(
        name="call between contracts",
        size="a number",
        bars=STORED,
        function="asks",
        counts=(100_000, 10_000, 500),
    ),
    Program(
        name="storage transfers",
        size=f"{ACCOUNTS} accounts",
        bars=STORED,
        function="transfers",
        counts=(10_000, 2000, 500),
    ),
    Program(
        name="events",
        size="two words",
        bars=STORED,
        function="events",
        counts=(EVENTS, EVENTS, 500),
    ),
    Program(name="call from outside", size="empty function", bars=STORED, function="empty"),
)
BY_KEY = {case.key: case for case in CASES}
