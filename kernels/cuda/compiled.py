"""A device that runs nothing: each launch is compiled to PTX, which needs no GPU, and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import cuda, from_dtype, types
from numpy.typing import NDArray

from anhvm.kernels.cuda.ptx import device_source

CAPABILITY = (8, 0)  # the least that has max.NaN


class Compiled:
    """Collects the PTX of everything launched, by the kernel's name and the types it is given."""

    def __init__(self) -> None:
        self.ptx: dict[tuple[str, int, str], str] = {}
        self._kept: list[Callable[..., None]] = []

    def put(self, array: NDArray[Any]) -> NDArray[Any]:
        return array

    def get(self, data: NDArray[Any], count: int) -> NDArray[Any]:
        return data[:count]

    def empty(self, count: int, dtype: type[np.generic]) -> NDArray[Any]:
        return np.zeros(count, dtype)

    def launch(self, kernel: Callable[..., None], blocks: int, threads: int, *args: Any) -> None:
        signature = tuple(map(_type, args))
        key = kernel.__name__, id(kernel), str(signature)
        if key not in self.ptx:
            self._kept.append(kernel)  # so that its id stays its own
            self.ptx[key] = compile_ptx(kernel, signature)


def compile_ptx(kernel: Callable[..., None], signature: tuple[Any, ...]) -> str:
    """The PTX of a kernel written in `ops`."""
    text: str = cuda.compile_ptx(device_source(kernel), signature, cc=CAPABILITY)[0]
    return text


def _type(argument: Any) -> Any:
    if isinstance(argument, np.ndarray):
        return types.Array(from_dtype(argument.dtype), 1, "C")
    return types.int64
