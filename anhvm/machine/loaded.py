"""A program in the core."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from anhvm.program.encode import decode
from anhvm.program.model import Program


class CoreProgram:
    """A program that the core has decoded, verified and prepared for `engine`."""

    def __init__(
        self, encoded: bytes, handle: Any, engine: object, program: Program | None
    ) -> None:
        self._encoded = encoded
        self._program = program
        self.handle = handle
        self.engine = engine

    @cached_property
    def program(self) -> Program:
        """The same program as Python data."""
        return self._program or decode(self._encoded)
