"""What a program declares by name, for the functions that refer to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anhvm.assembler.words import Line, Names
from anhvm.kernels.table import BY_ID
from anhvm.program.encode import INDEXED
from anhvm.program.model import Init, Key


@dataclass(frozen=True)
class Scope:
    """The names of each kind."""

    consts: Names
    fields: Names
    events: Names
    externs: Names
    functions: Names
    files: Names
    kernels: Names

    def key(self, line: Line) -> Key:
        """Where a value comes from: ``any``, ``const c1``, ``arg 0``, ``sender``, …"""
        word = line.take()
        if word == "any":
            return Key(Init.ZERO)
        if word.upper() not in Init.__members__ or word == "zero":
            raise line.bad(f"{word!r} is no origin of a value")
        init = Init[word.upper()]
        if init not in INDEXED:
            return Key(init)
        index = self.consts.find(line) if init == Init.CONST else line.number_below(1 << 16)
        return Key(init, index)


def scope(
    consts: Sequence[str],
    fields: Sequence[str],
    events: Sequence[str],
    externs: Sequence[str],
    functions: Sequence[str],
    files: Sequence[str],
) -> Scope:
    """The scope of a program with these names; kernels are those of the table."""
    return Scope(
        Names("constant", consts),
        Names("field", fields),
        Names("event", events),
        Names("extern", externs),
        Names("function", functions),
        Names("file", files),
        Names("kernel", [_kernel(number) for number in range(max(BY_ID) + 1)]),
    )


def _kernel(number: int) -> str:
    """The kernel of that number; a name that no text can say where there is none."""
    return BY_ID[number].name if number in BY_ID else f"%{number}"
