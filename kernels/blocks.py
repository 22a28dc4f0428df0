"""Python functions on arrays, as the machine calls kernels: addresses, parameter blocks, status."""

from __future__ import annotations

import ctypes
import sys
import traceback
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.cpu.memory import HEADER, OPERAND_WORDS
from anhvm.kernels.definitions.call import NUMPY
from anhvm.kernels.shapes import Dims
from anhvm.kernels.signature import DType
from anhvm.kernels.table import Kernel

Array = NDArray[Any]
Work = Callable[[Sequence[Array], Sequence[Array], Sequence[int]], None]
"""Inputs, outputs, attributes: fills the outputs, whose memory may be that of inputs."""

_PLAN = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_int64)
_RUN = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_int64] * 4)
_DONE, _BROKEN = 1, 0


class Pointers:
    """A function as C pointers; they live as long as this object."""

    def __init__(self, kernel: Kernel, work: Work) -> None:
        count = len(kernel.signature.inputs)
        dtypes = [o.dtype for o in (*kernel.signature.inputs, *kernel.signature.outputs)]

        def plan(block: int) -> int:
            words = (ctypes.c_int64 * 2).from_address(block)
            words[:] = [1, 0]  # one tile: how it is shared is the library's own business
            return _DONE

        def run(block: int, low: int, high: int, workspace: int) -> int:
            try:
                if low < high:
                    at = zip(places(block, len(dtypes)), dtypes, strict=True)
                    operands = [array_at(*place, dtype) for place, dtype in at]
                    attrs = numbers(block, len(dtypes), len(kernel.attrs))
                    work(operands[:count], operands[count:], attrs)
                return _DONE
            except Exception:  # C cannot raise; the machine reports a kernel that did not finish
                traceback.print_exc(file=sys.stderr)
                return _BROKEN

        self._held = (_PLAN(plan), _RUN(run))
        self.plan, self.run = (ctypes.cast(f, ctypes.c_void_p).value or 0 for f in self._held)


def words(address: int, count: int) -> ctypes.Array[ctypes.c_uint64]:
    """So many 64-bit words at an address, to be read and written."""
    return (ctypes.c_uint64 * count).from_address(address)


def places(block: int, count: int) -> list[tuple[int, Dims]]:
    """Address and dims of each operand."""
    found = words(block, HEADER + OPERAND_WORDS * count)
    starts = range(HEADER, HEADER + OPERAND_WORDS * count, OPERAND_WORDS)
    return [(found[at], tuple(found[at + 2 : at + 2 + found[at + 1]])) for at in starts]


def array_at(address: int, dims: Dims, dtype: DType) -> Array:
    """The elements that stand at an address, to be read and written."""
    kind = np.dtype(NUMPY[dtype])
    size = prod(dims) * kind.itemsize
    if not size:
        return np.empty(dims, kind)
    room = memoryview((ctypes.c_byte * size).from_address(address))
    return np.frombuffer(room, kind).reshape(dims)


def numbers(block: int, operands: int, count: int) -> list[int]:
    """The attributes, and the values of the trailing scalars, behind so many operands."""
    return list(words(block + 8 * (HEADER + OPERAND_WORDS * operands), count))
