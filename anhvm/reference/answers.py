"""What an opcode that stops a run asks for, and what it is answered with."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from anhvm.program.engine import Callee, Need, Value
from anhvm.program.model import Instr
from anhvm.reference.state import Frame, Prepared, State


class Permit:
    """The answer to a need of mode WRITE."""


class Abort:
    """The answer to anything that ends the run."""


@dataclass(frozen=True)
class Link:
    """The answer to a callee: its program, None where no contract is alive."""

    prepared: Prepared | None


Asked = Need | Callee
Answer = Value | None | Permit | Abort | Link
Steps = Generator[Asked, Answer, None]
Suspending = Callable[[State, Frame, Instr], Steps]
