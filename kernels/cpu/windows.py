"""A matrix times the windows of planes, which are multiplied where they lie (see `windows_ir`)."""

from __future__ import annotations

from typing import Any

from numba import njit

from anhvm.kernels.cpu.matmul import (
    BLOCK,
    LANES,
    PANEL,
    VECTORS,
    W0,
    W1,
    W2,
    W3,
    W4,
    multiply_tile,
    pack_a,
    panel_rows,
)
from anhvm.kernels.cpu.memory import load_f32, load_i64, store_f32
from anhvm.kernels.cpu.target import Tile
from anhvm.kernels.cpu.windows_ir import make_windows

NARROW = LANES // 2
"""Columns below which a vector meets more than three rows; then a panel of them is unfolded."""
UNFOLDED = 4 * BLOCK * PANEL

_WIDTHS = (W0, W1, W2, W3, W4)
_two0, _two1, _two2, _two3, _two4 = (make_windows(Tile(w, VECTORS, LANES), 2) for w in _WIDTHS)
_six0, _six1, _six2, _six3, _six4 = (make_windows(Tile(w, VECTORS, LANES), 3) for w in _WIDTHS)


@njit(error_model="numpy")
def _wide_tile(
    width: Any, a: Any, b: Any, taps: Any, c: Any, depth: Any, step: Any, cols: Any, new: Any,
    j: Any, wide: Any, pitch: Any,
) -> None:  # fmt: skip
    if width == W0:
        _two0(a, b, taps, c, depth, width, step, cols, new, j, wide, pitch)
    elif width == W1:
        _two1(a, b, taps, c, depth, width, step, cols, new, j, wide, pitch)
    elif width == W2:
        _two2(a, b, taps, c, depth, width, step, cols, new, j, wide, pitch)
    elif width == W3:
        _two3(a, b, taps, c, depth, width, step, cols, new, j, wide, pitch)
    else:
        _two4(a, b, taps, c, depth, width, step, cols, new, j, wide, pitch)


@njit(error_model="numpy")
def _narrow_tile(
    width: Any, a: Any, b: Any, taps: Any, c: Any, depth: Any, step: Any, cols: Any, new: Any,
    j: Any, wide: Any, pitch: Any,
) -> None:  # fmt: skip
    if width == W0:
        _six0(a, b, taps, c, depth, width, step, cols, new, j, wide, pitch)
    elif width == W1:
        _six1(a, b, taps, c, depth, width, step, cols, new, j, wide, pitch)
    elif width == W2:
        _six2(a, b, taps, c, depth, width, step, cols, new, j, wide, pitch)
    elif width == W3:
        _six3(a, b, taps, c, depth, width, step, cols, new, j, wide, pitch)
    else:
        _six4(a, b, taps, c, depth, width, step, cols, new, j, wide, pitch)


@njit(error_model="numpy")
def _unfold(
    planes: Any, taps: Any, depth: Any, j: Any, count: Any, wide: Any, pitch: Any, to: Any
) -> None:
    """A panel of the windows of `count` positions from j on."""
    for k in range(depth):
        start, row = planes + load_i64(taps, k), to + 4 * k * PANEL
        y, x = j // wide, j % wide
        for i in range(count):
            store_f32(row, i, load_f32(start, y * pitch + x))
            x += 1
            if x == wide:
                y, x = y + 1, 0


@njit(error_model="numpy")
def pack_matrix(a: Any, m: Any, depth: Any, to: Any) -> None:
    """All of a, as panels of rows for one block of k after the other."""
    for k in range(0, depth, BLOCK):
        pack_a(a, 0, m, k, min(depth - k, BLOCK), m, depth, False, to + 4 * k * m)


@njit(error_model="numpy")
def multiply_windows(
    packed: Any, m: Any, depth: Any, planes: Any, taps: Any, wide: Any, pitch: Any, count: Any,
    y: Any, step: Any, room: Any,
) -> None:  # fmt: skip
    """y[i, p] = chain over k of packed[i, k] and the value at ``planes + taps[k]`` of position p.

    The `count` positions go row-major over rows of `wide`, which lie `pitch` apart in the planes;
    taps are i64, in bytes; rows of y are `step` apart; `room` has UNFOLDED bytes.
    """
    k = 0
    while k == 0 or k < depth:
        block, some, new = min(depth - k, BLOCK), taps + 8 * k, 1 if k == 0 else 0
        for j in range(0, count, PANEL):
            left = count - j
            if wide < NARROW:
                _unfold(planes, some, block, j, min(left, PANEL), wide, pitch, room)
            done = 0
            while done < m:
                width = panel_rows(m - done)
                a, c = packed + 4 * (k * m + done * block), y + 4 * (done * step + j)
                if wide >= LANES:
                    _wide_tile(width, a, planes, some, c, block, step, left, new, j, wide, pitch)
                elif wide >= NARROW:
                    _narrow_tile(width, a, planes, some, c, block, step, left, new, j, wide, pitch)
                else:
                    multiply_tile(width, a, room, c, block, PANEL, step, left, new)
                done += width
        k += BLOCK
