"""Tensors as bytes: dtype codes, little-endian row-major order, canonical floats (NUMBERS N2, N3).

Wherever bytes of f32 enter or are seen, subnormals are zeros of their sign and every NaN is
``0x7fc00000``.
"""

from __future__ import annotations

from enum import IntEnum
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.isa import types as isa
from anhvm.isa.types import MAX_ELEMENTS, MAX_RANK

Array = NDArray[Any]

_EXPONENT = np.uint32(0x7F800000)
_FRACTION = np.uint32(0x007FFFFF)
_SIGN = np.uint32(0x80000000)
_NAN = np.uint32(0x7FC00000)


class DType(IntEnum):
    """The dtypes of N1, with the codes that programs use, as NumPy sees them."""

    F32 = isa.DType.F32
    I32 = isa.DType.I32
    I8 = isa.DType.I8
    BOOL = isa.DType.BOOL

    @property
    def numpy(self) -> np.dtype[Any]:
        dtype: np.dtype[Any] = _NUMPY[self]
        return dtype

    @classmethod
    def of(cls, array: Array) -> DType:
        """The dtype of an array.  TypeError if it is none of N1."""
        for code, dtype in _NUMPY.items():
            if array.dtype.newbyteorder("<") == dtype:
                return code
        raise TypeError(f"no tensor holds {array.dtype}: use float32, int32, int8 or bool")


_NUMPY: dict[DType, np.dtype[Any]] = {
    DType.F32: np.dtype("<f4"),
    DType.I32: np.dtype("<i4"),
    DType.I8: np.dtype("i1"),
    DType.BOOL: np.dtype("?"),
}


def canonical(array: Array) -> Array:
    """A contiguous little-endian array of the same values, f32 flushed and its NaNs canonical.

    TypeError for a dtype that no tensor has.
    """
    # ascontiguousarray turns rank 0 into rank 1, so the shape is put back.
    data = np.ascontiguousarray(array, dtype=DType.of(array).numpy).reshape(array.shape)
    if data.dtype != _NUMPY[DType.F32]:
        return data
    bits = data.view(np.uint32)
    odd = _not_canonical(bits)
    if not odd.any():
        return data
    nan = (bits & _EXPONENT == _EXPONENT) & (bits & _FRACTION != 0)
    return np.where(nan, _NAN, np.where(odd, bits & _SIGN, bits)).view(data.dtype)


def to_bytes(array: Array) -> bytes:
    """The canonical bytes of a tensor: row-major, little-endian."""
    return canonical(array).tobytes()


def from_bytes(dtype: int, dims: tuple[int, ...], data: bytes, *, strict: bool = True) -> Array:
    """The read-only tensor of these bytes.

    ValueError if the shape is not allowed or the length differs; with `strict` also if an f32 is
    not canonical or a bool is neither 0 nor 1, otherwise they are made so.
    """
    code = DType(dtype)
    check_shape(dims)
    if len(data) != byte_count(code, dims):
        raise ValueError(f"{len(data)} bytes do not fill {code.name} {list(dims)}")
    if code is DType.BOOL and data.translate(None, b"\x00\x01"):
        if strict:
            raise ValueError("a bool is neither 0 nor 1")
        data = (np.frombuffer(data, np.uint8) != 0).tobytes()
    array = np.frombuffer(data, dtype=code.numpy).reshape(dims)
    if code is DType.F32 and strict and _not_canonical(array.view(np.uint32)).any():
        raise ValueError("an f32 is subnormal, or a NaN other than 0x7fc00000")
    array = canonical(array)
    array.flags.writeable = False
    return array


def byte_count(dtype: int, dims: tuple[int, ...]) -> int:
    return prod(dims) * DType(dtype).numpy.itemsize


def check_shape(dims: tuple[int, ...]) -> None:
    """ValueError above rank 6 or 2**31 elements."""
    if len(dims) > MAX_RANK or prod(dims) > MAX_ELEMENTS or any(dim < 0 for dim in dims):
        raise ValueError(f"no tensor has the shape {list(dims)}: rank 6, 2**31 elements at most")


def _not_canonical(bits: NDArray[np.uint32]) -> NDArray[np.bool_]:
    exponent, fraction = bits & _EXPONENT, bits & _FRACTION
    odd = (exponent == 0) | ((exponent == _EXPONENT) & (bits != _NAN))
    result: NDArray[np.bool_] = odd & (fraction != 0)
    return result
