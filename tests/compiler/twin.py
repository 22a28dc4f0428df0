"""Random programs whose text is Python too: the same text is run by both, and must agree.

The integers of the language are int subclasses here that trap as the machine does.
``python -m tests.compiler.twin --count 2000 --seed 1 --engine core`` runs a campaign.
"""

from __future__ import annotations

import argparse
import copy
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from random import Random
from types import SimpleNamespace
from typing import Any, ClassVar

from anhvm.compiler.phases import compile_source
from anhvm.program.encode import encode
from anhvm.program.engine import Env
from anhvm.runtime.machine import Machine, State
from tests.compiler.generate import program

Calls = Sequence[tuple[str, tuple[int, ...]]]


class TrapError(Exception):
    """A trap of the machine; the text is its name."""


class Checked(int):
    """An integer of fixed width."""

    low: ClassVar[int]
    high: ClassVar[int]

    @classmethod
    def make(cls, value: int) -> Any:
        if not cls.low <= value <= cls.high:
            raise TrapError("OVERFLOW")
        return cls(value)

    def __add__(self, other: int) -> Any:
        return self.make(int(self) + int(other))

    def __sub__(self, other: int) -> Any:
        return self.make(int(self) - int(other))

    def __mul__(self, other: int) -> Any:
        return self.make(int(self) * int(other))

    def __radd__(self, other: int) -> Any:
        return self.make(int(other) + int(self))

    def __rsub__(self, other: int) -> Any:
        return self.make(int(other) - int(self))

    def __rmul__(self, other: int) -> Any:
        return self.make(int(other) * int(self))

    def __truediv__(self, other: int) -> Any:
        if other == 0:
            raise TrapError("DIVISION")
        size = abs(int(self)) // abs(int(other))
        return self.make(size if (self < 0) == (other < 0) else -size)

    def __mod__(self, other: int) -> Any:
        quotient = self / other
        return self.make(int(self) - int(other) * int(quotient))

    def __neg__(self) -> Any:
        return self.make(-int(self))


class U64(Checked):
    low, high = 0, (1 << 64) - 1


class I64(Checked):
    low, high = -(1 << 63), (1 << 63) - 1


def cast(kind: type[Checked]) -> Callable[[int], Checked]:
    def convert(value: int) -> Checked:
        if not kind.low <= int(value) <= kind.high:
            raise TrapError("CAST")
        return kind(value)

    return convert


def in_python(text: str, calls: Calls) -> list[object]:
    """What Python makes of the functions of a contract: per call a value or a trap's name."""
    head, _, body = text.partition("contract C:\n")
    plain = [line for line in body.split("\n") if not line.startswith(("    @", "    field_"))]
    methods = "\n".join(line.removeprefix("    ") for line in plain)
    state = SimpleNamespace(field_a=U64(0), field_b=I64(0), field_m=defaultdict(lambda: U64(0)))
    names: dict[str, Any] = {"u64": cast(U64), "i64": cast(I64), "self": state}
    exec("from __future__ import annotations\n" + head + methods, names)
    found: list[object] = []
    for name, args in calls:
        before = copy.deepcopy(vars(state))
        try:
            value = names[name](U64(args[0]), I64(args[1]))
            found.append(tuple(map(int, value)))
        except (TrapError, AssertionError) as error:
            found.append(str(error) if isinstance(error, TrapError) else "ASSERT")
            vars(state).update(before)
    return found


def on_machine(machine: Machine, text: str, calls: Calls) -> list[object]:
    """The same by the compiler and an engine."""
    contract = machine.load(encode(compile_source(text).program))
    state: State = {}
    found: list[object] = []
    for name, args in calls:
        result = contract.run(name, args, env=Env(), gas=10**7, state=state)
        found.append(result.trap.kind if result.trap else result.value)
    return found


def values(random: Random) -> tuple[int, int]:
    big = random.choice([0, 1, 2, 7, 100, 1 << 32, (1 << 64) - 1])
    return big, random.choice([0, 1, -1, 5, -17, 1 << 40, -(1 << 63), (1 << 63) - 1])


def campaign(count: int, seed: int, machine: Machine) -> Counter[str]:
    """Outcomes of `count` programs, three calls each; raises where the two disagree."""
    random = Random(seed)
    outcomes: Counter[str] = Counter()
    for _ in range(count):
        text = program(random)
        calls = [("main", values(random)) for _ in range(3)]
        ours, theirs = on_machine(machine, text, calls), in_python(text, calls)
        assert ours == theirs, f"{calls}\nmachine {ours}\npython  {theirs}\n{text}"
        outcomes.update(o if isinstance(o, str) else "value" for o in ours)
    return outcomes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=["reference", "core"], default="reference")
    options = parser.parse_args()
    found = campaign(options.count, options.seed, Machine(engine=options.engine, threads=1))
    print(f"{options.count} programs agree: {dict(found)}")
