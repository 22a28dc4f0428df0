"""Philox-4x32-10 and the numbers made from it.

key = (lo, hi) of seed; counter = (lo, hi of i/4; lo, hi of stream); element i is word i mod 4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions.floats import F32, add, mul, sqrt
from anhvm.kernels.definitions.transcendental import log
from anhvm.kernels.definitions.trigonometry import cospi, sinpi

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
ROUNDS = 10
_WORD = np.uint64(0xFFFFFFFF)
_UNIT = np.float32(2.0**-24)

Words = NDArray[np.uint64]


def words(seed: int, stream: int, count: int) -> Words:
    """The first `count` words of a stream, each below 2**32."""
    block = np.arange((count + 3) // 4, dtype=np.uint64)
    counter = [block & _WORD, block >> np.uint64(32), _low(stream), _low(stream >> 32)]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(ROUNDS):
        counter = _round(counter, key)
        key = [(k + step) & 0xFFFFFFFF for k, step in zip(key, KEY_STEPS, strict=True)]
    return np.stack(counter, axis=1).reshape(-1)[:count]


def uniform(seed: int, stream: int, count: int) -> F32:
    """(w >> 8) * 2^-24."""
    return mul((words(seed, stream, count) >> np.uint64(8)).astype(np.float32), _UNIT)


def permutation(seed: int, stream: int, count: int) -> NDArray[np.int32]:
    """Indices in the order of the pairs of words (2i, 2i+1), the first on top; ties by index."""
    pairs = words(seed, stream, 2 * count).reshape(-1, 2)
    keys = pairs[:, 0] << np.uint64(32) | pairs[:, 1]
    return np.argsort(keys, kind="stable").astype(np.int32)


def normal(seed: int, stream: int, count: int) -> F32:
    """Pairs (r cospi(2v), r sinpi(2v)) with r = sqrt(-2 log u)."""
    pairs = words(seed, stream, count + count % 2).reshape(-1, 2) >> np.uint64(8)
    u = mul((pairs[:, 0] + np.uint64(1)).astype(np.float32), _UNIT)
    v = mul(pairs[:, 1].astype(np.float32), _UNIT)
    r = sqrt(mul(np.float32(-2), log(u)))
    t = add(v, v)
    return np.stack([mul(r, cospi(t)), mul(r, sinpi(t))], axis=1).reshape(-1)[:count]


def _low(value: int) -> Words:
    return np.array(value & 0xFFFFFFFF, dtype=np.uint64)


def _round(counter: list[Words], key: list[int]) -> list[Words]:
    c0, c1, c2, c3 = counter
    p0 = np.uint64(MULTIPLIERS[0]) * c0
    p1 = np.uint64(MULTIPLIERS[1]) * c2
    shift = np.uint64(32)
    n0 = (p1 >> shift) ^ c1 ^ np.uint64(key[0])
    n2 = (p0 >> shift) ^ c3 ^ np.uint64(key[1])
    return list(np.broadcast_arrays(n0, p1 & _WORD, n2, p0 & _WORD))
