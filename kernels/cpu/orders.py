"""top_k, and elements picked and placed along the last axis; a tile is some rows.

Elements are compared by keys in the order of the numbers.  In a short row an element's place is the
number of those before it.  In a long one the k-th key is found digit by digit, from the top; those
not after it are collected, in the order of their indices, and sorted by digits from below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.maxima import place32
from anhvm.kernels.cpu.memory import (
    address,
    attribute,
    dim,
    load_f32,
    load_i32,
    load_i64,
    load_u64,
    numel,
    planned,
    rank,
    store_f32,
    store_i32,
    store_i64,
    store_u64,
)

TILE = 1024  # elements of the rows of a tile, about
SHORT = 128  # elements of a row that is ordered by counting
_DIGIT = 256
_COUNTS = 8 * (_DIGIT + 1)
_ZERO = np.float32(0)
_FLIP = np.int32(-(2**31))
_WORD = np.uint64(0xFFFFFFFF)


@njit(error_model="numpy")
def _after(x: Any, i: Any) -> Any:
    """A u32 in a u64 that is small for what comes first."""
    return np.uint64(np.int64(~np.int32(place32(load_f32(x, i)) ^ _FLIP))) & _WORD


@njit(error_model="numpy")
def _last(p: Any, x: Any) -> Any:
    return dim(p, x, rank(p, x) - 1)


@njit(error_model="numpy")
def _short(x: Any, count: Any, k: Any, indices: Any, ws: Any) -> None:
    """Key and index in one number; as many lie below it as come before."""
    for i in range(count):
        store_u64(ws, i, _after(x, i) << np.uint64(32) | np.uint64(i))
    for i in range(count):
        own, place = load_u64(ws, i), 0
        for j in range(count):
            place += 1 if load_u64(ws, j) < own else 0
        if place < k:
            store_i32(indices, place, np.int32(i))


@njit(error_model="numpy")
def _clear(table: Any) -> None:
    for b in range(_DIGIT + 1):
        store_i64(table, b, 0)


@njit(error_model="numpy")
def _kth(x: Any, count: Any, k: Any, ws: Any) -> Any:
    """The key of the k-th in order, and how many of that key are among the first k."""
    found, left, known = np.uint64(0), k, np.uint64(0)
    for step in range(4):
        shift = np.uint64(24 - 8 * step)
        _clear(ws)
        for i in range(count):
            key = _after(x, i)
            digit = np.int64(key >> shift & np.uint64(_DIGIT - 1))
            same = 1 if (key ^ found) & known == 0 else 0
            store_i64(ws, digit, load_i64(ws, digit) + same)
        own = 0
        while load_i64(ws, own) < left:
            left -= load_i64(ws, own)
            own += 1
        found |= np.uint64(own) << shift
        known |= np.uint64(_DIGIT - 1) << shift
    return found, left


@njit(error_model="numpy")
def _long(x: Any, count: Any, k: Any, indices: Any, ws: Any) -> None:
    keys = ws + _COUNTS
    other = keys + 8 * k
    limit, ties = _kth(x, count, k, ws)
    held = 0
    for i in range(count):
        key = _after(x, i)
        tie = key == limit
        if key < limit or (tie and ties > 0):
            store_u64(keys, held, key << np.uint64(32) | np.uint64(i))
            held += 1
            ties -= 1 if tie else 0
    for step in range(4):
        shift = np.uint64(32 + 8 * step)
        _clear(ws)
        for j in range(k):
            digit = np.int64(load_u64(keys, j) >> shift & np.uint64(_DIGIT - 1)) + 1
            store_i64(ws, digit, load_i64(ws, digit) + 1)
        for b in range(_DIGIT):
            store_i64(ws, b + 1, load_i64(ws, b + 1) + load_i64(ws, b))
        for j in range(k):
            pair = load_u64(keys, j)
            digit = np.int64(pair >> shift & np.uint64(_DIGIT - 1))
            at = load_i64(ws, digit)
            store_i64(ws, digit, at + 1)
            store_u64(other, at, pair)
        keys, other = other, keys
    for j in range(k):
        store_i32(indices, j, np.int32(np.int64(load_u64(keys, j) & _WORD)))


@njit(error_model="numpy")
def _rows(p: Any, x: Any) -> Any:
    """Rows of a tile."""
    return max(TILE // max(_last(p, x), 1), 1)


@njit(error_model="numpy")
def _tiles(p: Any, x: Any, workspace: Any) -> Any:
    rows, each = numel(p, x) // max(_last(p, x), 1), _rows(p, x)
    return planned(p, (rows + each - 1) // each, workspace)


def plan(p: Any) -> Any:
    """Workspace: the pairs of a short row; or counts, and pairs twice; then indices."""
    k = attribute(p, 0)
    return _tiles(p, 0, max(8 * SHORT, _COUNTS + 16 * k) + 4 * k)


def _top(values: bool) -> Functions:
    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        count, k, y = _last(p, 0), attribute(p, 0), address(p, 1)
        room, each = ws + max(8 * SHORT, _COUNTS + 16 * k), _rows(p, 0)
        for t in range(lo * each, min(hi * each, numel(p, 0) // count)):
            x = address(p, 0) + 4 * t * count
            indices = room if values else y + 4 * t * k
            if count <= SHORT:
                _short(x, count, k, indices, ws)
            else:
                _long(x, count, k, indices, ws)
            if values:
                for j in range(k):
                    store_f32(y, t * k + j, load_f32(x, load_i32(indices, j)))
        return 1

    return Functions(plan, run)


def _check(x: int) -> Any:
    """A check that each index is a place of a row of operand `x`."""

    def check(p: Any) -> Any:
        indices, count = address(p, 1), _last(p, x)
        for i in range(numel(p, 1)):
            at = load_i32(indices, i)
            if at < 0 or at >= count:
                return i
        return -1

    return check


def plan_take(p: Any) -> Any:
    return _tiles(p, 1, 0)


def take_along(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    indices, y, count, wide = address(p, 1), address(p, 2), _last(p, 0), _last(p, 1)
    each = _rows(p, 1)
    for t in range(lo * each, min(hi * each, numel(p, 1) // max(wide, 1))):
        x = address(p, 0) + 4 * t * count
        for j in range(t * wide, (t + 1) * wide):
            store_f32(y, j, load_f32(x, load_i32(indices, j)))
    return 1


def plan_place(p: Any) -> Any:
    return _tiles(p, 2, 0)


def place_along(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    u, indices, count, wide = address(p, 0), address(p, 1), _last(p, 2), _last(p, 1)
    each = _rows(p, 2)
    for t in range(lo * each, min(hi * each, numel(p, 2) // max(count, 1))):
        d = address(p, 3) + 4 * t * count
        for i in range(count):
            store_f32(d, i, _ZERO)
        for j in range(t * wide, (t + 1) * wide):
            at = load_i32(indices, j)
            store_f32(d, at, load_f32(d, at) + load_f32(u, j))
    return 1


FUNCTIONS: Mapping[str, Functions] = {
    "top_k_index": _top(False),
    "top_k": _top(True),
    "take_along": Functions(plan_take, take_along, _check(0)),
    "place_along": Functions(plan_place, place_along, _check(2)),
}
