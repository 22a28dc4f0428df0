"""matmul (N7), as the law writes it: chains of fma over blocks of 256 values of k."""

from __future__ import annotations

import numpy as np

from anhvm.kernels.definitions.floats import F32, add, fma

BLOCK = 256


def matmul(a: F32, b: F32, transpose_a: bool = False, transpose_b: bool = False) -> F32:
    """y = op(a) @ op(b): f32[*B,M,K], f32[*B,K,N] -> f32[*B,M,N], K = 0 gives +0."""
    left = np.swapaxes(a, -1, -2) if transpose_a else a
    right = np.swapaxes(b, -1, -2) if transpose_b else b
    zero = np.zeros((*left.shape[:-1], right.shape[-1]), np.float32)
    total = zero
    for start in range(0, left.shape[-1], BLOCK):
        chain = zero
        for k in range(start, min(start + BLOCK, left.shape[-1])):
            chain = fma(left[..., :, k, None], right[..., None, k, :], chain)
        total = chain if start == 0 else add(total, chain)
    return total
