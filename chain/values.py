"""Values of the ABI as canonical bytes: arguments, results, stored cells.

A value is a tagged array: ``[tag, …]``.  No float is ever spelled as a number: an f32 is its four
bytes, flushed and with the one NaN.  Python sees ``np.uint64 np.int64 np.int32 bool np.float32``,
``bytes``, ``str``, `Address`, arrays, `BlobTensor`, and lists (which are structs, too: their fields
in order).  A plain ``int`` is u64 if it is not negative, else i64; `scalar` makes any other type.
"""

from __future__ import annotations

from typing import Annotated, Any, Union

import msgspec
import numpy as np

from anhvm.chain.codec import U32, U64, AddressBytes, Codec, Digest
from anhvm.chain.tensors import DType, byte_count, check_shape, from_bytes, to_bytes
from anhvm.chain.transaction import PAYLOAD_BYTES
from anhvm.errors import Refused, UserError
from anhvm.isa.types import MAX_RANK

MAX_DEPTH = 16

I64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
I32 = Annotated[int, msgspec.Meta(ge=-(2**31), le=2**31 - 1)]
Bits = Annotated[bytes, msgspec.Meta(min_length=4, max_length=4)]
Dims = Annotated[tuple[U32, ...], msgspec.Meta(max_length=MAX_RANK)]


class Address(bytes):
    """The 33 bytes of an address, where bytes alone would not tell."""


class BlobTensor(msgspec.Struct, frozen=True, array_like=True, tag=10):
    """A tensor whose bytes are those of a published blob."""

    blob: Digest
    dtype: U32
    dims: Dims

    def load(self, data: bytes) -> np.ndarray[Any, Any]:
        """The tensor of the blob's bytes, f32 made canonical.  ValueError if they do not fit."""
        return from_bytes(self.dtype, self.dims, data, strict=False)


class _Struct(msgspec.Struct, frozen=True, array_like=True):
    pass


class _U64(_Struct, tag=1, frozen=True):
    value: U64


class _I64(_Struct, tag=2, frozen=True):
    value: I64


class _I32(_Struct, tag=3, frozen=True):
    value: I32


class _Bool(_Struct, tag=4, frozen=True):
    value: bool


class _F32(_Struct, tag=5, frozen=True):
    bits: Bits


class _Bytes(_Struct, tag=6, frozen=True):
    value: bytes


class _Str(_Struct, tag=7, frozen=True):
    value: str


class _Address(_Struct, tag=8, frozen=True):
    value: AddressBytes


class _Tensor(_Struct, tag=9, frozen=True):
    dtype: U32
    dims: Dims
    data: bytes


class _List(_Struct, tag=11, frozen=True):
    items: tuple[_Value, ...]


_Value = Union[  # noqa: UP007 - the classes are joined at run time, before `_List` is complete
    _U64, _I64, _I32, _Bool, _F32, _Bytes, _Str, _Address, _Tensor, BlobTensor, _List
]

_ARGUMENTS = Codec(tuple[_Value, ...], "arguments", PAYLOAD_BYTES)
_VALUES: Codec[_Value] = Codec(_Value, "value", 1 << 32)  # type: ignore[arg-type]
_SCALARS: dict[str, Any] = {"u64": _U64, "i64": _I64, "i32": _I32}
_NUMPY_SCALARS: dict[Any, Any] = {_U64: np.uint64, _I64: np.int64, _I32: np.int32}
_FROM_NUMPY = {numpy: wire for wire, numpy in _NUMPY_SCALARS.items()}


def scalar(name: str, number: int | float | bool) -> object:
    """`number` as the scalar type ``u64 i64 i32 bool f32``.  UserError ``value.range``.

    A number that is no f32 is rounded once, and flushed.
    """
    try:
        if name == "f32":
            with np.errstate(over="ignore"):
                return _open(_close(np.float32(number)))
        if name == "bool" and isinstance(number, bool):
            return number
        if isinstance(number, int) and not isinstance(number, bool):
            wire = _SCALARS[name](number)
            return _open(_VALUES.decode(_VALUES.encode(wire)))
    except (Refused, KeyError, OverflowError):
        pass
    raise UserError("value.range", f"{number} is no {name}", f"give a number that {name} can hold")


def encode_arguments(values: list[object] | tuple[object, ...]) -> bytes:
    """The bytes of a call's arguments.  UserError ``value.type``, Refused ``arguments.size``."""
    return _ARGUMENTS.encode(tuple(_close(value) for value in values))


def decode_arguments(data: bytes) -> tuple[object, ...]:
    """A call's arguments.  Refused ``arguments.*`` unless the bytes are canonical."""
    return tuple(_checked(item, "arguments") for item in _ARGUMENTS.decode(data))


def encode_value(value: object) -> bytes:
    """The bytes of one value.  UserError ``value.type``."""
    return _VALUES.encode(_close(value))


def decode_value(data: bytes) -> object:
    """One value.  Refused ``value.*`` unless the bytes are canonical."""
    return _checked(_VALUES.decode(data), "value")


def _close(value: object, depth: int = 0) -> Any:
    """Python to wire."""
    if depth > MAX_DEPTH:
        raise UserError("value.depth", "a value is nested too deeply", f"use {MAX_DEPTH} levels")
    match value:
        case bool() | np.bool_():
            return _Bool(bool(value))
        case np.generic() if value.dtype == np.float32:
            return _F32(to_bytes(np.asarray(value)))
        case np.generic() if value.dtype.type in _FROM_NUMPY:
            return _FROM_NUMPY[value.dtype.type](int(value))
        case int() if -(2**63) <= value < 2**64:
            return _U64(value) if value >= 0 else _I64(value)
        case Address() if len(value) == 33:
            return _Address(bytes(value))
        case bytes() if not isinstance(value, Address):
            return _Bytes(value)
        case str() if not _has_surrogate(value):
            return _Str(value)
        case BlobTensor():
            return value
        case np.ndarray():
            return _close_tensor(value)
        case list() | tuple():
            return _List(tuple(_close(item, depth + 1) for item in value))
    message = f"a {type(value).__name__} ({value!r:.40}) is not a value of a contract"
    hint = "use numpy's uint64, int64, int32, float32, or int, bool, bytes, str, array, list"
    raise UserError("value.type", message, hint)


def _close_tensor(array: np.ndarray[Any, Any]) -> _Tensor:
    try:
        check_shape(array.shape)
        return _Tensor(int(DType.of(array)), array.shape, to_bytes(array))
    except (TypeError, ValueError) as error:
        hint = "convert it, for instance with .astype(numpy.float32)"
        raise UserError("value.type", str(error), hint) from error


def _checked(wire: _Value, what: str) -> object:
    try:
        return _open(wire)
    except ValueError as error:
        hint = "encode it with these tools"
        raise Refused(f"{what}.encoding", f"the {what} is malformed: {error}", hint) from error


def _open(wire: Any, depth: int = 0) -> object:
    """Wire to Python.  ValueError where the struct alone does not show that it is canonical."""
    if depth > MAX_DEPTH:
        raise ValueError("a value is nested too deeply")
    match wire:
        case _U64(value) | _I64(value) | _I32(value):
            return _NUMPY_SCALARS[type(wire)](value)
        case _Bool(value) | _Bytes(value) | _Str(value):
            return value
        case _F32(bits):
            return from_bytes(DType.F32, (), bits)[()]
        case _Address(value):
            return Address(value)
        case _Tensor(dtype, dims, data):
            return from_bytes(dtype, dims, data)
        case BlobTensor(_, dtype, dims):
            check_shape(dims)
            byte_count(dtype, dims)
            return wire
        case _List(items):
            return [_open(item, depth + 1) for item in items]
    raise ValueError("an unknown value")


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)
