"""Order along the last axis (N3): NaN first, then the greater, equal values (-0 = +0) by index."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions.floats import F32, add

I32 = NDArray[np.int32]


def top_k_index(x: F32, k: int) -> I32:
    """Indices of the first k in order."""
    bits = np.ascontiguousarray(x).view(np.int32).astype(np.int64)
    key = np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)
    key = np.where(np.isnan(x), 1 << 31, key)
    return np.argsort(-key, axis=-1, kind="stable")[..., :k].astype(np.int32)


def take_along(x: F32, index: I32) -> F32:
    """The elements of each row at its indices."""
    return np.take_along_axis(x, index, -1)


def place_along(u: F32, index: I32, x: F32) -> F32:
    """Adds each row of u at its indices, from +0, the first position first."""
    d = np.zeros_like(x)
    for j in range(index.shape[-1]):
        at = index[..., j : j + 1]
        np.put_along_axis(d, at, add(np.take_along_axis(d, at, -1), u[..., j : j + 1]), -1)
    return d
