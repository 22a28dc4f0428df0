"""A case: a program, how it starts, what its needs are answered with.  All from one seed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from random import Random

from anhvm.fuzz.corners import corner
from anhvm.fuzz.external import ADDRESSES
from anhvm.fuzz.generate import generate, generate_all
from anhvm.fuzz.twist import twist
from anhvm.fuzz.values import dims, value
from anhvm.isa.types import is_tensor, rank_of
from anhvm.program.encode import encode
from anhvm.program.engine import Cell, Env, Value
from anhvm.program.model import Program

_ENDLESS = 1 << 40
"""Gas for corners, which end by themselves."""
_PLENTY = 1 << 24
"""Gas for straight programs: what they do by far, but not a tensor of gigabytes."""
_CORNERS = 0.008
_MUCH = 100_000
"""Gas for those that call others, and so perhaps each other in turn."""
_SEVERAL = 0.3
"""How often a case is one of contracts that call each other."""
FAMILY = 8
"""Cases on one generated program: the first as it is, the others with something changed."""
_NEAR = (-2, -1, 0, 1, 2)
_SENDERS = (b"", b"me", bytes(33))


Others = Mapping[bytes, tuple[Program, bytes]]
"""Programs, also encoded, by address."""


@dataclass(frozen=True)
class Case:
    """`abort_at` is the number of the need that is answered by an abort, or -1; `others` are
    the contracts that can be called."""

    seed: int
    program: Program
    encoded: bytes
    args: tuple[Value, ...]
    env: Env
    gas: int
    abort_at: int = -1
    function: int = 0
    others: Others = field(default_factory=dict)

    def stored(self, cell: Cell) -> Value | None:
        """What a need to read `cell` is answered with: the same for every engine and order."""
        rng = Random(f"{self.seed} {cell.contract.hex()} {cell.field} {cell.path.hex()}")
        program = self.others[cell.contract][0] if cell.contract else self.program
        field = program.fields[cell.field]
        return None if rng.random() < 0.3 else value(rng, field.type, field.dims)


@lru_cache(maxsize=2)
def _ancestor(number: int) -> tuple[Program, Others, bool, bool]:
    """A generated program, those that it can call; whether it is straight, whether a corner."""
    rng = Random(f"family {number}")
    straight, odd = rng.random() < 0.5, rng.random() < _CORNERS
    if odd:
        return corner(rng), {}, straight, odd
    if rng.random() >= _SEVERAL:
        return generate(rng, straight), {}, straight, odd
    several = generate_all(rng, straight)
    program = several.pop(ADDRESSES[0])
    others = {address: (other, encode(other)) for address, other in several.items()}
    return program, others, straight, odd


def case(seed: int) -> Case:
    """The case of a seed; its function is number 0, and its program may be one that is refused."""
    rng = Random(seed)
    program, others, straight, odd = _ancestor(seed // FAMILY)
    if seed % FAMILY and not odd:
        program = twist(rng, program, straight)
    gas = int(math.exp(rng.uniform(math.log(30), math.log(8000))))
    if odd or straight:
        gas = rng.choice((gas, 1_000_000, _ENDLESS)) if odd else _MUCH if others else _PLENTY
    args = tuple(
        value(rng, code, dims(rng, rank_of(code)) if is_tensor(code) else ())
        for code in program.functions[0].params
    )
    env = Env(
        rng.choice(_SENDERS),
        ADDRESSES[0],
        rng.choice((0, 5, (1 << 64) - 1)),
        rng.randrange(1000),
        rng.getrandbits(40),
    )
    abort_at = rng.randrange(4) if rng.random() < 0.1 else -1
    return Case(seed, program, encode(program), args, env, gas, abort_at, others=others)


def near_exhaustion(case: Case, used: int) -> Iterator[Case]:
    """The same case with gas that just suffices, or just does not."""
    rng = Random(case.seed)
    for delta in rng.sample(_NEAR, 2):
        if used + delta >= 0:
            yield replace(case, gas=used + delta)


def every_gas(case: Case, used: int) -> Iterator[Case]:
    """The same case with each gas that does not suffice: at every point where it can run out."""
    return (replace(case, gas=gas) for gas in range(used))
