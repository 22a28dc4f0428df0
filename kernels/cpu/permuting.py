"""permutation: indices in the order of their words, in workspace that hardly grows.

Indices go into buckets by the top bits of their keys.  Keys are random, so a bucket holds about as
many as planned; there it is ordered by the next bits, and insertion ends what is nearly in order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import (
    address,
    load_i32,
    load_i64,
    load_u64,
    numel,
    planned,
    store_i32,
    store_i64,
    store_u64,
)
from anhvm.kernels.cpu.random import block

MEAN = 2048  # indices of a bucket, at most, on the average
ROOM = 4096  # of what is ordered at once
NEXT = 10  # bits that order a bucket
_SHIFT, _ONE = np.uint64(32), np.uint64(1)
_NEXT = np.uint64(64 - NEXT)
# Workspace: keys, keys in order, indices in order, where the next buckets begin, then the first.
_KEYS, _ORDERED, _INDICES, _INNER, _OUTER = 0, 8 * ROOM, 16 * ROOM, 20 * ROOM, 20 * ROOM + 16384


@njit(error_model="numpy")
def _bits(count: Any) -> Any:
    """Bits of a key that choose its first bucket."""
    bits = 0
    while count >> bits > MEAN:
        bits += 1
    return bits


@njit(error_model="numpy")
def _key(seed: Any, stream: Any, i: Any) -> Any:
    """Words 2i and 2i+1, the first on top."""
    w0, w1, w2, w3 = block(seed, stream, np.uint64(i >> 1))
    return w2 << _SHIFT | w3 if i & 1 else w0 << _SHIFT | w1


@njit(error_model="numpy")
def _running(table: Any, count: Any) -> None:
    """table[b + 1] += table[b], upwards."""
    for b in range(count):
        store_i64(table, b + 1, load_i64(table, b + 1) + load_i64(table, b))


@njit(error_model="numpy")
def _insert(keys: Any, indices: Any, count: Any) -> None:
    """Puts keys and what belongs to them in order; equal ones stay as they are."""
    for i in range(1, count):
        key, index, at = load_u64(keys, i), load_i32(indices, i), i
        while at > 0 and load_u64(keys, at - 1) > key:
            store_u64(keys, at, load_u64(keys, at - 1))
            store_i32(indices, at, load_i32(indices, at - 1))
            at -= 1
        store_u64(keys, at, key)
        store_i32(indices, at, index)


@njit(error_model="numpy")
def _order(y: Any, count: Any, seed: Any, stream: Any, bits: Any, ws: Any) -> None:
    """Orders a bucket of at most ROOM indices, which ascend."""
    keys, ordered, indices, starts = ws + _KEYS, ws + _ORDERED, ws + _INDICES, ws + _INNER
    for j in range(count):
        store_u64(keys, j, _key(seed, stream, load_i32(y, j)))
    for b in range((1 << NEXT) + 1):
        store_i64(starts, b, 0)
    for j in range(count):
        above = np.int64((load_u64(keys, j) << bits) >> _NEXT) + 1
        store_i64(starts, above, load_i64(starts, above) + 1)
    _running(starts, 1 << NEXT)
    for j in range(count):
        own = np.int64((load_u64(keys, j) << bits) >> _NEXT)
        at = load_i64(starts, own)
        store_i64(starts, own, at + 1)
        store_u64(ordered, at, load_u64(keys, j))
        store_i32(indices, at, load_i32(y, j))
    _insert(ordered, indices, count)
    for j in range(count):
        store_i32(y, j, load_i32(indices, j))


@njit(error_model="numpy")
def _insert_slowly(y: Any, count: Any, seed: Any, stream: Any) -> None:
    """The same of a bucket that is larger than any that was ever seen."""
    for i in range(1, count):
        index, at = load_i32(y, i), i
        key = _key(seed, stream, index)
        while at > 0 and _key(seed, stream, load_i32(y, at - 1)) > key:
            store_i32(y, at, load_i32(y, at - 1))
            at -= 1
        store_i32(y, at, index)


def plan(p: Any) -> Any:
    count = numel(p, 2)
    return planned(p, 1 if count else 0, _OUTER + 8 * ((1 << _bits(count)) + 1))


def permutation(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    seed, stream = load_u64(address(p, 0), 0), load_u64(address(p, 1), 0)
    y, count = address(p, 2), numel(p, 2)
    bits, starts = _bits(count), ws + _OUTER
    down = np.uint64(63 - bits)  # in two steps: a shift by 64 is none
    for _ in range(lo, hi):
        for b in range((1 << bits) + 1):
            store_i64(starts, b, 0)
        for i in range(count):
            above = np.int64((_key(seed, stream, i) >> _ONE) >> down) + 1
            store_i64(starts, above, load_i64(starts, above) + 1)
        _running(starts, 1 << bits)
        for i in range(count):
            own = np.int64((_key(seed, stream, i) >> _ONE) >> down)
            at = load_i64(starts, own)
            store_i64(starts, own, at + 1)
            store_i32(y, at, np.int32(i))
        begin = 0
        for b in range(1 << bits):
            end = load_i64(starts, b)
            if end - begin <= ROOM:
                _order(y + 4 * begin, end - begin, seed, stream, np.uint64(bits), ws)
            else:
                _insert_slowly(y + 4 * begin, end - begin, seed, stream)
            begin = end
    return 1


FUNCTIONS: Mapping[str, Functions] = {"permutation": Functions(plan, permutation)}
