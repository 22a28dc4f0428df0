"""Sums and maxima down columns (N6): neighbours among the threads are neighbours in memory.

A block has COLUMNS columns, 256 bytes of each row, and ROWS threads for each.  A thread has lanes
`row`, `row` + ROWS, … of a chunk: the first two steps of the tree over 32 lanes are its own, the
last three go through memory that the block shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import prod
from types import FunctionType
from typing import Any

from anhvm.kernels.cuda.ops import WARP, Shared, add, barrier, block, maximum, thread, uint64
from anhvm.kernels.cuda.reductions import MINUS_INF, ZERO, square
from anhvm.kernels.definitions.reductions import CHUNK

COLUMNS = 64
ROWS = 8  # so a thread has four lanes
THREADS = COLUMNS * ROWS


def _columns(take: Any, join: Any, start: Any) -> Any:
    parts = Shared(THREADS)

    def reduce(tiles: Any, length: Any, width: Any, chunks: Any, y: Any, x: Any) -> None:
        """y[o, w, c] = chunk c of column w of matrix o of x, which has `length` rows; a block for
        each of the `tiles` groups of columns and each chunk."""
        tile, chunk = block() % tiles, block() // tiles
        across = (width + COLUMNS - 1) // COLUMNS
        matrix, column = tile // across, tile % across * COLUMNS + thread() % COLUMNS
        row, shared = thread() // COLUMNS, parts()
        a0, a1, a2, a3 = start, start, start, start
        if column < width:
            r, last = chunk * CHUNK + row, min(length, (chunk + 1) * CHUNK)
            at, hop = (matrix * length + r) * width + column, ROWS * width
            while r + 7 * ROWS < last:
                x0, x1 = x[uint64(at)], x[uint64(at + hop)]
                x2, x3 = x[uint64(at + 2 * hop)], x[uint64(at + 3 * hop)]
                x4, x5 = x[uint64(at + 4 * hop)], x[uint64(at + 5 * hop)]
                x6, x7 = x[uint64(at + 6 * hop)], x[uint64(at + 7 * hop)]
                a0, a1, a2, a3 = take(a0, x0), take(a1, x1), take(a2, x2), take(a3, x3)
                a0, a1, a2, a3 = take(a0, x4), take(a1, x5), take(a2, x6), take(a3, x7)
                r += 2 * WARP
                at += 8 * hop
            while r < last:
                a0 = take(a0, x[uint64(at)])
                if r + ROWS < last:
                    a1 = take(a1, x[uint64(at + hop)])
                if r + 2 * ROWS < last:
                    a2 = take(a2, x[uint64(at + 2 * hop)])
                if r + 3 * ROWS < last:
                    a3 = take(a3, x[uint64(at + 3 * hop)])
                r += WARP
                at += 4 * hop
        shared[thread()] = join(join(a0, a2), join(a1, a3))
        barrier()
        if row == 0 and column < width:
            me = thread()
            s04 = join(shared[me], shared[me + 4 * COLUMNS])
            s15 = join(shared[me + COLUMNS], shared[me + 5 * COLUMNS])
            s26 = join(shared[me + 2 * COLUMNS], shared[me + 6 * COLUMNS])
            s37 = join(shared[me + 3 * COLUMNS], shared[me + 7 * COLUMNS])
            found = join(join(s04, s26), join(s15, s37))
            y[(matrix * width + column) * chunks + chunk] = found

    return reduce


SUM: FunctionType = _columns(add, add, ZERO)
SQUARES: FunctionType = _columns(square, add, ZERO)
MAX: FunctionType = _columns(maximum, maximum, MINUS_INF)


def matrices(dims: Sequence[int], mask: int) -> tuple[int, int, int] | None:
    """Matrices, rows and columns, where reducing the axes of `mask` goes down columns of them that
    are worth a block; else None."""
    axes = [(size, mask >> i & 1) for i, size in enumerate(dims) if size != 1]
    runs = [(flag, prod(s for s, _ in run)) for flag, run in groupby(axes, lambda axis: axis[1])]
    if [flag for flag, _ in runs[-2:]] != [1, 0] or len(runs) > 3 or runs[-1][1] < COLUMNS // 2:
        return None
    return (runs[0][1] if len(runs) == 3 else 1), runs[-2][1], runs[-1][1]
