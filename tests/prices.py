"""Round prices for tests that count gas by hand: a fit of the real ones changes nothing here."""

from __future__ import annotations

from functools import cache

import msgspec

from anhvm.isa.schedule import Frame, Schedule
from anhvm.isa.schedule import load as load_current

OPCODES = {
    "move": 1, "alu": 1, "mul": 1, "div": 4, "fpu": 1, "fdiv": 4, "cast": 1, "branch": 1,
    "assert": 1, "handle": 4, "element": 4, "value": 30, "call": 10, "extern": 200, "ret": 5,
    "kernel": 60, "load": 100, "store": 200, "emit": 100,
}  # fmt: skip
RATES = {"bytes": 128, "load": 512, "store": 4096, "emit": 2048, "memory": 256, "first": 0}


@cache
def load() -> Schedule:
    """The current schedule with these prices; those of kernels are as they are."""
    return msgspec.structs.replace(
        load_current(), opcodes=OPCODES, bytes_per_1024=RATES, frame=Frame(register=1)
    )
