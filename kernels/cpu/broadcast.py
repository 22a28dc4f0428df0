"""Walks over axes with strides, and operands laid out as the output wants them.

A *walk* is a small table in workspace: for each axis its dim, the stride of the operand in
elements, and the coordinate.  Walks are advanced run by run, like an odometer, so that no element
costs a division.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import njit

from anhvm.kernels.cpu.memory import (
    MAX_RANK,
    address,
    dim,
    load_bool,
    load_f32,
    load_i8,
    load_i64,
    rank,
    store_bool,
    store_f32,
    store_i8,
    store_i64,
)

WALK_BYTES = 3 * 8 * MAX_RANK
_STRIDE, _AT = MAX_RANK, 2 * MAX_RANK


@njit(error_model="numpy")
def walk_axis(walk: Any, axis: Any, size: Any, stride: Any) -> None:
    """Describes one axis of a walk; axis 0 is the slowest."""
    store_i64(walk, axis, size)
    store_i64(walk, _STRIDE + axis, stride)


@njit(error_model="numpy")
def walk_runs(walk: Any, axes: Any) -> Any:
    """(length, outer): the axes from `outer` on lie side by side, `length` elements in a row."""
    length, outer = 1, axes
    while outer > 0:
        size, stride = load_i64(walk, outer - 1), load_i64(walk, _STRIDE + outer - 1)
        if size != 1 and stride != length:
            break
        length *= size
        outer -= 1
    return length, outer


@njit(error_model="numpy")
def walk_to(walk: Any, axes: Any, index: Any) -> Any:
    """Puts the walk at row-major position `index` and returns the offset there."""
    offset = 0
    for i in range(axes):
        axis = axes - 1 - i
        size = load_i64(walk, axis)
        at = index % size
        index //= size
        store_i64(walk, _AT + axis, at)
        offset += at * load_i64(walk, _STRIDE + axis)
    return offset


@njit(error_model="numpy")
def walk_on(walk: Any, axes: Any, offset: Any) -> Any:
    """Advances the walk by one position and returns the offset there."""
    axis = axes - 1
    while axis >= 0:
        stride = load_i64(walk, _STRIDE + axis)
        at = load_i64(walk, _AT + axis) + 1
        offset += stride
        if at < load_i64(walk, axis):
            store_i64(walk, _AT + axis, at)
            return offset
        offset -= at * stride
        store_i64(walk, _AT + axis, 0)
        axis -= 1
    return offset


def _expander(load: Callable[..., Any], store: Callable[..., Any], size_of: int) -> Any:
    @njit(error_model="numpy")
    def period(source: Any, length: Any, skip: Any, to: Any, at: Any, count: Any) -> None:
        """`length` elements again and again, from the one at `skip`."""
        first = min(length - skip, count)
        for i in range(first):
            store(to, at + i, load(source, skip + i))
        for i in range(first, min(length, count)):
            store(to, at + i, load(source, i - first))
        filled = length
        while filled < count:
            more = min(filled, count - filled)
            for i in range(more):
                store(to, at + filled + i, load(to, at + i))
            filled += more

    @njit(error_model="numpy")
    def stretch(source: Any, times: Any, skip: Any, to: Any, at: Any, count: Any) -> None:
        """Each element `times` in a row, from position `skip` of the result."""
        element, done, phase = skip // times, 0, skip % times
        while done < count:
            value, more = load(source, element), min(times - phase, count - done)
            for i in range(more):
                store(to, at + done + i, value)
            done += more
            phase = 0
            element += 1

    @njit(error_model="numpy")
    def expand(
        p: Any, operand: Any, output: Any, start: Any, count: Any, to: Any, walk: Any
    ) -> None:
        """Elements [start, start + count) of `operand` broadcast to the dims of `output`.

        The innermost axes of the output form a block: a run of axes that are all copied, or all
        repeated, and the run of the other kind around it.  A walk goes from block to block.
        """
        missing = rank(p, output) - rank(p, operand)
        run, around, runs, copied = 1, 1, 0, True
        axis, stride = rank(p, output) - 1, 1
        while axis >= 0:
            size = dim(p, output, axis)
            own = dim(p, operand, axis - missing) if axis >= missing else 1
            if size > 1:
                if runs == 0:
                    runs, copied = 1, own > 1
                elif (own > 1) != (copied if runs == 1 else not copied):
                    runs += 1
                if runs == 3:
                    break
                if runs == 1:
                    run *= size
                else:
                    around *= size
            stride *= own
            axis -= 1
        axes = axis + 1
        while axis >= 0:
            own = dim(p, operand, axis - missing) if axis >= missing else 1
            walk_axis(walk, axis, dim(p, output, axis), stride if own > 1 else 0)
            stride *= own
            axis -= 1
        block = run * around
        offset = walk_to(walk, axes, start // block)
        skip = start % block
        done = 0
        while done < count:
            length = min(block - skip, count - done)
            source = address(p, operand) + size_of * offset
            if copied:
                period(source, run, skip % run, to, done, length)
            else:
                stretch(source, run, skip, to, done, length)
            done += length
            skip = 0
            offset = walk_on(walk, axes, offset)

    return expand


expand_f32 = _expander(load_f32, store_f32, 4)
expand_i8 = _expander(load_i8, store_i8, 1)
expand_bool = _expander(load_bool, store_bool, 1)
