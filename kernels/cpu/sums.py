"""sum and mean over a mask of axes, in the order of N6.

A tile is one output where the reduced elements are gathered or lie in a row; else a strip of
columns.  Narrow columns are summed 32 rows at a time, which lie side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.broadcast import WALK_BYTES, walk_to
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import address, attribute, load_f32, planned, store_f32
from anhvm.kernels.cpu.reduce_ir import (
    CHUNK,
    LANES,
    STRIP,
    STRIP_WORKSPACE,
    rsum_columns,
    rsum_row,
)
from anhvm.kernels.cpu.reduction import GATHER_BYTES, counts, gather, walks

NARROW = 64
_ZERO = np.float32(0)
_ONE = np.float32(1)
_BUFFER = 4 * max(LANES * NARROW, CHUNK)
_COLUMNS = 4 * STRIP_WORKSPACE


@njit(error_model="numpy")
def _chunks(count: Any) -> Any:
    return (count + CHUNK - 1) // CHUNK


def plan(p: Any) -> Any:
    """Workspace: walks, a buffer of lanes or a chunk, and the sum of each chunk (and column)."""
    count, kept, inner, regular = counts(p, 0, attribute(p, 0))
    if regular and inner > NARROW:
        strips = (inner + STRIP - 1) // STRIP
        return planned(p, kept // inner * strips, _COLUMNS)
    if regular and inner > 1:
        return planned(p, kept // inner, _BUFFER + 4 * _chunks(count) * inner)
    return planned(p, kept, GATHER_BYTES + _BUFFER + 4 * _chunks(count))


@njit(error_model="numpy")
def _narrow(x: Any, count: Any, inner: Any, y: Any, divisor: Any, ws: Any) -> None:
    """Sums of the `inner` <= NARROW columns of a contiguous matrix of `count` rows, divided."""
    parts = ws + _BUFFER
    while True:
        chunks = (count + CHUNK - 1) // CHUNK
        for c in range(max(chunks, 1)):
            rows = min(CHUNK, count - c * CHUNK)
            for j in range(LANES * inner):
                store_f32(ws, j, _ZERO)
            row = 0
            while row < rows:
                wide = min(LANES, rows - row) * inner
                at = x + 4 * (c * CHUNK + row) * inner
                for j in range(wide):
                    store_f32(ws, j, load_f32(ws, j) + load_f32(at, j))
                row += LANES
            width = LANES // 2 * inner
            while width >= inner:
                for j in range(width):
                    store_f32(ws, j, load_f32(ws, j) + load_f32(ws, j + width))
                width //= 2
            for j in range(inner):
                store_f32(parts, c * inner + j, load_f32(ws, j))
        if chunks <= 1:
            break
        x, count = parts, chunks
    for j in range(inner):
        store_f32(y, j, load_f32(parts, j) / divisor)


@njit(error_model="numpy")
def _gathered(x: Any, walk: Any, axes: Any, count: Any, ws: Any) -> Any:
    """The sum of `count` elements in the order of a walk."""
    parts = ws + _BUFFER
    chunks = (count + CHUNK - 1) // CHUNK
    for c in range(chunks):
        length = min(CHUNK, count - c * CHUNK)
        gather(x, walk, axes, c * CHUNK, length, ws)
        store_f32(parts, c, rsum_row(ws, length))
    return load_f32(parts, 0) if chunks == 1 else rsum_row(parts, chunks)


@njit(error_model="numpy")
def _columns(
    x: Any, count: Any, inner: Any, y: Any, divisor: Any, lo: Any, hi: Any, ws: Any
) -> None:
    """Strips [lo, hi) of the columns of contiguous matrices of `count` rows."""
    strips = (inner + STRIP - 1) // STRIP
    for t in range(lo, hi):
        first = t % strips * STRIP
        wide = min(STRIP, inner - first)
        out = y + 4 * (t // strips * inner + first)
        rsum_columns(x + 4 * (t // strips * count * inner + first), count, inner, wide, out, ws)
        for j in range(wide):
            store_f32(out, j, load_f32(out, j) / divisor)


def _sum(mean: bool) -> Functions:
    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        mask = attribute(p, 0)
        count, _, inner, regular = counts(p, 0, mask)
        divisor = np.float32(count) if mean else _ONE  # dividing by 1 changes no bit
        x, y = address(p, 0), address(p, 1)
        if regular and inner > NARROW:
            _columns(x, count, inner, y, divisor, lo, hi, ws)
        elif regular and inner > 1:
            for t in range(lo, hi):
                at = 4 * t * inner
                _narrow(x + at * count, count, inner, y + at, divisor, ws)
        elif regular:
            for t in range(lo, hi):
                store_f32(y, t, rsum_row(x + 4 * t * count, count) / divisor)
        else:
            kept_axes, reduced_axes = walks(p, 0, mask, ws)
            for t in range(lo, hi):
                at = x + 4 * walk_to(ws, kept_axes, t)
                walk = ws + WALK_BYTES
                total = _gathered(at, walk, reduced_axes, count, ws + GATHER_BYTES)
                store_f32(y, t, total / divisor)
        return 1

    return Functions(plan, run)


FUNCTIONS: Mapping[str, Functions] = {"sum": _sum(False), "mean": _sum(True)}
