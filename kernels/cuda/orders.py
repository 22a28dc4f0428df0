"""Running sums, order along rows, elements picked and placed there: a thread for each result."""

from __future__ import annotations

from typing import Any

import numpy as np

from anhvm.kernels.cuda.ops import THREADS, add, block, thread
from anhvm.kernels.cuda.reductions import better
from anhvm.kernels.cuda.walks import strided
from anhvm.kernels.definitions.reductions import CHUNK

_ZERO = np.float32(0)


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


def top_k_index(count: Any, length: Any, k: Any, y: Any, x: Any) -> None:
    """An element's place is the number of those that come before it."""
    i = block() * THREADS + thread()
    if i < count:
        row = i // length
        own, at, place = x[i], i - row * length, 0
        for j in range(length):
            other = x[row * length + j]
            if better(other, own) or (j < at and not better(own, other)):
                place += 1
        if place < k:
            y[row * k + place] = np.int32(at)


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
