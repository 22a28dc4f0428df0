"""The fast tier as the machine is handed it: where it has no kernel, the exact one."""

from __future__ import annotations

from collections.abc import Sequence

from anhvm.kernels.blocks import Array, Pointers
from anhvm.kernels.fast.blas import FUNCTIONS
from anhvm.kernels.registry import CpuKernels, KernelPointers
from anhvm.kernels.table import BY_ID


class FastKernels(CpuKernels):
    """Kernels by id; they live as long as this object."""

    def __init__(self) -> None:
        super().__init__()
        self._fast: dict[int, Pointers] = {}

    def pointers(self, kernel_id: int) -> KernelPointers:
        """The functions of a kernel; raises KeyError for an id that the table lacks."""
        kernel = BY_ID[kernel_id]
        work = FUNCTIONS.get(kernel.name)
        if work is None:
            return super().pointers(kernel_id)

        def fill(inputs: Sequence[Array], outputs: Sequence[Array], attrs: Sequence[int]) -> None:
            (output,) = outputs
            work(inputs, output, attrs)

        found = self._fast.setdefault(kernel_id, Pointers(kernel, fill))
        return KernelPointers(found.plan, 0, found.run)
