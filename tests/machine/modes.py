"""The floating-point mode of this thread, as another library may leave it."""

from __future__ import annotations

import ctypes
import ctypes.util
import struct
from collections.abc import Iterator
from contextlib import contextmanager

_libm = ctypes.CDLL(ctypes.util.find_library("m"))
_MXCSR = 28  # where fenv_t of x86-64 holds it


def mode() -> int:
    environment = ctypes.create_string_buffer(32)
    _libm.fegetenv(environment)
    return int(struct.unpack_from("<I", environment, _MXCSR)[0])


@contextmanager
def another_mode(mxcsr: int) -> Iterator[None]:
    before = ctypes.create_string_buffer(32)
    _libm.fegetenv(before)
    changed = ctypes.create_string_buffer(before.raw, 32)
    struct.pack_into("<I", changed, _MXCSR, mxcsr)
    _libm.fesetenv(changed)
    try:
        yield
    finally:
        _libm.fesetenv(before)
