"""Tensors that a device keeps for the machine, by number, until the machine forgets them.

No number comes twice, so a stale one finds nothing.  These tables are those of the process: the
machine may let go of a run when whoever started it is gone, at the end of Python too.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

from numpy.typing import NDArray

from anhvm.errors import Bug
from anhvm.kernels.cuda.backend import Tensor

Fetch = Callable[[Tensor], NDArray[Any]]


class _Kept(NamedTuple):
    tensor: Tensor
    fetch: Fetch


_NUMBERS = count(1)
_KEPT: dict[int, _Kept] = {}
_FAULTS = threading.local()


def keep(tensor: Tensor, fetch: Fetch) -> int:
    """The number of a tensor from now on; `fetch` brings its elements."""
    number = next(_NUMBERS)
    _KEPT[number] = _Kept(tensor, fetch)
    return number


def kept(number: int) -> Tensor:
    """The tensor of a number that was not forgotten."""
    return _KEPT[number].tensor


def forget(number: int, table: dict[int, _Kept] = _KEPT) -> None:
    """Lets go of a tensor."""
    table.pop(number, None)


def outstanding() -> int:
    """How many tensors are kept."""
    return len(_KEPT)


def failed(fault: BaseException) -> None:
    """Remembers why this thread's call of the device failed: C cannot raise."""
    _FAULTS.last = fault


def fault() -> BaseException:
    """Why the last call of this thread failed."""
    found, _FAULTS.last = getattr(_FAULTS, "last", None), None
    return found or Bug("the device does not say why it failed")


def _bring(number: int, address: int, size: int) -> int:
    try:
        tensor, fetch = _KEPT[number]
        array = fetch(tensor)
        if array.nbytes != size or not array.flags.c_contiguous:
            raise Bug(f"a copy of {array.nbytes} bytes where the machine has {size}")
        ctypes.memmove(address, array.ctypes.data, size)
        return 1
    except BaseException as error:
        failed(error)
        return 0


_HELD = (
    ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_uint64, ctypes.c_int64, ctypes.c_uint64)(_bring),
    ctypes.CFUNCTYPE(None, ctypes.c_uint64)(forget),
)
ctypes.pythonapi.Py_IncRef(ctypes.py_object(_HELD))  # they outlive this module
BRING, FORGET = (ctypes.cast(f, ctypes.c_void_p).value or 0 for f in _HELD)
"""Addresses of what `machine/csrc/api.h` calls anh_bring and anh_forget."""
