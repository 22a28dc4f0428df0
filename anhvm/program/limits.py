"""Limits on the parts of a program.  Each is checked by the verifier; all keep its cost linear."""

from __future__ import annotations

from typing import Final

MAX_NAME: Final = 255
"""Bytes of a name of a program, field, event, function or file."""
MAX_ITEMS: Final = 1 << 16
"""Constants, fields, events, functions, files of a program; sites, types, operands of a list."""
MAX_REGISTERS: Final = 4096
"""Registers of a function."""
MAX_CODE: Final = 1 << 20
"""Instructions of a function."""
