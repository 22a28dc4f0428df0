"""Philox-4x32-10 numbers, bit for bit those of `definitions.philox`.

A tile is TILE elements of the flat output.  Normal numbers come in two steps: words into workspace,
then pairs of them through log and the half turns, in a loop that vectorises.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.elementwise import root32
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import (
    address,
    load_f32,
    load_u64,
    numel,
    planned,
    store_f32,
)
from anhvm.kernels.cpu.scalar_math import f32_fma, log32
from anhvm.kernels.definitions.philox import KEY_STEPS, MULTIPLIERS, ROUNDS
from anhvm.kernels.definitions.trigonometry import COS, HALF, PI_HIGH, PI_LOW, ROUNDER, SIN

TILE = 1024
_M0, _M1 = map(np.uint64, MULTIPLIERS)
_K0, _K1 = map(np.uint64, KEY_STEPS)
_WORD = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_EIGHT = np.uint64(8)
_UNIT = np.float32(2.0**-24)
_ZERO = np.float32(0)
_ONE = np.float32(1)
_MINUS_TWO = np.float32(-2)
_MINUS_HALF = np.float32(-HALF)


@njit(error_model="numpy", forceinline=True)
def block(seed: Any, stream: Any, at: Any) -> Any:
    """The four words of block `at`, as u64."""
    c0, c1 = at & _WORD, at >> _SHIFT
    c2, c3 = stream & _WORD, stream >> _SHIFT
    k0, k1 = seed & _WORD, seed >> _SHIFT
    for _ in range(ROUNDS):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (
            (p1 >> _SHIFT) ^ c1 ^ k0,
            p1 & _WORD,
            (p0 >> _SHIFT) ^ c3 ^ k1,
            p0 & _WORD,
        )
        k0, k1 = (k0 + _K0) & _WORD, (k1 + _K1) & _WORD
    return c0, c1, c2, c3


@njit(error_model="numpy")
def _units(seed: Any, stream: Any, first: Any, count: Any, to: Any) -> None:
    """(w >> 8) * 2^-24 for words [first, first + count), first a multiple of 4, rounded up to 4."""
    for b in range((count + 3) // 4):
        w0, w1, w2, w3 = block(seed, stream, np.uint64(first // 4 + b))
        store_f32(to, 4 * b, np.float32(np.int32(w0 >> _EIGHT)) * _UNIT)
        store_f32(to, 4 * b + 1, np.float32(np.int32(w1 >> _EIGHT)) * _UNIT)
        store_f32(to, 4 * b + 2, np.float32(np.int32(w2 >> _EIGHT)) * _UNIT)
        store_f32(to, 4 * b + 3, np.float32(np.int32(w3 >> _EIGHT)) * _UNIT)


@njit(error_model="numpy")
def _turns(t: Any) -> Any:
    """(sin, cos) of pi t, 0 <= t < 2."""
    q = ((t + t) + ROUNDER) - ROUNDER
    r = f32_fma(q, _MINUS_HALF, t)
    s = r * r
    p = f32_fma(s, f32_fma(s, f32_fma(s, SIN[3], SIN[2]), SIN[1]), SIN[0])
    sine = f32_fma(r, PI_HIGH, f32_fma(r, PI_LOW, (r * s) * p))
    p = f32_fma(s, f32_fma(s, f32_fma(s, COS[3], COS[2]), COS[1]), COS[0])
    cosine = f32_fma(s, p, _ONE)
    quarter = np.int32(q)
    odd = quarter & 1 == 1
    first = cosine if odd else sine
    second = sine if odd else cosine
    first = -first if quarter & 2 == 2 else first
    second = -second if (quarter + 1) & 2 == 2 else second
    return first, second


def plan(p: Any) -> Any:
    return planned(p, (numel(p, 2) + TILE - 1) // TILE, 8 * (TILE + 4))


def uniform(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    seed, stream = load_u64(address(p, 0), 0), load_u64(address(p, 1), 0)
    y, count = address(p, 2), numel(p, 2)
    for t in range(lo, hi):
        start = t * TILE
        length = min(TILE, count - start)
        _units(seed, stream, start, length, ws)
        for i in range(length):
            store_f32(y, start + i, load_f32(ws, i))
    return 1


def plan_dropout(p: Any) -> Any:
    return planned(p, (numel(p, 0) + TILE - 1) // TILE, 4 * (TILE + 4))


def dropout(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    x, y, count = address(p, 0), address(p, 4), numel(p, 0)
    least = load_f32(address(p, 1), 0)
    scale = _ONE / (_ONE - least)
    seed, stream = load_u64(address(p, 2), 0), load_u64(address(p, 3), 0)
    for t in range(lo, hi):
        start = t * TILE
        length = min(TILE, count - start)
        _units(seed, stream, start, length, ws)
        for i in range(length):
            kept = load_f32(x, start + i) * scale
            store_f32(y, start + i, kept if load_f32(ws, i) >= least else _ZERO)
    return 1


def normal(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    seed, stream = load_u64(address(p, 0), 0), load_u64(address(p, 1), 0)
    y, count = address(p, 2), numel(p, 2)
    made = ws + 4 * (TILE + 4)
    for t in range(lo, hi):
        start = t * TILE
        length = min(TILE, count - start)
        _units(seed, stream, start, length, ws)
        for j in range((length + 1) // 2):
            u, v = load_f32(ws, 2 * j) + _UNIT, load_f32(ws, 2 * j + 1)
            r = root32(_MINUS_TWO * log32(u))
            sine, cosine = _turns(v + v)
            store_f32(made, 2 * j, r * cosine)
            store_f32(made, 2 * j + 1, r * sine)
        for i in range(length):
            store_f32(y, start + i, load_f32(made, i))
    return 1


FUNCTIONS: Mapping[str, Functions] = {
    "uniform": Functions(plan, uniform),
    "normal": Functions(plan, normal),
    "dropout": Functions(plan_dropout, dropout),
}
