"""Assembler text of a loop: what is repeated, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from anhvm.benches.gas.case import Case
from anhvm.program.engine import Value


@dataclass(frozen=True)
class Loop:
    """`lines` are repeated; `params` are the types of what `args` gives, in registers a1, a2, …

    `top` are constants, fields and events, `start` runs once, `after` are more functions.  The
    loop's counter is in ``i``; ``one`` is 1.
    """

    size: str
    lines: Sequence[str]
    top: Sequence[str] = ()
    registers: Sequence[str] = ()
    params: Sequence[str] = ()
    effects: Sequence[str] = ()
    start: Sequence[str] = ()
    after: Sequence[str] = ()
    args: Callable[[], tuple[Value, ...]] = tuple
    most: int = 1 << 20
    skip: int = 0

    def case(self, name: str) -> Case:
        """The loop as a case."""
        return Case(name, self.size, self.text(), self.args, self.most, self.skip)

    def text(self) -> str:
        """The whole program."""
        lines = [
            "const one: u64 = 1",
            *self.top,
            f"function case call ({', '.join(('u64', *self.params))}) -> ()",
            *(f"  {effect}" for effect in self.effects),
            "  reg n: u64 = arg 0",
            "  reg one: u64 = const one",
            "  reg i: u64",
            "  reg more: bool",
            *(f"  reg a{number}: {t} = arg {number}" for number, t in enumerate(self.params, 1)),
            *(f"  reg {register}" for register in self.registers),
            *(f"  {line}" for line in self.start),
            "  jmp test",
            "again:",
            *(line if line.endswith(":") else f"  {line}" for line in self.lines),
            "  u64.add i, i, one",
            "test:",
            "  u64.lt more, i, n",
            "  jif more, again",
            "  ret ()",
            *self.after,
        ]
        return "\n".join(lines) + "\n"
