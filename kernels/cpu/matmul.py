"""matmul, exact (N7), over the four transposes: y = op(a) @ op(b), batched over leading axes.

Each element of y is the chain acc = fma(a, b, acc) over blocks of 256 values of k, the blocks
added by plain adds.  That order is kept inside one register (`matmul_ir`), so how the output is
cut into tiles, packed and shared among workers changes no bit.

A tile of the kernel ABI is one panel of rows by a block of columns of one matrix of the batch.
Tiles of one column block follow each other: a worker packs that part of b once for all of them,
and its rows of a in blocks that stay in the cache.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from anhvm.kernels.cpu.matmul_ir import make_copy, make_tile, make_transpose
from anhvm.kernels.cpu.memory import (
    TILES,
    address,
    dim,
    last_tile,
    load_i64,
    planned,
    planned_shared,
    rank,
    shared,
)
from anhvm.kernels.cpu.parts import FEW
from anhvm.kernels.cpu.single import blocks_of, multiply_row, row_part, row_tiles, row_total
from anhvm.kernels.cpu.target import Tile, tile

BLOCK = 256  # N7

TILE = tile()
LANES = TILE.lanes
PANEL = TILE.columns
VECTORS = TILE.vectors
# A block of rows is cut into panels of these widths, widest first.
WIDTHS = [TILE.rows, *(w for w in (8, 6, 4, 2, 1) if w < TILE.rows), 1, 1, 1][:6]
W0, W1, W2, W3, W4, W5 = WIDTHS
ROW_BLOCK = 6 * W0
COLUMN_BLOCK = 16 * PANEL
# Rows below which packing b costs more than it saves.
DIRECT_ROWS = W0

_tile0, _tile1, _tile2, _tile3, _tile4, _tile5 = (
    make_tile(Tile(w, VECTORS, LANES)) for w in WIDTHS
)
_copy_a = make_copy(1, LANES)
_copy_b = make_copy(VECTORS, LANES)
transpose = make_transpose(LANES)

# Packing a writes whole vectors: the last of a full block goes beyond it.
_SLACK = LANES
_A_FLOATS = BLOCK * ROW_BLOCK + _SLACK
_B_FLOATS = BLOCK * COLUMN_BLOCK
WORKSPACE = 4 * (_A_FLOATS + _B_FLOATS)

_A, _B, _Y = 0, 1, 2  # operands


@njit(error_model="numpy")
def panel_rows(rows: Any) -> Any:
    """How many of the rows that are left the next panel has."""
    if rows >= W0 and rows != 2 * W1:  # two panels that are alike are better than a thin one
        return W0
    if rows >= W1:
        return W1
    if rows >= W2:
        return W2
    if rows >= W3:
        return W3
    if rows >= W4:
        return W4
    return W5


@njit(error_model="numpy")
def multiply_tile(
    width: Any, a: Any, b: Any, c: Any, depth: Any, ld: Any, n: Any, cols: Any, new: Any
) -> None:
    """A panel of `width` rows by a panel of columns; rows of b are `ld` apart, those of c `n`."""
    if width == W0:
        _tile0(a, b, c, depth, width, ld, n, cols, new)
    elif width == W1:
        _tile1(a, b, c, depth, width, ld, n, cols, new)
    elif width == W2:
        _tile2(a, b, c, depth, width, ld, n, cols, new)
    elif width == W3:
        _tile3(a, b, c, depth, width, ld, n, cols, new)
    elif width == W4:
        _tile4(a, b, c, depth, width, ld, n, cols, new)
    else:
        _tile5(a, b, c, depth, width, ld, n, cols, new)


@njit(error_model="numpy")
def pack_a(
    a: Any, i: Any, rows: Any, k: Any, depth: Any, m: Any, ks: Any, ta: Any, to: Any
) -> None:
    """Rows [i, i + rows) and `depth` values of k, as panels one after the other at `to`."""
    done = 0
    while done < rows:
        width = panel_rows(rows - done)
        if ta:
            _copy_a(a + 4 * (k * m + i + done), m, to, width, depth, width)
        else:
            transpose(a + 4 * ((i + done) * ks + k), ks, to, width, depth, width)
        to += 4 * width * depth
        done += width


@njit(error_model="numpy")
def _pack_b(
    b: Any, j: Any, valid: Any, k: Any, depth: Any, n: Any, ks: Any, tb: Any, to: Any
) -> None:
    """Columns [j, j + valid) and `depth` values of k, as one panel at `to`."""
    if tb:
        for x in range(0, valid, LANES):
            part = min(valid - x, LANES)
            transpose(b + 4 * ((j + x) * ks + k), ks, to + 4 * x, PANEL, depth, part)
    else:
        _copy_b(b + 4 * (k * n + j), n, to, PANEL, depth, valid)


@njit(error_model="numpy")
def columns(
    a: Any, b: Any, y: Any, m: Any, n: Any, ks: Any,
    i0: Any, i1: Any, j0: Any, j1: Any, ws: Any, ta: Any, tb: Any,
) -> None:  # fmt: skip
    """Rows [i0, i1) and columns [j0, j1) of one matrix, a block of k after the other.

    At most COLUMN_BLOCK columns.  Rows of y are `n` apart, and those of b where it is not `tb`.
    """
    packed_a = ws
    packed_b = ws + 4 * _A_FLOATS
    direct = not tb and i1 - i0 <= DIRECT_ROWS
    k = 0
    while k == 0 or k < ks:
        depth = min(ks - k, BLOCK)
        new = 1 if k == 0 else 0
        for j in range(j0, j1, PANEL):
            if not direct or j1 - j < PANEL:
                at = packed_b + 4 * (j - j0) * depth
                _pack_b(b, j, min(j1 - j, PANEL), k, depth, n, ks, tb, at)
        for i in range(i0, i1, ROW_BLOCK):
            rows = min(i1 - i, ROW_BLOCK)
            pack_a(a, i, rows, k, depth, m, ks, ta, packed_a)
            for j in range(j0, j1, PANEL):
                if direct and j1 - j >= PANEL:
                    right, step = b + 4 * (k * n + j), n
                else:
                    right, step = packed_b + 4 * (j - j0) * depth, PANEL
                done = 0
                while done < rows:
                    width = panel_rows(rows - done)
                    left = packed_a + 4 * done * depth
                    out = y + 4 * ((i + done) * n + j)
                    multiply_tile(width, left, right, out, depth, step, n, j1 - j, new)
                    done += width
        k += BLOCK


@njit(error_model="numpy")
def _blocks(p: Any) -> Any:
    """Tiles down and across one matrix of the output."""
    last = rank(p, _Y) - 1
    m, n = dim(p, _Y, last - 1), dim(p, _Y, last)
    return (m + W0 - 1) // W0, (n + COLUMN_BLOCK - 1) // COLUMN_BLOCK


@njit(error_model="numpy")
def plan(p: Any) -> Any:
    """Tiles and workspace."""
    down, across = _blocks(p)
    matrices = 1
    for axis in range(rank(p, _Y) - 2):
        matrices *= dim(p, _Y, axis)
    return planned(p, matrices * down * across, WORKSPACE)


@njit(error_model="numpy")
def plan_rows(p: Any) -> Any:
    """`plan` where b is as it stands: few tiles of single rows become blocks of k, see `single`."""
    plan(p)
    last, tiles = rank(p, _Y) - 1, load_i64(p, TILES)
    n, ks = dim(p, _Y, last), dim(p, _B, last - 1)
    if dim(p, _Y, last - 1) == 1 and ks > BLOCK and 0 < tiles < FEW:
        matrices = tiles // _blocks(p)[1]
        parts = 4 * matrices * blocks_of(ks) * n
        return planned_shared(p, matrices * row_tiles(n, ks), WORKSPACE, parts)
    return 1


@njit(error_model="numpy")
def _rows(p: Any, n: Any, ks: Any, lo: Any, hi: Any) -> None:
    """Those tiles of single rows."""
    each, last, size = row_tiles(n, ks), last_tile(p), 4 * blocks_of(ks) * n
    for t in range(lo, min(hi, last)):
        matrix = t // each
        a, b = address(p, _A) + 4 * matrix * ks, address(p, _B) + 4 * matrix * ks * n
        row_part(a, b, n, ks, t % each, shared(p) + matrix * size)
    for matrix in range(last // each if hi > last else 0):
        row_total(shared(p) + matrix * size, n, ks, address(p, _Y) + 4 * matrix * n)


@njit(error_model="numpy")
def _run(p: Any, lo: Any, hi: Any, ws: Any, ta: Any, tb: Any) -> Any:
    last = rank(p, _Y) - 1
    m, n = dim(p, _Y, last - 1), dim(p, _Y, last)
    ks = dim(p, _A, last - 1 if ta else last)
    down, across = _blocks(p)
    if shared(p):
        _rows(p, n, ks, lo, hi)
        return 1
    t = lo
    while t < hi:
        matrix, rest = t // (down * across), t % (down * across)
        if m == 1 and ks > 0 and not tb:
            some = min(across - rest, hi - t)
            a, b = address(p, _A) + 4 * matrix * ks, address(p, _B) + 4 * matrix * ks * n
            end = min(n, (rest + some) * COLUMN_BLOCK)
            y = address(p, _Y) + 4 * matrix * n
            multiply_row(a, b, y, n, ks, rest * COLUMN_BLOCK, end, ws)
            t += some
            continue
        top = rest % down
        bottom = min(down, top + hi - t)
        j = rest // down * COLUMN_BLOCK
        columns(
            address(p, _A) + 4 * matrix * m * ks,
            address(p, _B) + 4 * matrix * ks * n,
            address(p, _Y) + 4 * matrix * m * n,
            m,
            n,
            ks,
            top * W0,
            min(bottom * W0, m),
            j,
            min(j + COLUMN_BLOCK, n),
            ws,
            ta,
            tb,
        )
        t += bottom - top
    return 1


@njit(error_model="numpy")
def run_nn(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    """y[*B,M,N] = a[*B,M,K] @ b[*B,K,N]."""
    return _run(p, lo, hi, ws, False, False)


@njit(error_model="numpy")
def run_nt(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    """y[*B,M,N] = a[*B,M,K] @ b[*B,N,K] transposed."""
    return _run(p, lo, hi, ws, False, True)


@njit(error_model="numpy")
def run_tn(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    """y[*B,M,N] = a[*B,K,M] transposed @ b[*B,K,N]."""
    return _run(p, lo, hi, ws, True, False)


@njit(error_model="numpy")
def run_tt(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    """y[*B,M,N] = a[*B,K,M] transposed @ b[*B,N,K] transposed."""
    return _run(p, lo, hi, ws, True, True)
