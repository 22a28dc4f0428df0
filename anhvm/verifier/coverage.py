"""Whether declared effects contain what a function touches.

An effect on (field, keys) is declared if some effect of the same mode and field has, for every
key, the same provenance or ZERO ("any").
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from anhvm.program.model import Function, Init, Key, Mode

ANY = Key(Init.ZERO)

Declared = frozenset[tuple[Mode, int, tuple[Key, ...]]]


def declared(function: Function) -> Declared:
    """The effects of `function` as a set."""
    return frozenset((e.mode, e.field, e.keys) for e in function.effects)


def covers(effects: Declared, mode: Mode, field: int, keys: Sequence[Key]) -> bool:
    """Whether `effects` contain the cells that `keys` name."""
    return any(
        (mode, field, choice) in effects for choice in product(*((key, ANY) for key in keys))
    )


def provenance(function: Function, register: int) -> Key:
    """Where the value of a register comes from, as a key."""
    source = function.registers[register]
    return Key(source.init, source.index)


def covers_call(caller: Function, effects: Declared, callee: Function, ins: Sequence[int]) -> bool:
    """Whether `effects` of `caller` contain those of `callee` for these arguments."""

    def seen(key: Key) -> Key:
        return provenance(caller, ins[key.index]) if key.init == Init.ARG else key

    return all(covers(effects, e.mode, e.field, [seen(k) for k in e.keys]) for e in callee.effects)
