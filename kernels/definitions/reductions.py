"""Reductions over one axis, the last, of f32 arrays: rsum (N6), max and argmax (N3)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions.floats import F32, add, fma, maximum

CHUNK = 4096
LANES = 32
Take = Callable[[F32, F32], F32]  # lanes and what they meet -> lanes


def rsum(x: F32) -> F32:
    """Sum over the last axis by N6: f32[*S,N] -> f32[*S]; the empty sum is +0."""
    return _chunks(x, add)


def sum_squares(x: F32) -> F32:
    """Sum of squares over the last axis: lanes of N6 that take acc = fma(x, x, acc)."""
    return _chunks(x, lambda lanes, step: fma(step, step, lanes))


def _chunks(x: F32, take: Take) -> F32:
    count = x.shape[-1]
    whole = count // CHUNK * CHUNK
    full = x[..., :whole].reshape(*x.shape[:-1], count // CHUNK, CHUNK)
    sums = _chunk(full, take)
    if whole < count:
        sums = np.concatenate([sums, _chunk(x[..., whole:], take)[..., None]], axis=-1)
    if sums.shape[-1] > 1:
        return rsum(sums)
    return sums[..., 0] if sums.shape[-1] else np.zeros(x.shape[:-1], np.float32)


def _chunk(x: F32, take: Take) -> F32:
    lanes = np.zeros((*x.shape[:-1], LANES), np.float32)
    for start in range(0, x.shape[-1], LANES):
        step = x[..., start : start + LANES]
        present = step.shape[-1]
        lanes[..., :present] = take(lanes[..., :present], step)
    for width in (16, 8, 4, 2, 1):
        lanes = add(lanes[..., :width], lanes[..., width : 2 * width])
    return lanes[..., 0]


def rmax(x: F32) -> F32:
    """Largest over the last axis, which is not empty."""
    best = x[..., 0]
    for i in range(1, x.shape[-1]):
        best = maximum(best, x[..., i])
    return best


def argmax(x: F32) -> NDArray[np.int32]:
    """Index of the first NaN of the last axis, else of the first greatest; -0 equals +0."""
    best, where = x[..., 0], np.zeros(x.shape[:-1], np.int32)
    for i in range(1, x.shape[-1]):
        here = x[..., i]
        better = ~np.isnan(best) & (np.isnan(here) | (here > best))
        best, where = np.where(better, here, best), np.where(better, np.int32(i), where)
    return where.astype(np.int32)
