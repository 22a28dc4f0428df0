"""The marks of a trace, by which engines are compared; `docs/machine.md` says when."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, IntFlag


class Mark(IntEnum):
    """What a line of a trace stands for."""

    BLOCK = 1
    CALL = 2
    KERNEL = 3
    STORAGE = 4
    EVENT = 5
    TRAP = 6
    REGISTERS = 7
    ENTER = 8
    LEAVE = 9
    TIME = 10
    VALUE = 11


class Watch(IntFlag):
    """What a trace tells too: the registers after every other mark, or before every instruction;
    the time after every other mark."""

    NOTHING = 0
    MARKS = 1
    STEPS = 2
    TIMES = 4


Trace = Callable[[Mark, int, int, int], None]
"""Called with mark, function, pc, gas left; in its place `Mark.REGISTERS` has their checksum, and
`Mark.TIME` a count of nanoseconds."""
