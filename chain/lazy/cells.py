"""Cells of all contracts, and the cells that a function may touch, known from bytes alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from anhvm.isa.types import Type
from anhvm.program.engine import Cell, Env, Value
from anhvm.program.initial import constant
from anhvm.program.model import Effect, Init, Key, Mode, Program

ALIVE: Final = 0xFFFF_FFFF
"""The field that a deployment writes: absent while the contract's @init has not succeeded."""


@dataclass(frozen=True, slots=True)
class CellId:
    """One storage location on the chain; `path` as in `anhvm.program.engine.Cell`."""

    contract: bytes
    field: int
    path: bytes = b""


@dataclass(frozen=True, slots=True)
class AnyCell:
    """Every cell of a field: what a key that bytes do not determine stands for."""

    contract: bytes
    field: int


Place = CellId | AnyCell
EVERYWHERE: Final = AnyCell(b"", 0)
"""Every cell of every contract: what a question that calls others may touch."""


def encode_key(kind: int, value: Value | object) -> bytes:
    """One key as a part of a cell's path, canonical and prefix-free for its type."""
    if kind == Type.BYTES:
        assert isinstance(value, bytes)
        return len(value).to_bytes(4, "big") + value
    assert isinstance(value, int)
    if kind == Type.BOOL:
        return bytes([value])
    size = 4 if kind == Type.I32 else 8
    return value.to_bytes(size, "big", signed=kind != Type.U64)


def touched(
    program: Program, function: int, mode: Mode, args: Sequence[object], env: Env, contract: bytes
) -> Iterator[Place]:
    """What `function` may touch in `mode` when started with `args` (machine values)."""
    for effect in program.functions[function].effects:
        if effect.mode == mode:
            yield place(program, effect, args, env, contract)


def place(
    program: Program, effect: Effect, args: Sequence[object], env: Env, contract: bytes
) -> Place:
    """The cell of an effect, or the whole field where a key is not known from bytes."""
    kinds = program.fields[effect.field].keys
    if any(key.init == Init.ZERO for key in effect.keys):
        return AnyCell(contract, effect.field)
    parts = [
        encode_key(kind, known(program, key, args, env))
        for kind, key in zip(kinds, effect.keys, strict=True)
    ]
    return CellId(contract, effect.field, b"".join(parts))


def known(program: Program, key: Key, args: Sequence[object], env: Env) -> object:
    """The value that a register with this initialiser starts with."""
    match key.init:
        case Init.CONST:
            return constant(program.consts[key.index])
        case Init.ARG:
            return args[key.index]
        case Init.SENDER:
            return env.sender
        case Init.SELF:
            return env.self
        case Init.VALUE:
            return env.value
        case Init.HEIGHT:
            return env.height
        case Init.TIME:
            return env.time
        case Init.ZERO:
            raise ValueError("a register that starts at zero is no key known from bytes")


def local(cell: CellId) -> Cell:
    """The cell as the engine names it, inside its contract."""
    return Cell(cell.field, cell.path)
