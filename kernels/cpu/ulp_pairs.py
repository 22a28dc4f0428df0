"""The fixed sample of 2^32 pairs on which pow is measured (N9): 64 mixed bits of i make pair i.

x is any positive binary32 or, evenly, in [1/2, 2), where the logarithm is small; its sign would
only select.  y is such that the result is spread evenly over all that binary32 holds; one y in
eight is a multiple of 1/2 below 32.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from anhvm.kernels.cpu.fpmode import flush_mode
from anhvm.kernels.cpu.scalar_math import bits_f32, log32

F32 = NDArray[np.float32]

_STEP, _FIRST, _SECOND = map(
    np.uint64, (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
)
_LEAST = np.float32(-88)  # of y log x
_SPAN = np.float32(176 / 2**24)
_HALF = np.float32(0.5)
_TWO = np.float32(2)


@njit(error_model="numpy")
def _mixed(i: Any) -> Any:
    """64 bits that look like no function of i."""
    z = (i + np.uint64(1)) * _STEP
    z = (z ^ (z >> np.uint64(30))) * _FIRST
    z = (z ^ (z >> np.uint64(27))) * _SECOND
    return z ^ (z >> np.uint64(31))


@njit(error_model="numpy")
def _fill(index: Any, x: Any, y: Any) -> None:
    for i in range(index.size):
        bits = _mixed(index[i])
        first, second = np.int64(bits & np.uint64(0xFFFFFFFF)), np.int64(bits >> np.uint64(32))
        near = 0x3F000000 + (first >> 8)
        x[i] = bits_f32(np.int32(near if first & 1 else first >> 1))
        base = _TWO if near == 0x3F800000 else x[i]  # log 1 is 0
        spread = (np.float32(second >> 8) * _SPAN + _LEAST) / log32(base)
        simple = np.float32((second >> 8 & 127) - 64) * _HALF
        y[i] = simple if second & 7 == 0 else spread


def pairs(index: NDArray[np.uint64]) -> tuple[F32, F32]:
    """x and y of the pairs of these numbers."""
    x, y = np.empty(index.size, np.float32), np.empty(index.size, np.float32)
    with flush_mode():
        _fill(index, x, y)
    return x, y
