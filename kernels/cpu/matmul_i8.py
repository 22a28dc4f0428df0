"""matmul_i8: i8 times i8 summed in i32, in panels and tiles like `matmul`; exact in any order.

Blocks of k are padded with zeros to whole lanes, which changes no sum of integers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.integer_ir import SPAN, TILE, VNNI, make_pack, make_product
from anhvm.kernels.cpu.matmul_ir import make_transpose
from anhvm.kernels.cpu.memory import (
    address,
    dim,
    load_i8,
    load_i32,
    planned,
    rank,
    store_i8,
    store_i16,
    store_i32,
)
from anhvm.kernels.cpu.panels import row_panels
from anhvm.kernels.cpu.target import Tile

STEPS = 256  # lanes of k in a block
DEPTH = SPAN * STEPS
PANEL = TILE.columns
ROWS = TILE.rows
ROW_BLOCK, COLUMN_BLOCK = 6 * ROWS, 16 * PANEL  # the second-level cache holds both
_A_BYTES, _B_BYTES = 4 * (STEPS * ROW_BLOCK + TILE.lanes), 4 * (STEPS + 1) * COLUMN_BLOCK
_FLIP = np.int32(-0x7F7F7F80)  # 0x80808080 adds 128 to each byte, as unsigned
_ZERO = np.int8(0)

_width, _tile = row_panels(ROWS, lambda w: make_product(Tile(w, TILE.vectors, TILE.lanes)))
_pack = make_pack()
_transpose = make_transpose(TILE.lanes, int(_FLIP))  # of lanes: it looks at no bit of them


@njit(error_model="numpy")
def _lane(a: Any, present: Any) -> Any:
    """The lane of SPAN values at `a`, of which `present` exist: others meet a zero of b."""
    if VNNI and present >= SPAN:
        return load_i32(a, 0) ^ _FLIP
    lane = np.int32(0)
    for i in range(min(SPAN, present)):
        value = np.int32(load_i8(a, i))
        if VNNI:
            lane |= ((value + 128) & 0xFF) << (8 * i)
        else:
            lane |= (value & 0xFFFF) << (16 * i)
    return lane


@njit(error_model="numpy")
def _pack_a(a: Any, rows: Any, depth: Any, ks: Any, to: Any) -> None:
    """`rows` rows and `depth` values of k at `a`, as panels one after the other at `to`."""
    steps, done = (depth + SPAN - 1) // SPAN, 0
    while done < rows:
        width, start = _width(rows - done), a + done * ks
        if VNNI and ks % SPAN == 0:
            _transpose(start, ks // SPAN, to, width, steps, width)
        else:
            for step in range(steps):
                for x in range(width):
                    lane = _lane(start + x * ks + SPAN * step, depth - SPAN * step)
                    store_i32(to, step * width + x, lane)
        to += 4 * width * steps
        done += width


@njit(error_model="numpy")
def _pack_b(b: Any, valid: Any, depth: Any, n: Any, to: Any) -> None:
    """`valid` columns and `depth` values of k at `b`, as one panel at `to`, head included."""
    steps = (depth + SPAN - 1) // SPAN
    whole = depth // SPAN if valid == PANEL else 0
    _pack(b, n, to, whole)
    for step in range(whole, steps):
        row = to + 4 * PANEL * (step + 1)
        for x in range(PANEL):
            for i in range(SPAN):
                k, value = SPAN * step + i, _ZERO
                if k < depth and x < valid:
                    value = load_i8(b, k * n + x)
                if VNNI:
                    store_i8(row, SPAN * x + i, value)
                    store_i32(to, x, load_i32(to, x) - 128 * value)
                else:
                    store_i16(row, SPAN * x + i, value)


@njit(error_model="numpy")
def _columns(
    a: Any, b: Any, y: Any, m: Any, n: Any, ks: Any, i0: Any, i1: Any, j0: Any, j1: Any, ws: Any
) -> None:
    """Rows [i0, i1) and columns [j0, j1) of one matrix, a block of k after the other."""
    packed_a, packed_b, k = ws, ws + _A_BYTES, 0
    while k == 0 or k < ks:
        depth = min(ks - k, DEPTH)
        steps = (depth + SPAN - 1) // SPAN
        for j in range(j0, j1, PANEL):
            at = packed_b + 4 * (j - j0) * (steps + 1)
            _pack_b(b + k * n + j, min(j1 - j, PANEL), depth, n, at)
        for i in range(i0, i1, ROW_BLOCK):
            rows = min(i1 - i, ROW_BLOCK)
            _pack_a(a + i * ks + k, rows, depth, ks, packed_a)
            for j in range(j0, j1, PANEL):
                right, done = packed_b + 4 * (j - j0) * (steps + 1), 0
                while done < rows:
                    width = _width(rows - done)
                    left, out = packed_a + 4 * done * steps, y + 4 * ((i + done) * n + j)
                    _tile(width, left, right, out, steps, PANEL, n, j1 - j, 1 if k == 0 else 0)
                    done += width
        k += DEPTH


@njit(error_model="numpy")
def _blocks(p: Any) -> Any:
    """Tiles down and across one matrix of the output."""
    last = rank(p, 2) - 1
    m, n = dim(p, 2, last - 1), dim(p, 2, last)
    return (m + ROWS - 1) // ROWS, (n + COLUMN_BLOCK - 1) // COLUMN_BLOCK


def plan(p: Any) -> Any:
    down, across = _blocks(p)
    matrices = 1
    for axis in range(rank(p, 2) - 2):
        matrices *= dim(p, 2, axis)
    return planned(p, matrices * down * across, _A_BYTES + _B_BYTES)


def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    last = rank(p, 2) - 1
    m, n, ks = dim(p, 2, last - 1), dim(p, 2, last), dim(p, 0, last)
    down, across = _blocks(p)
    t = lo
    while t < hi:
        matrix, rest = t // (down * across), t % (down * across)
        top, j = rest % down, rest // down * COLUMN_BLOCK
        bottom = min(down, top + hi - t)
        a, b = address(p, 0) + matrix * m * ks, address(p, 1) + matrix * ks * n
        y, right = address(p, 2) + 4 * matrix * m * n, min(j + COLUMN_BLOCK, n)
        _columns(a, b, y, m, n, ks, top * ROWS, min(bottom * ROWS, m), j, right, ws)
        t += bottom - top
    return 1


FUNCTIONS: Mapping[str, Functions] = {"matmul_i8": Functions(plan, run)}
