"""Fused attention (N12): keys in blocks of 128, with a running maximum and a running sum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from anhvm.kernels.definitions.floats import F32, div, fma, maximum, mul, sub
from anhvm.kernels.definitions.matmul import matmul
from anhvm.kernels.definitions.reductions import rmax, rsum
from anhvm.kernels.definitions.transcendental import exp

BLOCK = 128
_LOWEST, _ZERO, _ONE = np.float32(-np.inf), np.float32(0), np.float32(1)


def attention(causal: bool) -> Callable[[F32, F32, F32, F32], F32]:
    """f32[*B,M,D], f32[*B,N,D], f32[*B,N,D], scale: with `causal`, query i sees keys 0 to i."""

    def fused(q: F32, k: F32, v: F32, scale: F32) -> F32:
        m = sums = y = np.zeros(0, np.float32)
        queries, keys = np.arange(q.shape[-2])[:, None], np.arange(k.shape[-2])
        for start in range(0, k.shape[-2], BLOCK):
            part = slice(start, start + BLOCK)
            scores = mul(matmul(q, k[..., part, :], False, True), scale)
            seen = keys[part] <= queries if causal else np.ones(scores.shape[-2:], bool)
            # -inf is below every score and hides no NaN.
            top = rmax(np.where(seen, scores, _LOWEST))[..., None]
            peak = top if start == 0 else maximum(m, top)
            weights = np.where(seen, exp(sub(scores, peak)), _ZERO)
            total, chain = rsum(weights)[..., None], matmul(weights, v[..., part, :])
            if start == 0:
                m, sums, y = top, total, chain
                continue
            visits = seen[:, :1]
            c = exp(sub(m, peak))
            m = np.where(visits, peak, m)
            sums = np.where(visits, fma(sums, c, total), sums)
            y = np.where(visits, fma(y, c, chain), y)
        return mul(y, div(_ONE, sums))

    return fused


def lower(x: F32, other: F32) -> F32:
    """x on and below the diagonal of the last two axes, `other` above it."""
    rows, columns = x.shape[-2:]
    return np.where(np.tri(rows, columns) > 0, x, other)
