"""The signal that an instruction traps."""

from __future__ import annotations

from anhvm.isa.traps import Trap


class Trapped(Exception):
    """Ends the run.  `message` names the offence, or is the contract's own."""

    def __init__(self, trap: Trap, message: str = "") -> None:
        super().__init__(trap, message)
        self.trap = trap
        self.message = message or trap.name.lower().replace("_", " ")
