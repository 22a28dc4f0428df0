"""Pools from which a generated function takes its operands, so that each has the right type."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy.typing as npt

from anhvm.fuzz.values import array, constant, dims, scalar
from anhvm.isa.types import SCALARS, DType, Type, dtype_of, is_tensor, rank_of, tensor
from anhvm.program.model import (
    Const,
    Effect,
    Event,
    Field,
    Init,
    Instr,
    Kind,
    Line,
    Register,
    Site,
    SiteKind,
)

TENSORS = tuple(tensor(d, r) for d in DType for r in (1, 2, 3))
_ENV = {Type.BYTES: (Init.SENDER, Init.SELF), Type.U64: (Init.VALUE, Init.HEIGHT, Init.TIME)}


@dataclass
class Parts:
    """What all functions of a program share; constants are added as they are needed."""

    rng: Random
    fields: tuple[Field, ...] = ()
    events: tuple[Event, ...] = ()
    consts: list[Const] = field(default_factory=list)
    _known: dict[Const, int] = field(default_factory=dict)

    def const(self, code: int, given: int | float | bool | bytes | npt.NDArray[Any]) -> int:
        """The number of a constant."""
        const = constant(code, given)
        if const not in self._known:
            self._known[const] = len(self.consts)
            self.consts.append(const)
        return self._known[const]

    def any_const(self, code: int) -> int:
        """A constant of that type with a value that finds mistakes."""
        if is_tensor(code):
            shape = dims(self.rng, rank_of(code))
            return self.const(code, array(self.rng, dtype_of(code), shape))
        return self.const(code, scalar(self.rng, Type(code)))

    def any_type(self) -> int:
        """A type of a register."""
        pick = self.rng.random()
        if pick < 0.65:
            return self.rng.choice(tuple(SCALARS))
        return Type.BYTES if pick < 0.8 else self.rng.choice(TENSORS)


@dataclass(frozen=True)
class Plan:
    """A function before it has code.  `pure` ones neither write nor emit; `wide` ones declare every
    cell, others just what they touch."""

    index: int
    kind: Kind
    params: tuple[int, ...]
    returns: tuple[int, ...]
    pure: bool
    wide: bool
    reentrant: bool = False
    stipend: int = 0


@dataclass
class Body:
    """A function in the making.  `risk` scales the chance of what is likely to trap."""

    parts: Parts
    plan: Plan
    risk: float = 1.0
    registers: list[Register] = field(default_factory=list)
    code: list[Instr] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    effects: dict[Effect, None] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    readable: dict[int, list[int]] = field(default_factory=dict)
    writable: dict[int, list[int]] = field(default_factory=dict)
    written: dict[int, None] = field(default_factory=dict)

    @property
    def rng(self) -> Random:
        return self.parts.rng

    def add(self, code: int, init: Init = Init.ZERO, index: int = 0) -> int:
        """A new register."""
        self.registers.append(Register(code, init, index))
        number = len(self.registers) - 1
        self.readable.setdefault(code, []).append(number)
        if init == Init.ZERO:
            self.writable.setdefault(code, []).append(number)
        return number

    def read(self, code: int) -> int:
        """A register of that type, whatever it holds."""
        known = self.readable.get(code, ())
        if len(known) >= 4 or (known and self.rng.random() < 0.5):
            return self.rng.choice(known)
        pick = self.rng.random()
        params = [i for i, param in enumerate(self.plan.params) if param == code]
        if params and pick < 0.3:
            return self.add(code, Init.ARG, self.rng.choice(params))
        if code in _ENV and pick < 0.4:
            return self.add(code, self.rng.choice(_ENV[Type(code)]))
        if pick < 0.8:
            return self.add(code, Init.CONST, self.parts.any_const(code))
        return self.add(code)

    def write(self, code: int) -> int:
        """A register of that type that may be written."""
        known = self.writable.get(code, ())
        full = len(known) >= 3 or (known and self.rng.random() < 0.4)
        register = self.rng.choice(known) if full else self.add(code)
        self.written[register] = None
        return register

    def holding(self, code: int, given: int | float | bool | bytes | npt.NDArray[Any]) -> int:
        """A register with that constant."""
        index = self.parts.const(code, given)
        wanted = Register(code, Init.CONST, index)
        for number in self.readable.get(code, ()):
            if self.registers[number] == wanted:
                return number
        return self.add(code, Init.CONST, index)

    def small(self) -> int:
        """A u64 that is an index more often than not."""
        if self.risky(0.15):
            return self.read(Type.U64)
        return self.holding(Type.U64, self.rng.choice((0, 0, 0, 1, 1, 2)) if self.risky(0.9) else 0)

    def risky(self, chance: float) -> bool:
        """Whether to take a risk that has this chance in a function of risk 1."""
        return self.rng.random() < chance * self.risk

    def site(self, kind: SiteKind, **parts: Any) -> int:
        """The number of a new site."""
        self.sites.append(Site(kind, **parts))
        return len(self.sites) - 1
