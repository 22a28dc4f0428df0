"""The CUDA tier as the machine is handed it: tensors stay on the device from kernel to kernel.

A kernel is called with the parameter block and, for each operand, the number of its copy on the
device.  One without is sent, and kept; results are kept there, and not written here.  Scalars come
and go as they are: they live in registers.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Protocol

from anhvm.errors import CannotAnswer
from anhvm.kernels.blocks import Array, array_at, numbers, places, words
from anhvm.kernels.cuda import copies
from anhvm.kernels.cuda.backend import Tensor, supported
from anhvm.kernels.registry import CpuKernels, KernelPointers
from anhvm.kernels.signature import DType
from anhvm.kernels.table import BY_ID, Kernel

_LAUNCH = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_int64] * 2, *[ctypes.c_uint32] * 2)
_DONE, _FAILED = 1, 0


class Tier(Protocol):
    """What `CudaKernels` does."""

    def upload(self, array: Array) -> Tensor: ...
    def fetch(self, tensor: Tensor) -> Array: ...
    def run(
        self, name: str, x: Sequence[Tensor], attrs: Sequence[int], counts: Sequence[int]
    ) -> list[Tensor]: ...


class CudaPointers(CpuKernels):
    """Kernels by id, and the device of the machine; they live as long as this object.

    What the tier lacks, and what `here` names, is left to the CPU; bits are the same anyway.
    """

    bring, forget = copies.BRING, copies.FORGET
    fault = staticmethod(copies.fault)

    def __init__(self, kernels: Tier, here: Sequence[str] = ()) -> None:
        super().__init__()
        self._kernels = kernels
        self._here = here
        self._held: dict[int, Any] = {}
        self._turn = Lock()  # the host's part of a launch is one thread's

    def pointers(self, kernel_id: int) -> KernelPointers:
        """The functions of a kernel; raises KeyError for an id that the table lacks."""
        kernel = BY_ID[kernel_id]
        if not supported(kernel.name) or kernel.name in self._here:
            return super().pointers(kernel_id)
        launch = self._held.setdefault(kernel_id, _LAUNCH(self._launch(kernel)))
        check = super().pointers(kernel_id).check if kernel.check else 0
        return KernelPointers(0, check, 0, ctypes.cast(launch, ctypes.c_void_p).value or 0)

    def _launch(self, kernel: Kernel) -> Callable[[int, int, int, int], int]:
        def launch(block: int, given: int, any_dtype: int, counts: int) -> int:
            call = _Call(kernel, self._kernels, self._fetch)
            try:
                with self._turn:
                    call.run(block, given, DType(any_dtype), counts)
                return _DONE
            except BaseException as error:
                call.undo()
                copies.failed(_told(kernel.name, error))
                return _FAILED

        return launch

    def _fetch(self, tensor: Tensor) -> Array:
        try:
            with self._turn:
                return self._kernels.fetch(tensor)
        except Exception as error:
            raise _told("bringing a tensor back", error) from error


class _Call:
    """One call of a kernel by the machine."""

    def __init__(self, kernel: Kernel, kernels: Tier, fetch: copies.Fetch) -> None:
        self._kernel, self._kernels, self._fetch = kernel, kernels, fetch
        self._given: list[int] = []

    def run(self, block: int, given: int, any_dtype: DType, counts: int) -> None:
        signature = self._kernel.signature
        operands = (*signature.inputs, *signature.outputs)
        dtypes = [any_dtype if o.dtype is DType.ANY else o.dtype for o in operands]
        at, known = places(block, len(operands)), words(given, len(operands))
        x = []
        for i in range(len(signature.inputs)):
            address, dims = at[i]
            sent = [known[j] for j in range(i) if at[j] == at[i] and known[j]]
            if sent and not known[i]:
                known[i] = sent[0]  # one value is two operands
            if not known[i]:
                x.append(self._kernels.upload(array_at(address, dims, dtypes[i])))
                known[i] = self._keep(x[i]) if dims and x[i].count else 0
            else:
                x.append(copies.kept(known[i]))
        attrs = len(self._kernel.attrs)
        plain = numbers(block, len(operands), attrs + counts)
        found = self._kernels.run(self._kernel.name, x, plain[:attrs], plain[attrs:])
        arrays = [None if y.dims else self._kernels.fetch(y) for y in found]
        for i, (tensor, array) in enumerate(zip(found, arrays, strict=True), len(x)):
            if array is not None:
                ctypes.memmove(at[i][0], array.ctypes.data, array.nbytes)
            elif tensor.count:
                known[i] = self._keep(tensor)

    def undo(self) -> None:
        """Nothing was done: the machine takes no number of a call that failed."""
        for number in self._given:
            copies.forget(number)

    def _keep(self, tensor: Tensor) -> int:
        self._given.append(copies.keep(tensor, self._fetch))
        return self._given[-1]


def _told(what: str, error: BaseException) -> BaseException:
    """A failure of the device as its user reads it."""
    if isinstance(error, CannotAnswer) or not isinstance(error, Exception):
        return error
    hint = "use the engine core: the answer will be the same"
    if isinstance(error, MemoryError):
        message = f"the GPU has no room for {error} in {what}"
        found = CannotAnswer("gpu.memory", message, f"free memory of the GPU, or {hint}")
    else:
        message = f"the GPU failed in {what}: {type(error).__name__}: {error}"
        found = CannotAnswer("gpu.failed", message, f"look whether make gpu passes here, or {hint}")
    found.__cause__ = error
    return found
