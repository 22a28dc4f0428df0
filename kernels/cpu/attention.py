"""attention: a block of queries goes along the keys, 128 at a time, and keeps what N12 keeps.

Both products are those of `matmul`, on one block of keys.  A tile is ROWS queries of one matrix;
the running result lies in the output.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.matmul import COLUMN_BLOCK, WORKSPACE, columns
from anhvm.kernels.cpu.maxima import row_max
from anhvm.kernels.cpu.memory import address, dim, load_f32, numel, planned, rank, store_f32
from anhvm.kernels.cpu.reduce_ir import rsum_row
from anhvm.kernels.cpu.scalar_math import exp32, f32_fma, max32

BLOCK = 128  # N12
ROWS = 70
_SCORES = 4 * ROWS * BLOCK
_KEPT = 4 * ROWS
_ZERO, _ONE = np.float32(0), np.float32(1)


@njit(error_model="numpy")
def _sizes(p: Any) -> Any:
    """(matrices, M, N, D)."""
    last = rank(p, 4) - 1
    m, d = dim(p, 4, last - 1), dim(p, 4, last)
    matrices = 1
    for axis in range(last - 1):
        matrices *= dim(p, 4, axis)
    return matrices, m, dim(p, 1, last - 1), d


def plan(p: Any) -> Any:
    matrices, m, _, d = _sizes(p)
    room = WORKSPACE + _SCORES + 3 * _KEPT + 4 * min(ROWS, m) * d
    return planned(p, matrices * ((m + ROWS - 1) // ROWS), room)


@njit(error_model="numpy")
def _visit(scores: Any, stride: Any, seen: Any, scale: Any, kept: Any, first: Any) -> Any:
    """Scores of one query become its weights, unseen ones +0; the correction of what is there."""
    for j in range(seen):
        store_f32(scores, j, load_f32(scores, j) * scale)
    old, peak = load_f32(kept, 0), row_max(scores, seen)
    if not first:
        peak = max32(old, peak)
    for j in range(seen):
        store_f32(scores, j, exp32(load_f32(scores, j) - peak))
    for j in range(seen, stride):
        store_f32(scores, j, _ZERO)
    total, c = rsum_row(scores, stride), _ONE
    if not first:
        c = exp32(old - peak)
        total = f32_fma(load_f32(kept + _KEPT, 0), c, total)
    store_f32(kept, 0, peak)
    store_f32(kept + _KEPT, 0, total)
    return c


@njit(error_model="numpy")
def _add(y: Any, chain: Any, c: Any, d: Any, first: Any) -> None:
    """One row of the running result: fma(y, c, chain), or the first chain."""
    for x in range(d):
        value = load_f32(chain, x)
        store_f32(y, x, value if first else f32_fma(load_f32(y, x), c, value))


@njit(error_model="numpy")
def _queries(
    q: Any, k: Any, v: Any, y: Any, scale: Any, row: Any, rows: Any, n: Any, d: Any, causal: Any,
    ws: Any,
) -> None:  # fmt: skip
    """Queries [row, row + rows) of one matrix; q and y begin at the first of them."""
    scores, kept = ws + WORKSPACE, ws + WORKSPACE + _SCORES
    chains = kept + 3 * _KEPT
    for start in range(0, min(n, row + rows) if causal else n, BLOCK):
        wide, first, at = min(n - start, BLOCK), start == 0, 4 * start * d
        columns(q, k + at, scores, rows, wide, d, 0, rows, 0, wide, ws, False, True)
        for r in range(rows):
            seen = min(wide, row + r - start + 1) if causal else wide
            if seen > 0:
                c = _visit(scores + 4 * r * wide, wide, seen, scale, kept + 4 * r, first)
                store_f32(kept + 2 * _KEPT, r, c)
        for x in range(0, d, COLUMN_BLOCK):
            last = min(x + COLUMN_BLOCK, d)
            columns(scores, v + at, chains, rows, d, wide, 0, rows, x, last, ws, False, False)
        for r in range(rows):
            if not causal or row + r >= start:
                c = load_f32(kept + 2 * _KEPT, r)
                _add(y + 4 * r * d, chains + 4 * r * d, c, d, first)
    for r in range(rows):
        share = _ONE / load_f32(kept + _KEPT, r)
        for x in range(r * d, (r + 1) * d):
            store_f32(y, x, load_f32(y, x) * share)


def _attention(causal: bool) -> Functions:
    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        _, m, n, d = _sizes(p)
        blocks, scale = (m + ROWS - 1) // ROWS, load_f32(address(p, 3), 0)
        for t in range(lo, hi):
            matrix, row = t // blocks, t % blocks * ROWS
            at, keys = 4 * (matrix * m + row) * d, 4 * matrix * n * d
            _queries(
                address(p, 0) + at,
                address(p, 1) + keys,
                address(p, 2) + keys,
                address(p, 4) + at,
                scale,
                row,
                min(ROWS, m - row),
                n,
                d,
                causal,
                ws,
            )
        return 1

    return Functions(plan, run)


def plan_lower(p: Any) -> Any:
    last = rank(p, 2) - 1
    wide = dim(p, 2, last)
    return planned(p, numel(p, 2) // max(wide, 1), 0)


def lower(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    """A tile is a row."""
    last = rank(p, 2) - 1
    rows, wide = dim(p, 2, last - 1), dim(p, 2, last)
    other = load_f32(address(p, 1), 0)
    for t in range(lo, hi):
        x, y, seen = address(p, 0) + 4 * t * wide, address(p, 2) + 4 * t * wide, t % rows + 1
        for j in range(min(seen, wide)):
            store_f32(y, j, load_f32(x, j))
        for j in range(seen, wide):
            store_f32(y, j, other)
    return 1


FUNCTIONS: Mapping[str, Functions] = {
    "lower": Functions(plan_lower, lower),
    "attention": _attention(False),
    "attention_causal": _attention(True),
}
