"""Sums and maxima: a warp is the 32 lanes of law N6, and reduces one chunk of 4,096."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np

from anhvm.kernels.cuda.ops import THREADS, WARP, add, block, fma, from_below, maximum, thread
from anhvm.kernels.cuda.walks import strided
from anhvm.kernels.definitions.reductions import CHUNK

WARPS = THREADS // WARP  # of a block

_MINUS_INF = np.float32(-np.inf)
_ZERO = np.float32(0)
_ABSENT = np.int32(-1)


def _square(acc: Any, x: Any) -> Any:
    return fma(x, x, acc)


def _chunks(take: Any, join: Any, start: np.float32) -> Any:
    def reduce(count: Any, length: Any, chunks: Any, y: Any, x: Any, kept: Any, along: Any) -> None:
        """y[o, c] = chunk c of reduction o of x; `count` is the size of y."""
        warp = block() * WARPS + thread() // WARP
        if warp < count:
            lane = thread() % WARP
            chunk = warp % chunks
            base = strided(warp // chunks, kept)
            acc = start
            for r in range(chunk * CHUNK + lane, min(length, (chunk + 1) * CHUNK), WARP):
                acc = take(acc, x[base + strided(r, along)])
            acc = join(acc, from_below(acc, 16))
            acc = join(acc, from_below(acc, 8))
            acc = join(acc, from_below(acc, 4))
            acc = join(acc, from_below(acc, 2))
            acc = join(acc, from_below(acc, 1))
            if lane == 0:
                y[warp] = acc

    return reduce


SUM: FunctionType = _chunks(add, add, _ZERO)
SQUARES: FunctionType = _chunks(_square, add, _ZERO)
MAX: FunctionType = _chunks(maximum, maximum, _MINUS_INF)


def better(a: Any, b: Any) -> Any:
    """a wins over b whatever their positions: NaN first, then the greater (N3)."""
    return b == b and (a != a or a > b)


def argmax(count: Any, length: Any, y: Any, x: Any, kept: Any, along: Any) -> None:
    """y[o] = position of the winner of reduction o of x; one warp for each."""
    warp = block() * WARPS + thread() // WARP
    if warp < count:
        lane = thread() % WARP
        base = strided(warp, kept)
        best, where = _ZERO, _ABSENT
        for r in range(lane, length, WARP):
            here = x[base + strided(r, along)]
            if where == _ABSENT or better(here, best):
                best, where = here, np.int32(r)
        distance = WARP // 2
        while distance > 0:
            other, at = from_below(best, distance), from_below(where, distance)
            if at != _ABSENT:
                first = at < where and not better(best, other)
                if where == _ABSENT or first or better(other, best):
                    best, where = other, at
            distance //= 2
        if lane == 0:
            y[warp] = where
