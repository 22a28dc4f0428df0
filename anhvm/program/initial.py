"""Constants, and the values of cells that were never written, as values of the boundary."""

from __future__ import annotations

from typing import Final

import numpy as np

from anhvm.isa.types import Type, dtype_of, is_tensor
from anhvm.program.engine import Value
from anhvm.program.model import Const, Field, Program
from anhvm.program.values import NUMPY, release

_ZEROS: Final[dict[int, Value]] = {
    Type.F32: np.float32(0),
    Type.BOOL: False,
    Type.BYTES: b"",
}


def constant(const: Const) -> Value:
    """A constant of a program."""
    if const.type == Type.BYTES:
        return const.data
    if is_tensor(const.type):
        dtype = np.dtype(NUMPY[dtype_of(const.type)]).newbyteorder("<")
        return release(np.frombuffer(const.data, dtype).reshape(const.dims))
    if const.type == Type.F32:
        return release(np.float32(np.frombuffer(const.data[:4], "<f4")[0]))
    if const.type == Type.BOOL:
        return const.data[0] != 0
    return int.from_bytes(const.data, "little", signed=const.type != Type.U64)


def initial(program: Program, field: Field) -> Value:
    """What a cell of `field` holds before it is written."""
    if field.initial >= 0:
        return constant(program.consts[field.initial])
    if is_tensor(field.type):
        return release(np.zeros(field.dims, NUMPY[dtype_of(field.type)]))
    return _ZEROS.get(field.type, 0)
