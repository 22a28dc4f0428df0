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
                    operands = _arrays(block, dtypes)
                    attributes = _attributes(block, len(kernel.attrs))
                    work(operands[:count], operands[count:], attributes)
                return _DONE
            except Exception:  # C cannot raise; the machine reports a kernel that did not finish
                traceback.print_exc(file=sys.stderr)
                return _BROKEN

        self._held = (_PLAN(plan), _RUN(run))
        self.plan, self.run = (ctypes.cast(f, ctypes.c_void_p).value or 0 for f in self._held)


def _arrays(block: int, dtypes: Sequence[DType]) -> list[Array]:
    words = (ctypes.c_int64 * (HEADER + OPERAND_WORDS * len(dtypes))).from_address(block)
    found = []
    for number, dtype in enumerate(dtypes):
        at = HEADER + OPERAND_WORDS * number
        dims = tuple(words[at + 2 : at + 2 + words[at + 1]])
        kind = np.dtype(NUMPY[dtype])
        size = prod(dims) * kind.itemsize
        if not size:
            found.append(np.empty(dims, kind))
            continue
        room = memoryview((ctypes.c_byte * size).from_address(words[at]))
        found.append(np.frombuffer(room, kind).reshape(dims))
    return found


def _attributes(block: int, count: int) -> list[int]:
    operands = ctypes.c_int64.from_address(block + 16).value
    at = block + 8 * (HEADER + OPERAND_WORDS * operands)
    return list((ctypes.c_int64 * count).from_address(at)) if count else []
