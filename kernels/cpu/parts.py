"""Reductions of few results: a tile for each chunk of N6, so that threads share one result.

The results of chunks are laid out as (outer, chunks, inner), or (kept, chunks) where the operand is
gathered.  The last tile reduces them as the law says, so bits do not depend on who did which chunk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

from anhvm.kernels.cpu.broadcast import WALK_BYTES, walk_to
from anhvm.kernels.cpu.memory import (
    TILES,
    WORKSPACE,
    address,
    attribute,
    load_i64,
    planned_shared,
    shared,
)
from anhvm.kernels.cpu.reduce_ir import CHUNK
from anhvm.kernels.cpu.reduction import GATHER_BYTES, counts, gather, walks

FEW = 64
"""Tiles from which on threads find enough to share as it is."""


@njit(error_model="numpy")
def chunks_of(count: Any) -> Any:
    return (count + CHUNK - 1) // CHUNK


def split(plan: Any) -> Callable[[Any], Any]:
    """What `plan` says, but where tiles are few, one for each chunk of each."""

    def planned(p: Any) -> Any:
        plan(p)
        count, kept, _, _ = counts(p, 0, attribute(p, 0))
        tiles, chunks = load_i64(p, TILES), chunks_of(count)
        if 0 < tiles < FEW and chunks > 1:
            return planned_shared(p, tiles * chunks, load_i64(p, WORKSPACE), 4 * kept * chunks)
        return 1

    return planned


def over_chunks(row: Any, strip: Any, columns: int) -> Any:
    """``run(p, mask, lo, hi, ws)``: leaves the results of those chunks of operand 0.

    ``row(x, count, to)`` leaves that of `count` neighbours, ``strip(x, rows, step, wide, ws, to)``
    those of `wide` columns, at most `columns`; rows begin `step` elements apart.
    """

    @njit(error_model="numpy")
    def run(p: Any, mask: Any, lo: Any, hi: Any, ws: Any) -> None:
        count, _, inner, regular = counts(p, 0, mask)
        x, parts, chunks = address(p, 0), shared(p), chunks_of(count)
        if regular:
            strips = (inner + columns - 1) // columns
            for t in range(lo, hi):
                tile, c = t // chunks, t % chunks
                outer, first = tile // strips, tile % strips * columns
                rows = min(CHUNK, count - c * CHUNK)
                start = x + 4 * ((outer * count + c * CHUNK) * inner + first)
                to = parts + 4 * ((outer * chunks + c) * inner + first)
                if inner == 1:
                    row(start, rows, to)
                else:
                    strip(start, rows, inner, min(columns, inner - first), ws, to)
            return
        kept_axes, axes = walks(p, 0, mask, ws)
        room = ws + GATHER_BYTES
        for t in range(lo, hi):
            c = t % chunks
            length = min(CHUNK, count - c * CHUNK)
            at = x + 4 * walk_to(ws, kept_axes, t // chunks)
            gather(at, ws + WALK_BYTES, axes, c * CHUNK, length, room)
            row(room, length, parts + 4 * t)

    return run
