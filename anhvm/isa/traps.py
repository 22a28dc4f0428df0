"""Trap kinds and limits: the deterministic failures of a contract."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Trap(IntEnum):
    """Why a contract failed.  The number is part of a receipt and never changes."""

    OUT_OF_GAS = 1
    OVERFLOW = 2  # checked integer arithmetic
    DIVISION = 3  # integer division or remainder by zero
    SHIFT = 4  # by 64 or more
    CAST = 5  # the value does not fit the target type
    BOUNDS = 6  # an index outside bytes or a tensor
    SHAPE = 7  # a kernel's or a field's shape rule does not hold
    SIZE = 8  # more than MAX_ELEMENTS elements
    MEMORY = 9  # above the transaction's memory limit
    DATA = 10  # a kernel's data check: first offence, row-major
    ASSERT = 11  # the contract's own check; carries its message
    DEPTH = 12  # too many nested calls
    EVENTS = 13  # too many events
    UNLISTED = 14  # a cell that the transaction does not list
    NOT_ALIVE = 15  # no contract is alive at the address
    STIPEND = 16  # less gas for another contract than was promised
    INTERFACE = 17  # the other contract has no such function
    REENTERED = 18  # the contract is at work already, and the function is not @reentrant
    CONTRACTS = 19  # too many contracts in one run


UNCATCHABLE: Final = frozenset({Trap.UNLISTED, Trap.STIPEND})
"""Traps that end the whole run, so that a sender cannot choose which inner call fails."""
MAX_DEPTH: Final = 256
MAX_CONTRACTS: Final = 256
"""Contracts of one run, those that are not alive among them."""
MAX_EVENTS: Final = 4096
MAX_MEMORY: Final = 1 << 32
"""Bytes of live values per transaction, a limit by counter, not by what the host has free."""
VALUE_OVERHEAD: Final = 64
CELL_OVERHEAD: Final = 256
"""Bytes accounted for each live value besides its data, so that empty values are not free."""
