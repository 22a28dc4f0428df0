"""Values at the boundary of an engine: admitted by type, released canonical.

f32 that enters is flushed (N2); a NaN that leaves is 0x7fc00000 (N3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from anhvm.errors import UserError
from anhvm.isa.types import DType, Type, dtype_of, fits, is_tensor, rank_of, show
from anhvm.program.engine import Value

NUMPY: Final[Mapping[DType, type[np.generic]]] = {
    DType.F32: np.float32,
    DType.I32: np.int32,
    DType.I8: np.int8,
    DType.BOOL: np.bool_,
}
"""The NumPy type of the elements of a tensor."""
RANGES: Final = {
    Type.U64: (0, (1 << 64) - 1),
    Type.I64: (-(1 << 63), (1 << 63) - 1),
    Type.I32: (-(1 << 31), (1 << 31) - 1),
}
"""Least and greatest value of each integer type."""
_CANONICAL_NAN = np.uint32(0x7FC00000)


def admit(code: int, value: Value) -> Value:
    """`value` as a register of type `code` holds it: checked, flushed, read-only.

    Raises `UserError` ``machine.value`` where it is of another type, out of range, or too large.
    """
    if is_tensor(code):
        return _admit_tensor(code, value)
    if code in RANGES and type(value) is int:
        low, high = RANGES[Type(code)]
        if low <= value <= high:
            return value
    elif code == Type.BOOL and isinstance(value, bool | np.bool_):
        return bool(value)
    elif code == Type.F32 and isinstance(value, np.float32):
        return np.float32(_flush(np.asarray(value))[()])
    elif code == Type.BYTES and isinstance(value, bytes):
        return value
    raise _misfit(code, value)


def release(value: Value) -> Value:
    """`value` as others see it: NaNs canonical, a tensor read-only and C-contiguous."""
    if isinstance(value, np.float32):
        return np.float32(_canonical(np.asarray(value))[()])
    if not isinstance(value, np.ndarray):
        return value
    data: npt.NDArray[Any] = np.ascontiguousarray(value)
    return _frozen(_canonical(data) if data.dtype == np.float32 else data)


def empty(code: int) -> Value:
    """What a handle register holds that nothing was written to."""
    if is_tensor(code):
        return _frozen(np.zeros((0,) * rank_of(code), NUMPY[dtype_of(code)]))
    return b""


def _admit_tensor(code: int, value: Value) -> Value:
    kind = np.dtype(NUMPY[dtype_of(code)])
    if not isinstance(value, np.ndarray) or value.dtype != kind or value.ndim != rank_of(code):
        raise _misfit(code, value)
    if not fits(value.shape):
        raise _misfit(code, value)
    data: npt.NDArray[Any] = value.copy(order="C")
    return _frozen(_flush(data) if data.dtype == np.float32 else data)


def _misfit(code: int, value: Value) -> UserError:
    what = type(value).__name__
    if isinstance(value, np.ndarray):
        what = f"an array of {value.dtype} with shape {value.shape}"
    elif isinstance(value, int):
        what = str(value)
    return UserError(
        "machine.value",
        f"A value of type {show(code)} is expected, and {what} is given.",
        "Give a value of that type and within its range.",
    )


def _flush(data: npt.NDArray[Any]) -> npt.NDArray[Any]:
    bits = data.view(np.uint32)
    tiny = (bits & np.uint32(0x7F800000)) == 0
    return np.where(tiny, bits & np.uint32(0x80000000), bits).view(np.float32)


def _canonical(data: npt.NDArray[Any]) -> npt.NDArray[Any]:
    strange = np.isnan(data)
    if not strange.any():
        return data
    return np.where(strange, _CANONICAL_NAN, data.view(np.uint32)).view(np.float32)


def _frozen(data: npt.NDArray[Any]) -> npt.NDArray[Any]:
    data = data.view()
    data.flags.writeable = False
    return data
