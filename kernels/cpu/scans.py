"""cumsum and its adjoint over a mask of axes, flattened row-major.

A tile is one kept element, or a strip of columns where the axes are neighbours and others follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.broadcast import WALK_BYTES, walk_on, walk_to
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import address, attribute, load_f32, planned, store_f32
from anhvm.kernels.cpu.reduce_ir import CHUNK
from anhvm.kernels.cpu.reduction import GATHER_BYTES, counts, walks

STRIP = 256
_ROW = 4 * STRIP
_ZERO = np.float32(0)


def plan(p: Any) -> Any:
    count, kept, inner, regular = counts(p, 0, attribute(p, 0))
    tiles = kept
    if count == 0:
        tiles = 0
    elif regular and inner > 1:
        tiles = kept // inner * ((inner + STRIP - 1) // STRIP)
    return planned(p, tiles, GATHER_BYTES + 2 * _ROW)


@njit(error_model="numpy")
def _row(x: Any, y: Any, count: Any, step: Any) -> None:
    """Along elements `step` apart."""
    total, at = _ZERO, 0
    for start in range(0, count, CHUNK):
        part, last = _ZERO, total
        for _ in range(min(CHUNK, count - start)):
            part += load_f32(x, at)
            last = total + part
            store_f32(y, at, last)
            at += step
        total = last


@njit(error_model="numpy")
def _columns(x: Any, y: Any, count: Any, step: Any, wide: Any, totals: Any) -> None:
    """Down `wide` columns whose rows lie `step` apart; parts stand behind the totals."""
    parts = totals + _ROW
    for j in range(wide):
        store_f32(totals, j, _ZERO)
    at = 0
    for start in range(0, count, CHUNK):
        for j in range(wide):
            store_f32(parts, j, _ZERO)
        for _ in range(min(CHUNK, count - start)):
            for j in range(wide):
                part = load_f32(parts, j) + load_f32(x, at + j)
                store_f32(parts, j, part)
                store_f32(y, at + j, load_f32(totals, j) + part)
            at += step
        for j in range(wide):
            store_f32(totals, j, load_f32(y, at - step + j))


@njit(error_model="numpy")
def _walked(x: Any, y: Any, walk: Any, axes: Any, count: Any, back: Any) -> None:
    end = walk_to(walk, axes, count - 1)
    offset, total = walk_to(walk, axes, 0), _ZERO
    for start in range(0, count, CHUNK):
        part, last = _ZERO, total
        for _ in range(min(CHUNK, count - start)):
            at = end - offset if back else offset
            part += load_f32(x, at)
            last = total + part
            store_f32(y, at, last)
            offset = walk_on(walk, axes, offset)
        total = last


def _scan(back: bool) -> Functions:
    sign = -1 if back else 1

    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        mask = attribute(p, 0)
        count, _, inner, regular = counts(p, 0, mask)
        x, y = address(p, 0), address(p, 1)
        if regular and inner > 1:
            strips = (inner + STRIP - 1) // STRIP
            for t in range(lo, hi):
                outer, first = t // strips, t % strips * STRIP
                row = outer * count + (count - 1 if back else 0)
                at, wide = 4 * (row * inner + first), min(STRIP, inner - first)
                _columns(x + at, y + at, count, sign * inner, wide, ws)
        elif regular:
            for t in range(lo, hi):
                at = 4 * (t * count + (count - 1 if back else 0))
                _row(x + at, y + at, count, sign)
        else:
            kept_axes, axes = walks(p, 0, mask, ws)
            for t in range(lo, hi):
                at = 4 * walk_to(ws, kept_axes, t)
                _walked(x + at, y + at, ws + WALK_BYTES, axes, count, back)
        return 1

    return Functions(plan, run)


FUNCTIONS: Mapping[str, Functions] = {"cumsum": _scan(False), "cumsum_back": _scan(True)}
