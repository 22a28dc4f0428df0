"""The registers of a frame as one number, see "Trace" in `docs/machine.md`."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from zlib import crc32

import numpy as np

from anhvm.isa.types import Type
from anhvm.program.values import release
from anhvm.reference.memory import Data, Held

_NAN = struct.pack("<II", 0x7FC00000, 0)
_FLOAT, _WORD = struct.Struct("<f4x").pack, struct.Struct("<Q").pack
_I32, _ALL = int(Type.I32), (1 << 64) - 1


def checksum(types: Iterable[int], values: Iterable[object]) -> int:
    """CRC-32 of registers of these types."""
    shown = [
        _handle(value.data) if isinstance(value, Held) else _scalar(code, value)
        for code, value in zip(types, values, strict=True)
    ]
    return crc32(b"".join(shown))


def _scalar(code: int, value: object) -> bytes:
    if isinstance(value, float):
        return _FLOAT(value) if value == value else _NAN
    assert isinstance(value, int)
    return _WORD(value & (0xFFFFFFFF if code == _I32 else _ALL))


def _handle(data: Data) -> bytes:
    if isinstance(data, bytes):
        return struct.pack("<BQ", 255, len(data)) + data
    seen = release(data)
    assert isinstance(seen, np.ndarray)
    return struct.pack(f"<B{seen.ndim}Q", seen.ndim, *seen.shape) + seen.tobytes()
