"""The storage of a contract between two ``anhvm run``s: JSON, cells by field name and key path.

Values are the chain's own canonical bytes in hexadecimal, so what is read back is the same bits.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from anhvm.chain.values import decode_value, encode_value
from anhvm.cli import files
from anhvm.errors import UserError
from anhvm.isa.types import is_tensor
from anhvm.program.engine import Cell, Value
from anhvm.program.model import Program
from anhvm.program.values import admit
from anhvm.runtime.machine import State

MAGIC = b'{"anhvm-state": 1,'


def load(path: Path, program: Program) -> State:
    """The cells that the file keeps; none if there is no file.

    UserError ``file.read``, ``state.form``.
    """
    if not path.exists():
        return {}
    data = files.read(path)
    fields = {field.name: index for index, field in enumerate(program.fields)}
    try:
        if not data.startswith(MAGIC):
            raise ValueError("it was not made by anhvm run --state")
        cells: State = {}
        for name, path_hex, value in json.loads(data)["cells"]:
            if name not in fields:
                raise ValueError(f"{program.name} has no field '{name}'")
            cell = Cell(fields[name], bytes.fromhex(path_hex))
            cells[cell] = _value(program, cell, decode_value(bytes.fromhex(value)))
        return cells
    except (ValueError, TypeError, KeyError, RecursionError, UserError) as error:
        message = f"'{path}' is no storage of {program.name}: {error}"
        hint = "give the file that runs of this contract have written, or a new one"
        raise UserError("state.form", message, hint) from error


def save(path: Path, program: Program, cells: State) -> None:
    """Replaces the file as a whole.  UserError ``file.write``, ``file.other``."""
    rows = [
        [program.fields[cell.field].name, cell.path.hex(), encode_value(value).hex()]
        for cell, value in cells.items()
    ]
    text = MAGIC.decode() + ' "cells": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]}\n"
    files.write(path, text.encode(), MAGIC)


def _value(program: Program, cell: Cell, value: Any) -> Value:
    field = program.fields[cell.field]
    plain = int(value) if isinstance(value, np.integer) else value
    admitted = admit(field.type, plain)
    if is_tensor(field.type) and np.shape(admitted) != field.dims:
        raise ValueError(f"the shape of {field.name} is {list(np.shape(admitted))}")
    return admitted
