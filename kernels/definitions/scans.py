"""Running sums over the last axis of f32 arrays."""

from __future__ import annotations

import numpy as np

from anhvm.kernels.definitions.floats import F32, add
from anhvm.kernels.definitions.reductions import CHUNK


def cumsum(x: F32) -> F32:
    """y[i] = total + part[i]: a part runs from +0 in each chunk, `total` is the y before it."""
    y = np.empty_like(x)
    total = np.zeros(x.shape[:-1], np.float32)
    for start in range(0, x.shape[-1], CHUNK):
        part = np.zeros_like(total)
        for i in range(start, min(start + CHUNK, x.shape[-1])):
            part = add(part, x[..., i])
            y[..., i] = add(total, part)
        total = y[..., min(start + CHUNK, x.shape[-1]) - 1]
    return y


def cumsum_back(x: F32) -> F32:
    """cumsum from the end: of the reversed elements, reversed."""
    return cumsum(x[..., ::-1])[..., ::-1]
