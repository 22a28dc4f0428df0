"""Sums and maxima: a warp is the 32 lanes of law N6, and reduces one chunk of 4,096."""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np

from anhvm.kernels.cuda.ops import THREADS, WARP, add, block, fma, from_below, maximum, thread
from anhvm.kernels.cuda.walks import strided
from anhvm.kernels.definitions.reductions import CHUNK

WARPS = THREADS // WARP  # of a block

MINUS_INF = np.float32(-np.inf)
ZERO = np.float32(0)
_ABSENT = np.int32(-1)


def square(acc: Any, x: Any) -> Any:
    return fma(x, x, acc)


def _near(r: Any, step: Any) -> Any:
    return r * step


def _chunks(take: Any, join: Any, start: np.float32, place: Any) -> Any:
    def reduce(count: Any, length: Any, chunks: Any, y: Any, x: Any, kept: Any, along: Any) -> None:
        """y[o, c] = chunk c of reduction o of x; `count` is the size of y.

        Eight elements are on their way at a time: one alone would leave the memory idle.
        """
        warp = block() * WARPS + thread() // WARP
        if warp < count:
            lane = thread() % WARP
            chunk = warp % chunks
            base = strided(warp // chunks, kept)
            acc = start
            r, last = chunk * CHUNK + lane, min(length, (chunk + 1) * CHUNK)
            while r + 7 * WARP < last:
                x0, x1 = x[base + place(r, along)], x[base + place(r + WARP, along)]
                x2 = x[base + place(r + 2 * WARP, along)]
                x3 = x[base + place(r + 3 * WARP, along)]
                x4 = x[base + place(r + 4 * WARP, along)]
                x5 = x[base + place(r + 5 * WARP, along)]
                x6 = x[base + place(r + 6 * WARP, along)]
                x7 = x[base + place(r + 7 * WARP, along)]
                acc = take(take(take(take(acc, x0), x1), x2), x3)
                acc = take(take(take(take(acc, x4), x5), x6), x7)
                r += 8 * WARP
            while r < last:
                acc = take(acc, x[base + place(r, along)])
                r += WARP
            acc = join(acc, from_below(acc, 16))
            acc = join(acc, from_below(acc, 8))
            acc = join(acc, from_below(acc, 4))
            acc = join(acc, from_below(acc, 2))
            acc = join(acc, from_below(acc, 1))
            if lane == 0:
                y[warp] = acc

    return reduce


Forms = tuple[FunctionType, FunctionType]
"""A reduction whose last argument is a walk, and one where it is the step of the only axis."""

SUM: Forms = _chunks(add, add, ZERO, strided), _chunks(add, add, ZERO, _near)
SQUARES: Forms = _chunks(square, add, ZERO, strided), _chunks(square, add, ZERO, _near)
MAX: Forms = (
    _chunks(maximum, maximum, MINUS_INF, strided),
    _chunks(maximum, maximum, MINUS_INF, _near),
)


def better(a: Any, b: Any) -> Any:
    """a wins over b whatever their positions: NaN first, then the greater (N3)."""
    return b == b and (a != a or a > b)


def _itself(r: Any, o: Any, length: Any, rivals: Any) -> Any:
    return np.int32(r)


def _rival(r: Any, o: Any, length: Any, rivals: Any) -> Any:
    return rivals[o * length + r]


def _winners(position: Any) -> Any:
    def argmax(
        count: Any, length: Any, chunks: Any, y: Any, rivals: Any, x: Any, kept: Any, along: Any
    ) -> None:
        """y[o, c] = position of the winner of chunk c of reduction o of x; a warp for each.

        The `length` elements of a reduction are all there are, or stand at the places `rivals`.
        """
        warp = block() * WARPS + thread() // WARP
        if warp < count:
            lane = thread() % WARP
            o = warp // chunks
            chunk = warp - o * chunks
            base = strided(o, kept)
            best, where = ZERO, _ABSENT
            for r in range(chunk * CHUNK + lane, min(length, (chunk + 1) * CHUNK), WARP):
                at = position(r, o, length, rivals)
                here = x[base + strided(at, along)]
                if where == _ABSENT or better(here, best):
                    best, where = here, at
            distance = WARP // 2
            while distance > 0:
                other, there = from_below(best, distance), from_below(where, distance)
                if there != _ABSENT:
                    first = there < where and not better(best, other)
                    if where == _ABSENT or first or better(other, best):
                        best, where = other, there
                distance //= 2
            if lane == 0:
                y[warp] = where

    return argmax


WINNERS: FunctionType = _winners(_itself)
WINNERS_OF_RIVALS: FunctionType = _winners(_rival)
