"""The marks of a trace, by which engines are compared; `docs/machine.md` says when."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum


class Mark(IntEnum):
    """What a line of a trace stands for."""

    BLOCK = 1
    CALL = 2
    KERNEL = 3
    STORAGE = 4
    EVENT = 5
    TRAP = 6


Trace = Callable[[Mark, int, int, int], None]
"""Called with mark, function, pc, gas left."""
