"""What people call the parts of a program: cells by field and keys, places by file and line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from anhvm.isa.types import Type
from anhvm.program.engine import Cell, Failure
from anhvm.program.model import Program


@dataclass(frozen=True)
class Place:
    """A place in the source; line and column from 1, or 0 where the program does not say."""

    function: str
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else "an unknown line"
        return f"{where}, in {self.function}"


def place(program: Program, failure: Failure) -> Place:
    """Where in the source a run failed."""
    return place_of(program, failure.function, failure.pc)


def place_of(program: Program, index: int, pc: int) -> Place:
    """The line and column that an instruction comes from."""
    function = program.functions[index]
    before = [line for line in function.lines if line.pc <= pc]
    if not before:
        return Place(function.name)
    found = before[-1]
    return Place(function.name, program.files[found.file], found.line, found.column)


def cell_name(program: Program, cell: Cell) -> str:
    """``steps``, ``net.w1``, or with its keys: ``balances[7][0x616263]``."""
    field = program.fields[cell.field]
    return field.name + "".join(f"[{_show(key)}]" for key in keys_of(field.keys, cell.path))


def shown(program: Program, cell: Cell) -> str:
    """The name of a cell; of a contract that was called, behind its address in hexadecimal."""
    head = f"0x{cell.contract.hex()}." if cell.contract else ""
    return head + cell_name(program, cell)


def keys_of(types: tuple[int, ...], path: bytes) -> Iterator[int | bool | bytes]:
    """The keys that a canonical path (`program.engine.Cell`) spells."""
    for kind in types:
        if kind == Type.BYTES:
            size, path = int.from_bytes(path[:4], "big"), path[4:]
            yield path[:size]
        else:
            size = {Type.I32: 4, Type.BOOL: 1}.get(Type(kind), 8)
            number = int.from_bytes(path[:size], "big", signed=kind in (Type.I64, Type.I32))
            yield bool(number) if kind == Type.BOOL else number
        path = path[size:]


def _show(key: int | bool | bytes) -> str:
    if isinstance(key, bytes):
        return f"0x{key.hex()}"
    return str(key).lower()
