"""Running sums, order along rows, elements picked and placed there."""

from __future__ import annotations

from typing import Any

import numpy as np

from anhvm.kernels.cuda.ops import THREADS, add, bits, block, int32, int64, thread, uint64
from anhvm.kernels.cuda.walks import strided
from anhvm.kernels.definitions.reductions import CHUNK

_ZERO = np.float32(0)
_TOP = 1 << 31
_LAST = np.uint64((1 << 64) - 1)


def scan(count: Any, length: Any, back: Any, y: Any, x: Any, kept: Any, along: Any) -> None:
    """Running sums of each of `count` rows of a view, from its end where `back` is 1."""
    row = block() * THREADS + thread()
    if row < count:
        base = strided(row, kept)
        total: Any = _ZERO
        part, last = total, total
        for i in range(length):
            if i % CHUNK == 0:
                total, part = last, _ZERO
            at = base + strided(length - 1 - i if back else i, along)
            part = add(part, x[at])
            last = add(total, part)
            y[at] = last


def order_key(count: Any, key: Any, x: Any) -> None:
    """Keys that ascend as x comes earlier in the order of N3: NaN first, then the greater."""
    i = block() * THREADS + thread()
    if i < count:
        value, word = x[i], int64(bits(x[i]))
        above = word if word >= 0 else -(word & 0x7FFFFFFF)
        key[i] = uint64(0 if value != value else _TOP - above)


def widen(count: Any, length: Any, width: Any, key: Any, index: Any, given: Any) -> None:
    """Rows of `length` keys as rows of `width`, what is new behind all; `index` counts in each."""
    i = block() * THREADS + thread()
    if i < count:
        row = i // width
        at = i - row * width
        key[i] = given[row * length + at] if at < length else _LAST
        index[i] = int32(at)


def exchange(count: Any, width: Any, size: Any, distance: Any, key: Any, index: Any) -> None:
    """A step of the bitonic network in rows of `width`, a power of two; a thread for each pair.

    Equal keys are ordered by index, so no other order of steps would give another result.
    """
    i = block() * THREADS + thread()
    if i < count:
        low = i // distance * distance + i
        high = low + distance
        first, second, a, b = key[low], key[high], index[low], index[high]
        after = first > second or (first == second and a > b)
        if after == (low % width & size == 0):
            key[low], key[high] = second, first
            index[low], index[high] = b, a


def take_along(count: Any, wide: Any, length: Any, y: Any, x: Any, index: Any) -> None:
    """y[r, j] = x[r, index[r, j]]."""
    i = block() * THREADS + thread()
    if i < count:
        y[i] = x[i // wide * length + index[i]]


def place_along(count: Any, length: Any, wide: Any, d: Any, u: Any, index: Any) -> None:
    """d[r, c] = the sum of u[r, j] where index[r, j] is c, j ascending."""
    i = block() * THREADS + thread()
    if i < count:
        row = i // length
        total: Any = _ZERO
        at = i - row * length
        for j in range(row * wide, (row + 1) * wide):
            if index[j] == at:
                total = add(total, u[j])
        d[i] = total
