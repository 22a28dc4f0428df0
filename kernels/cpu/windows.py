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
    WIDTHS,
    pack_a,
    panel_rows,
)
from anhvm.kernels.cpu.target import Tile
from anhvm.kernels.cpu.windows_ir import make_windows

SPILL = LANES * W0
"""Floats that packing a matrix writes behind it, at most."""


def _tiles(vectors: int, gap: int) -> Any:
    """The tile of so many vectors, of any width."""
    w0, w1, w2, w3, w4, w5 = (make_windows(Tile(w, vectors, LANES), gap) for w in WIDTHS)

    @njit(error_model="numpy")
    def tile(
        width: Any, a: Any, b: Any, taps: Any, c: Any,
        depth: Any, a_step: Any, step: Any, cols: Any, new: Any,
    ) -> None:  # fmt: skip
        if width == W0:
            w0(a, b, taps, c, depth, a_step, step, cols, new)
        elif width == W1:
            w1(a, b, taps, c, depth, a_step, step, cols, new)
        elif width == W2:
            w2(a, b, taps, c, depth, a_step, step, cols, new)
        elif width == W3:
            w3(a, b, taps, c, depth, a_step, step, cols, new)
        elif width == W4:
            w4(a, b, taps, c, depth, a_step, step, cols, new)
        else:
            w5(a, b, taps, c, depth, a_step, step, cols, new)

    return tile


def make_block(gap: int) -> Any:
    """``block(a, m, depth, b, taps, count, y, step, new)``: m rows times windows, for a block of k.

    The value of position p for k lies 4 p + ``taps[k]`` bytes behind b.  Rows of a are `gap` bytes
    apart; they are packed as panels if that is an element.
    """
    tile, last, packed = _tiles(VECTORS, gap), _tiles(1, gap), gap == 4

    @njit(error_model="numpy")
    def block(
        a: Any, m: Any, depth: Any, b: Any, taps: Any, count: Any, y: Any, step: Any, new: Any
    ) -> None:
        for j in range(0, count, PANEL):
            done = 0
            while done < m:
                width = panel_rows(m - done)
                left, a_step = (a + 4 * done * depth, width) if packed else (a + gap * done, 1)
                c, right = y + 4 * (done * step + j), b + 4 * j
                if count - j > LANES:
                    tile(width, left, right, taps, c, depth, a_step, step, count - j, new)
                else:
                    last(width, left, right, taps, c, depth, a_step, step, count - j, new)
                done += width

    return block


_block = make_block(4)


@njit(error_model="numpy")
def pack_matrix(a: Any, m: Any, depth: Any, to: Any) -> None:
    """All of a, as panels of rows for one block of k after the other."""
    for k in range(0, depth, BLOCK):
        pack_a(a, 0, m, k, min(depth - k, BLOCK), m, depth, False, to + 4 * k * m)


@njit(error_model="numpy")
def multiply_windows(
    packed: Any, m: Any, depth: Any, planes: Any, taps: Any, count: Any, y: Any, step: Any
) -> None:
    """y[i, p] = chain over k of packed[i, k] and the value at ``planes + taps[k]`` of position p.

    There are `count` positions; taps are i64, in bytes; rows of y are `step` apart.
    """
    k = 0
    while k == 0 or k < depth:
        some = min(depth - k, BLOCK)
        _block(packed + 4 * k * m, m, some, planes, taps + 8 * k, count, y, step, k == 0)
        k += BLOCK
