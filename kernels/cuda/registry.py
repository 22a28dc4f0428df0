"""The CUDA tier as the machine is handed it: operands go to the device, and results come back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from anhvm.kernels.blocks import Array, Pointers
from anhvm.kernels.cuda.backend import supported
from anhvm.kernels.registry import CpuKernels, KernelPointers
from anhvm.kernels.signature import DType
from anhvm.kernels.table import BY_ID, Kernel


class Caller(Protocol):
    """What `CudaKernels` does."""

    def call(self, name: str, inputs: Sequence[Array], attrs: Sequence[int]) -> list[Array]:
        """The outputs of a kernel."""
        ...


class CudaPointers(CpuKernels):
    """Kernels by id; they live as long as this object.

    What `computes` nothing is left to the CPU, where the elements are; bits are the same anyway.
    """

    def __init__(self, kernels: Caller) -> None:
        super().__init__()
        self._kernels = kernels
        self._held: dict[int, Pointers] = {}

    def pointers(self, kernel_id: int) -> KernelPointers:
        """The functions of a kernel; raises KeyError for an id that the table lacks."""
        kernel = BY_ID[kernel_id]
        if not computes(kernel):
            return super().pointers(kernel_id)
        found = self._held.setdefault(kernel_id, Pointers(kernel, partial(self._run, kernel.name)))
        check = super().pointers(kernel_id).check if kernel.check else 0
        return KernelPointers(found.plan, check, found.run)

    def _run(
        self, name: str, inputs: Sequence[Array], outputs: Sequence[Array], attrs: Sequence[int]
    ) -> None:
        for output, found in zip(outputs, self._kernels.call(name, inputs, attrs), strict=True):
            output[...] = found


def computes(kernel: Kernel) -> bool:
    """Whether the CUDA tier has it, and it does more than move elements of any type."""
    operands = (*kernel.signature.inputs, *kernel.signature.outputs)
    moves = kernel.signature.counts or any(o.dtype is DType.ANY for o in operands)
    return supported(kernel.name) and not moves
