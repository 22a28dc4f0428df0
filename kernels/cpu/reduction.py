"""Where the elements of a reduction lie: shared by sums and maxima over a mask of axes.

For operand X of dims S and the mask `axes`, the reduced axes flattened row-major have `count`
elements and the kept ones `kept`; of these, the trailing `inner` lie side by side.  The reduction
is *regular* when the reduced axes are one run of neighbours: then element r of output (o, i) lies
at (o * count + r) * inner + i.  Otherwise it is gathered with walks.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from anhvm.kernels.cpu.broadcast import WALK_BYTES, walk_axis, walk_on, walk_runs, walk_to
from anhvm.kernels.cpu.memory import dim, load_f32, rank, store_f32

GATHER_BYTES = 2 * WALK_BYTES


@njit(error_model="numpy")
def counts(p: Any, x: Any, axes: Any) -> Any:
    """(count, kept, inner, regular)."""
    count, kept, inner, run = 1, 1, 1, 1
    state = 0  # 0: trailing kept axes, 1: the run of reduced axes, 2: beyond
    axis = rank(p, x) - 1
    while axis >= 0:
        size = dim(p, x, axis)
        if axes >> axis & 1:
            count *= size
            if size != 1:
                state = 1 if state < 2 else 3
                run *= size
        else:
            kept *= size
            if size != 1:
                if state == 0:
                    inner *= size
                elif state == 1:
                    state = 2
        axis -= 1
    return count, kept, inner, state < 3


@njit(error_model="numpy")
def walks(p: Any, x: Any, axes: Any, ws: Any) -> Any:
    """Sets up the walk over kept axes at `ws` and over reduced axes behind it; their lengths."""
    kept_axes, reduced_axes, stride = 0, 0, 1
    for axis in range(rank(p, x)):
        if axes >> axis & 1:
            reduced_axes += 1
        else:
            kept_axes += 1
    k, r = kept_axes, reduced_axes
    axis = rank(p, x) - 1
    while axis >= 0:
        size = dim(p, x, axis)
        if axes >> axis & 1:
            r -= 1
            walk_axis(ws + WALK_BYTES, r, size, stride)
        else:
            k -= 1
            walk_axis(ws, k, size, stride)
        stride *= size
        axis -= 1
    return kept_axes, reduced_axes


@njit(error_model="numpy")
def gather(source: Any, walk: Any, axes: Any, start: Any, length: Any, to: Any) -> None:
    """Copies elements [start, start + length) in the order of the walk to `to`."""
    run, outer = walk_runs(walk, axes)
    offset, skip, done = walk_to(walk, outer, start // run), start % run, 0
    if run == 1:
        for i in range(length):
            store_f32(to, i, load_f32(source, offset))
            offset = walk_on(walk, outer, offset)
        return
    while done < length:
        more = min(run - skip, length - done)
        for i in range(more):
            store_f32(to, done + i, load_f32(source, offset + skip + i))
        done += more
        skip = 0
        offset = walk_on(walk, outer, offset)
