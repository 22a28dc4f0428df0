"""Values between Python and the core.  The core copies what it is lent, and so do we."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from anhvm.errors import Bug
from anhvm.isa.schedule import Schedule
from anhvm.isa.types import DType, Type, dtype_of, is_tensor, rank_of
from anhvm.kernels.table import GAS_CLASSES
from anhvm.machine.core import ffi
from anhvm.machine.generate import CLASSES, DYNAMIC
from anhvm.program.engine import Value
from anhvm.program.values import NUMPY, release

PLAIN: Mapping[int, tuple[str, type]] = {
    Type.U64: ("Q", int),
    Type.I64: ("q", int),
    Type.I32: ("i4x", int),
    Type.BOOL: ("?7x", bool),
}
"""How `struct` writes and reads the word of a scalar, where it does, and its type in Python."""
_MASK = {Type.U64: (1 << 64) - 1, Type.I64: (1 << 64) - 1, Type.I32: (1 << 32) - 1}


def lend(code: int, value: Value, slot: Any) -> object:
    """Describes an admitted value in the C struct `slot`; the result must outlive its use."""
    slot.type = code
    if isinstance(value, np.ndarray):
        data = ffi.from_buffer("uint8_t[]", value.reshape(-1).view(np.uint8))
        slot.dims[0 : value.ndim] = list(value.shape)
    elif isinstance(value, bytes):
        data = ffi.from_buffer("uint8_t[]", value)
    else:
        slot.bits = word(code, value)
        return None
    slot.size = len(data)
    slot.data = data
    return data


def word(code: int, value: Value) -> int:
    """An admitted scalar as 64 bits."""
    if isinstance(value, np.float32):
        return int(value.view(np.uint32))
    assert isinstance(value, int)
    return value & _MASK.get(Type(code), 1)


def shape(seen: Any) -> tuple[int, ...]:
    """The dims of the tensor that a C struct describes; none of a scalar."""
    return tuple(seen.dims[0 : rank_of(seen.type)]) if is_tensor(seen.type) else ()


def taken(seen: Any) -> Value:
    """The value that a C struct describes, as others see it: NaNs canonical, arrays read-only."""
    code = seen.type
    if is_tensor(code):
        kind = NUMPY[DType(dtype_of(code))]
        data = bytes(ffi.buffer(seen.data, seen.size)) if seen.size else b""
        return release(np.frombuffer(data, kind).reshape(shape(seen)))
    if code == Type.BYTES:
        return bytes(ffi.buffer(seen.data, seen.size)) if seen.size else b""
    return scalar(code, seen.bits)


def scalar(code: int, bits: int) -> Value:
    """The scalar that 64 bits are."""
    if code == Type.U64:
        return bits
    if code == Type.F32:
        return release(np.uint32(bits).view(np.float32))
    if code == Type.BOOL:
        return bool(bits)
    width = 32 if code == Type.I32 else 64
    return bits - (1 << width) if bits >> width - 1 else bits


def prices(schedule: Schedule) -> Any:
    """The schedule as the core reads it; raises `Bug` where a price does not fit 32 bits."""
    result = ffi.new("anh_schedule *")
    try:
        for i, name in enumerate(CLASSES):
            result.op[i] = _price(schedule.opcodes[name])
        for i, name in enumerate(DYNAMIC):
            result.rate[i] = _price(schedule.bytes_per_1024[name])
        result.frame_register = _price(schedule.frame.register)
        for to, steps in (result.code, schedule.code), (result.element, schedule.element):
            to.step, to.levels = _price(steps.step), _price(steps.levels)
            to.price = _price(steps.price)
        for i, name in enumerate(GAS_CLASSES):
            row, price = result.kernel[i], schedule.kernels[name]
            row.base, row.madds = _price(price.base), _price(price.madds)
            row.near, row.far = _price(price.near), _price(price.far)
            row.cache = _price(price.cache)
    except (KeyError, IndexError) as error:
        raise Bug(f"schedule {schedule.version} does not price {error}") from error
    return result


def _price(number: int) -> int:
    if not 0 <= number < 1 << 32:
        raise Bug(f"a price of {number} does not fit 32 bits")
    return number
