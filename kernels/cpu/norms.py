"""Normalisation over the last axis, fused: each row does the operations of its program in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.elementwise import root32
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import address, dim, load_f32, numel, planned, rank, store_f32
from anhvm.kernels.cpu.reduce_ir import CHUNK, rsum_row
from anhvm.kernels.cpu.scalar_math import f32_fma
from anhvm.kernels.cpu.squares import squares_row

_ZERO = np.float32(0)
_ONE = np.float32(1)
_BUFFER = 4 * CHUNK


@njit(error_model="numpy")
def _chunks(count: Any) -> Any:
    return (count + CHUNK - 1) // CHUNK


@njit(error_model="numpy")
def _last(p: Any) -> Any:
    return dim(p, 0, rank(p, 0) - 1)


@njit(error_model="numpy")
def _inverse(x: Any, count: Any, shift: Any, eps: Any, ws: Any) -> Any:
    """1 / sqrt(mean of squares of (x - shift) + eps)."""
    return _ONE / root32(squares_row(x, count, shift, ws) / np.float32(count) + eps)


@njit(error_model="numpy")
def _mean_product(w: Any, x: Any, r: Any, count: Any, ws: Any) -> Any:
    """mean(w * (x * r)) of two rows."""
    parts, chunks = ws + _BUFFER, _chunks(count)
    for c in range(chunks):
        length = min(CHUNK, count - c * CHUNK)
        left, right = w + c * _BUFFER, x + c * _BUFFER
        for i in range(length):
            store_f32(ws, i, load_f32(left, i) * (load_f32(right, i) * r))
        store_f32(parts, c, rsum_row(ws, length))
    total = load_f32(parts, 0) if count <= CHUNK else rsum_row(parts, chunks)
    return total / np.float32(count)


def plan(p: Any) -> Any:
    count = _last(p)
    return planned(p, numel(p, 0) // count, _BUFFER + 4 * _chunks(count))


def centre(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    count = _last(p)
    for t in range(lo, hi):
        x, y = address(p, 0) + 4 * t * count, address(p, 1) + 4 * t * count
        mean = rsum_row(x, count) / np.float32(count)
        for i in range(count):
            store_f32(y, i, load_f32(x, i) - mean)
    return 1


def rms_normalize(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    count, eps = _last(p), load_f32(address(p, 1), 0)
    for t in range(lo, hi):
        x, y = address(p, 0) + 4 * t * count, address(p, 2) + 4 * t * count
        r = _inverse(x, count, _ZERO, eps, ws)
        for i in range(count):
            store_f32(y, i, load_f32(x, i) * r)
    return 1


def rms_grad(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    count, eps = _last(p), load_f32(address(p, 2), 0)
    for t in range(lo, hi):
        at = 4 * t * count
        x, w, d = address(p, 0) + at, address(p, 1) + at, address(p, 3) + at
        r = _inverse(x, count, _ZERO, eps, ws)
        mean = _mean_product(w, x, r, count, ws)
        for i in range(count):
            store_f32(d, i, r * (load_f32(w, i) - (load_f32(x, i) * r) * mean))
    return 1


def rms_norm(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    count, gamma, eps = _last(p), address(p, 1), load_f32(address(p, 2), 0)
    for t in range(lo, hi):
        x, y = address(p, 0) + 4 * t * count, address(p, 3) + 4 * t * count
        r = _inverse(x, count, _ZERO, eps, ws)
        for i in range(count):
            store_f32(y, i, (load_f32(x, i) * r) * load_f32(gamma, i))
    return 1


def layer_norm(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    count, gamma, beta = _last(p), address(p, 1), address(p, 2)
    eps = load_f32(address(p, 3), 0)
    for t in range(lo, hi):
        x, y = address(p, 0) + 4 * t * count, address(p, 4) + 4 * t * count
        mean = rsum_row(x, count) / np.float32(count)
        r = _inverse(x, count, mean, eps, ws)
        for i in range(count):
            h = (load_f32(x, i) - mean) * r
            store_f32(y, i, f32_fma(h, load_f32(gamma, i), load_f32(beta, i)))
    return 1


FUNCTIONS: Mapping[str, Functions] = {
    "centre": Functions(plan, centre),
    "rms_normalize": Functions(plan, rms_normalize),
    "rms_grad": Functions(plan, rms_grad),
    "rms_norm": Functions(plan, rms_norm),
    "layer_norm": Functions(plan, layer_norm),
}
