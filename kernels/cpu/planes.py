"""Planes of images with edges around them, laid out in workspace."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.memory import load_f32, store_f32
from anhvm.kernels.cpu.target import tile
from anhvm.kernels.cpu.windows_ir import make_lines

SLACK = tile().columns
"""Floats that may be read or written behind the last plane."""
_ZERO = np.float32(0)
lines = make_lines(tile().lanes)


@njit(error_model="numpy")
def spaced(source: Any, size: Any, start: Any, step: Any, count: Any, to: Any, gap: Any) -> None:
    """to[i * gap] = source[start + i * step], +0 outside of [0, size)."""
    low = 0 if start >= 0 else min(count, (step - 1 - start) // step)
    high = 0 if start >= size else min(count, (size - 1 - start) // step + 1)
    high = max(high, low)
    for i in range(low):
        store_f32(to, i * gap, _ZERO)
    for i in range(low, high):
        store_f32(to, i * gap, load_f32(source, start + i * step))
    for i in range(high, count):
        store_f32(to, i * gap, _ZERO)


@njit(error_model="numpy")
def _side_by_side(
    source: Any, high: Any, wide: Any, top: Any, left: Any, rows: Any, count: Any, to: Any
) -> None:
    """`lay` for a step of 1."""
    low = min(max(0, -top), rows)
    past = max(low, min(rows, high - top))
    for i in range(low * count):
        store_f32(to, i, _ZERO)
    start = source + 4 * ((top + low) * wide + left)
    lines(start, wide, to + 4 * low * count, count, past - low, count, -left, wide - left)
    for i in range(past * count, rows * count):
        store_f32(to, i, _ZERO)


@njit(error_model="numpy")
def lay(
    source: Any,
    high: Any,
    wide: Any,
    top: Any,
    left: Any,
    step: Any,
    rows: Any,
    count: Any,
    to: Any,
) -> None:
    """`rows` of `count` values: (y, x) is (top + step y, left + step x) of the plane, or +0.

    Planes that follow each other are laid in ascending order.
    """
    if step == 1:
        _side_by_side(source, high, wide, top, left, rows, count, to)
        return
    for y in range(rows):
        row, at = top + step * y, to + 4 * y * count
        if 0 <= row < high:
            spaced(source + 4 * row * wide, wide, left, step, count, at, 1)
        else:
            for i in range(count):
                store_f32(at, i, _ZERO)
