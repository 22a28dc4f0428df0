"""A GPU as the device of `CudaKernels`.  Kernels are compiled at their first launch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import Any

import numpy as np
from numba import config, cuda
from numba.cuda.cudadrv import driver
from numpy.typing import NDArray

from anhvm.errors import CannotAnswer
from anhvm.kernels.cuda.ptx import device_source

_NO_ROOM = 2  # CUDA_ERROR_OUT_OF_MEMORY
Around = Callable[[str], AbstractContextManager[object]]


class Gpu:
    """The current CUDA device; raises CannotAnswer ``gpu.packages`` or ``gpu.missing``.

    A kernel is compiled, and launched for the first time, inside of what `compiling` makes of its
    name.
    """

    def __init__(self, compiling: Around = nullcontext) -> None:
        if find_spec("numba_cuda") is None:
            message = "the packages of the CUDA tier are not installed"
            raise CannotAnswer("gpu.packages", message, "pip install 'anhvm[cuda]'")
        if not cuda.is_available():
            message = "no CUDA device, or no driver for it, is on this machine"
            raise CannotAnswer("gpu.missing", message, "run it on a machine with an NVIDIA GPU")
        config.CUDA_LOW_OCCUPANCY_WARNINGS = 0  # small calls are as legitimate as large ones
        self._compiling = compiling
        self._compiled: dict[Callable[..., None], Any] = {}

    @property
    def name(self) -> str:
        """What the device calls itself."""
        return str(cuda.get_current_device().name)

    def put(self, array: NDArray[Any]) -> Any:
        # An allocation of nothing is refused.
        with _room(array.size, array.dtype):
            return cuda.to_device(array if array.size else np.zeros(1, array.dtype))

    def get(self, data: Any, count: int) -> NDArray[Any]:
        found: NDArray[Any] = data.copy_to_host()
        return found[:count]

    def empty(self, count: int, dtype: type[np.generic]) -> Any:
        with _room(count, dtype):
            return cuda.device_array(max(count, 1), dtype)

    def launch(self, kernel: Callable[..., None], blocks: int, threads: int, *args: Any) -> None:
        if kernel in self._compiled:
            self._compiled[kernel][blocks, threads](*args)
            return
        with self._compiling(kernel.__name__):
            compiled = cuda.jit(device_source(kernel))
            compiled[blocks, threads](*args)
        self._compiled[kernel] = compiled

    def copy(self, target: Any, source: Any) -> None:
        """Elements from one place on the device to another."""
        target.copy_to_device(source)

    def milliseconds(self, work: Callable[[], object]) -> float:
        """How long the device takes for what `work` launches."""
        start, end = cuda.event(), cuda.event()
        start.record()
        work()
        end.record()
        end.synchronize()
        return float(start.elapsed_time(end))


@contextmanager
def _room(count: int, dtype: Any) -> Iterator[None]:
    """Says of a failed allocation what there was no room for: MemoryError."""
    try:
        yield
    except driver.CudaAPIError as error:
        if error.args[0] != _NO_ROOM:
            raise
        raise MemoryError(f"{count:,} elements of {np.dtype(dtype)}") from error
