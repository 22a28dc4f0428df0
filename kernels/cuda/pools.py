"""Kernels of pools: a thread for each window, or, going back, for each element of the planes.

`g` is a table of height and width of a plane, of windows down and across, stride, padding and size.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

import numpy as np

from anhvm.kernels.cuda.ops import THREADS, add, block, maximum, thread
from anhvm.kernels.cuda.reductions import better

_MINUS_INF, _ZERO = np.float32(-np.inf), np.float32(0)
_ABSENT = np.int32(-1)
_HEIGHT, _WIDTH, _HIGH, _WIDE, _STRIDE, _PADDING, _SIZE = range(7)


def _fold(take: Any, start: np.float32) -> Any:
    def fold(count: Any, y: Any, x: Any, g: Any) -> None:
        """y[w] = what `take` makes of the elements of window w, row-major."""
        i = block() * THREADS + thread()
        if i < count:
            line = i // g[_WIDE]
            plane = line // g[_HIGH]
            top = (line - plane * g[_HIGH]) * g[_STRIDE] - g[_PADDING]
            left = (i - line * g[_WIDE]) * g[_STRIDE] - g[_PADDING]
            acc = start
            for row in range(max(top, 0), min(top + g[_SIZE], g[_HEIGHT])):
                base = (plane * g[_HEIGHT] + row) * g[_WIDTH]
                for column in range(max(left, 0), min(left + g[_SIZE], g[_WIDTH])):
                    acc = take(acc, x[base + column])
            y[i] = acc

    return fold


SUM: FunctionType = _fold(add, _ZERO)
MAX: FunctionType = _fold(maximum, _MINUS_INF)


def winner(count: Any, y: Any, x: Any, g: Any) -> None:
    """y[w] = where in its plane the first greatest element of window w lies."""
    i = block() * THREADS + thread()
    if i < count:
        line = i // g[_WIDE]
        plane = line // g[_HIGH]
        top = (line - plane * g[_HIGH]) * g[_STRIDE] - g[_PADDING]
        left = (i - line * g[_WIDE]) * g[_STRIDE] - g[_PADDING]
        base = plane * g[_HEIGHT] * g[_WIDTH]
        best, where = _ZERO, _ABSENT
        for row in range(max(top, 0), min(top + g[_SIZE], g[_HEIGHT])):
            for column in range(max(left, 0), min(left + g[_SIZE], g[_WIDTH])):
                here = x[base + row * g[_WIDTH] + column]
                if where == _ABSENT or better(here, best):
                    best, where = here, np.int32(row * g[_WIDTH] + column)
        y[i] = where


def pick(count: Any, y: Any, v: Any, where: Any, g: Any) -> None:
    """y[w] = element where[w] of the plane of window w."""
    i = block() * THREADS + thread()
    if i < count:
        y[i] = v[i // (g[_HIGH] * g[_WIDE]) * g[_HEIGHT] * g[_WIDTH] + where[i]]


def _first(at: Any, g: Any) -> Any:
    """The first window along an axis that covers position `at`."""
    beyond = at + g[_PADDING] - g[_SIZE]
    return 0 if beyond < 0 else beyond // g[_STRIDE] + 1


def return_to_winners(count: Any, d: Any, u: Any, where: Any, g: Any) -> None:
    """d[i] = the sum of u[w] where element i is the winner of window w, w ascending."""
    i = block() * THREADS + thread()
    if i < count:
        line = i // g[_WIDTH]
        plane = line // g[_HEIGHT]
        row, column = line - plane * g[_HEIGHT], i - line * g[_WIDTH]
        total: Any = _ZERO
        for down in range(_first(row, g), min((row + g[_PADDING]) // g[_STRIDE] + 1, g[_HIGH])):
            base = (plane * g[_HIGH] + down) * g[_WIDE]
            last = min((column + g[_PADDING]) // g[_STRIDE] + 1, g[_WIDE])
            for across in range(_first(column, g), last):
                if where[base + across] == row * g[_WIDTH] + column:
                    total = add(total, u[base + across])
        d[i] = total


def return_to_all(count: Any, d: Any, u: Any, g: Any) -> None:
    """d[i] = the sum of u[w] of the windows w that cover element i, w ascending."""
    i = block() * THREADS + thread()
    if i < count:
        line = i // g[_WIDTH]
        plane = line // g[_HEIGHT]
        row, column = line - plane * g[_HEIGHT], i - line * g[_WIDTH]
        total: Any = _ZERO
        for down in range(_first(row, g), min((row + g[_PADDING]) // g[_STRIDE] + 1, g[_HIGH])):
            base = (plane * g[_HIGH] + down) * g[_WIDE]
            last = min((column + g[_PADDING]) // g[_STRIDE] + 1, g[_WIDE])
            for across in range(_first(column, g), last):
                total = add(total, u[base + across])
        d[i] = total
