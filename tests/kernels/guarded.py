"""Runs kernels with every operand against a page that nobody may touch.

    python -m tests.kernels.guarded [--lie] [KERNEL ...]

Each golden call runs twice, with memory that ends and memory that begins at a forbidden page, and
its bits are compared with those of an ordinary call.  An access beyond is fatal: the kernel at work
is named on stdout before it starts.  ``--lie`` tells the kernel of one row more than there is.
"""

from __future__ import annotations

import argparse
import ctypes
import mmap
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.errors import Bug
from anhvm.kernels.cpu.call import call
from anhvm.kernels.cpu.fpmode import flush_mode
from anhvm.kernels.cpu.memory import MAX_RANK, SHARED, SHARED_AT, header
from anhvm.kernels.definitions.call import NUMPY, type_of
from anhvm.kernels.definitions.floats import canonical
from anhvm.kernels.golden_cases import Case, cases
from anhvm.kernels.registry import CpuKernels
from anhvm.kernels.shapes import infer
from anhvm.kernels.table import BY_NAME, Kernel

Array = NDArray[Any]
_PAGE = mmap.PAGESIZE
_LINE = 64
_LIBC = ctypes.CDLL(None, use_errno=True)
_PLAN = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_int64)
_CHECK = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)
_RUN = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_int64] * 4)


class Fenced:
    """Memory of `size` bytes between two forbidden pages, at the second or at the first."""

    def __init__(self, size: int, at_end: bool) -> None:
        inner = max(-(-size // _PAGE), 1) * _PAGE
        self.map = mmap.mmap(-1, inner + 2 * _PAGE)
        self._start = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        for page in (self._start, self._start + _PAGE + inner):
            if _LIBC.mprotect(ctypes.c_void_p(page), _PAGE, 0):
                raise Bug(f"mprotect: errno {ctypes.get_errno()}")
        self.offset = _PAGE + inner - size if at_end else _PAGE
        self.size = size

    @property
    def address(self) -> int:
        return self._start + self.offset

    def array(self, dtype: Any, dims: Sequence[int]) -> Array:
        """The memory as a tensor."""
        count = prod(dims)
        return np.frombuffer(self.map, dtype, count, self.offset).reshape(dims)


def fenced_call(
    kernels: CpuKernels, kernel: Kernel, case: Case, at_end: bool, lie: int
) -> list[Array]:
    """The outputs of a call in fenced memory; `lie` is added to the first dim of each operand."""
    inputs = [np.ascontiguousarray(x) for x in case.inputs]
    found = infer(kernel, [type_of(x) for x in case.inputs], case.attrs, case.counts)
    operands = [(x.dtype, x.shape) for x in case.inputs]
    operands += [(np.dtype(NUMPY[t.dtype]), t.dims) for t in found]
    fences = [
        Fenced(prod(dims) * dtype.itemsize if dims else 8, at_end) for dtype, dims in operands
    ]
    for x, fence in zip(inputs, fences, strict=False):
        fence.array(np.uint8, (x.nbytes,))[:] = x.reshape(-1).view(np.uint8)
    words = header(len(operands), len(case.attrs), operands[0][0].itemsize)
    for (_, dims), fence in zip(operands, fences, strict=True):
        shown = [dims[0] + lie, *dims[1:]] if dims else dims
        words += [fence.address, len(dims), *shown, *[1] * (MAX_RANK - len(dims))]
    words += [*case.attrs, *case.counts]
    block = Fenced(8 * len(words), at_end)
    block.array(np.uint64, (len(words),))[:] = np.array(words, np.uint64)
    pointers = kernels.pointers(kernel.id)
    with flush_mode():
        if pointers.check and _CHECK(pointers.check)(block.address) >= 0:
            raise Bug(f"{kernel.name}: the data of a golden call is refused")
        planned = _PLAN(pointers.plan)(block.address)
        held = block.array(np.int64, (len(words),))
        tiles, room = (int(n) for n in held[:2])
        shared = Fenced(int(held[SHARED]), at_end)
        held[SHARED_AT] = shared.address
        # The machine rounds a workspace up to cache lines and starts it at one.
        workspace = Fenced(-(-room // _LINE) * _LINE, at_end)
        done = tiles <= 0 or _RUN(pointers.run)(block.address, 0, tiles, workspace.address) == 1
    if planned != 1 or not done:
        raise Bug(f"{kernel.name}: did not finish")
    outputs = zip(operands[len(inputs) :], fences[len(inputs) :], strict=True)
    return [fence.array(dtype, dims).copy() for (dtype, dims), fence in outputs]


def shown(array: Array) -> bytes:
    """The bits of a result, NaNs canonical."""
    return (canonical(array) if array.dtype == np.float32 else array).tobytes()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lie", action="store_true")
    parser.add_argument("kernels", nargs="*")
    given = parser.parse_args()
    kernels, calls = CpuKernels(), 0
    for name in given.kernels or list(BY_NAME):
        print(name, flush=True)
        for some in cases(BY_NAME[name]).values():
            for case in some:
                expected = call(name, case.inputs, case.attrs, case.counts)
                for at_end in (True, False):
                    found = fenced_call(kernels, BY_NAME[name], case, at_end, int(given.lie))
                    if list(map(shown, found)) != list(map(shown, expected)):
                        raise Bug(f"{name}: other bits where memory is fenced")
                    calls += 1
    print(f"{calls} calls")


if __name__ == "__main__":
    main()
