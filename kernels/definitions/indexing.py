"""Rows at indices: reading is a copy; what is written is added in ascending position."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions.floats import F32, add

I32 = NDArray[np.int32]


def gather(w: F32, index: I32) -> F32:
    """y[..., :] = w[index[...], :]."""
    taken: F32 = w[index]
    return taken


def scatter_add(w: Any, index: I32, u: Any) -> Any:
    """Starts from w; adds row after row of u, the first position first."""
    y = np.array(w)
    rows = np.asarray(u).reshape(index.size, y.shape[1])
    for position, target in enumerate(index.reshape(-1)):
        y[target] = add(y[target], rows[position])
    return y
