"""A program before its functions have code: what they and others may rely on."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from anhvm.fuzz.builder import Parts, Plan
from anhvm.fuzz.values import dims
from anhvm.isa.types import Type, is_tensor, rank_of
from anhvm.program.model import Event, Field, Kind

_FUNCTIONS = (1, 1, 1, 2, 2, 3)
_KEY_TYPES = (Type.U64, Type.I64, Type.I32, Type.BOOL, Type.BYTES)


@dataclass
class Draft:
    """A program before its functions have code."""

    address: bytes
    parts: Parts
    plans: list[Plan]


def draft(rng: Random, address: bytes) -> Draft:
    """Fields, events and plans of a program at that address."""
    parts = Parts(rng)
    parts.fields = tuple(_field(parts, i) for i in range(rng.randrange(4)))
    parts.events = tuple(
        Event(f"e{i}", tuple(parts.any_type() for _ in range(rng.randrange(4))))
        for i in range(rng.randrange(3))
    )
    return Draft(address, parts, [_plan(parts, i) for i in range(rng.choice(_FUNCTIONS))])


def _field(parts: Parts, index: int) -> Field:
    rng = parts.rng
    code = parts.any_type()
    keys = tuple(rng.choice(_KEY_TYPES) for _ in range(rng.choice((0, 0, 1, 1, 2, 4))))
    shape = dims(rng, rank_of(code)) if is_tensor(code) else ()
    initial = -1
    if rng.random() < 0.3:
        initial = parts.any_const(code)
        shape = parts.consts[initial].dims
    return Field(f"f{index}", code, keys, shape, initial)


def _plan(parts: Parts, index: int) -> Plan:
    rng = parts.rng
    kinds = (Kind.CALL, Kind.VIEW) if index == 0 else (Kind.INTERNAL, Kind.CALL, Kind.VIEW)
    kind = rng.choice(kinds)
    params = tuple(parts.any_type() for _ in range(rng.randrange(5)))
    returns = tuple(parts.any_type() for _ in range(rng.randrange(6)))
    pure = kind == Kind.VIEW or rng.random() < 0.3
    wide = rng.random() < 0.6
    if kind == Kind.INTERNAL:
        return Plan(index, kind, params, returns, pure, wide)
    stipend = rng.choice((0,) * 12 + (30, 300))
    return Plan(index, kind, params, returns, pure, wide, rng.random() < 0.4, stipend)
