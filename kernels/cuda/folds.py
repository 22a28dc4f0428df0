"""Sums and maxima over axes: what the host does for the kernels of `reductions` and `columns`.

Each takes the `CudaKernels` that runs it, then what every family takes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from anhvm.kernels.cuda import columns, moves, reductions
from anhvm.kernels.cuda.parts import Family
from anhvm.kernels.cuda.walks import contiguous, step
from anhvm.kernels.definitions.reductions import CHUNK
from anhvm.kernels.shapes import Dims, Type

Code = Callable[..., None]
_REDUCTIONS = {
    "sum": (reductions.SUM, reductions.SUM, columns.SUM),
    "sum_squares": (reductions.SQUARES, reductions.SUM, columns.SQUARES),
    "max": (reductions.MAX, reductions.MAX, columns.MAX),
}


def split(run: Any, dims: Dims, mask: int) -> tuple[int, int, Any, Any]:
    """Reductions, elements of each, and the walks over kept and over reduced axes."""
    strides = contiguous(dims)
    kept = [i for i in range(len(dims)) if not mask >> i & 1]
    along = [i for i in range(len(dims)) if mask >> i & 1]
    sizes, views = [], []
    for axes in (kept, along):
        sizes.append(prod(dims[i] for i in axes))
        views.append(run._view([dims[i] for i in axes], [strides[i] for i in axes]))
    return sizes[0], sizes[1], views[0], views[1]


def reduce(run: Any, name: str, x: Sequence[Any], attrs: Sequence[int], kind: Type) -> Any:
    first, then, down = _REDUCTIONS[name]
    count, length, kept, along = split(run, x[0].dims, attrs[0])
    data, kernel, near = x[0].data, first[0], _near(x[0].dims, attrs[0])
    if near is not None:
        kernel, along = first[1], near
    matrices = columns.matrices(x[0].dims, attrs[0])
    while True:
        chunks = max(-(-length // CHUNK), 1)
        y = run._device.empty(count * chunks, np.float32)
        if matrices:
            _down(run, down, matrices, chunks, y, data)
        else:
            run._warps(kernel, count * chunks, length, chunks, y, data, kept, along)
        if chunks == 1:
            return replace(x[0], data=y, type=kind)
        data, kernel, length, matrices = y, then[1], chunks, None
        kept, along = run._view([count], [chunks]), 1


def _down(
    run: Any, kernel: Code, sizes: tuple[int, int, int], chunks: int, y: Any, data: Any
) -> None:
    """Launches a block for each group of columns and each chunk of their rows."""
    matrices, rows, width = sizes
    if tiles := matrices * -(-width // columns.COLUMNS):
        args = (tiles, rows, width, chunks, y, data)
        run._device.launch(kernel, tiles * chunks, columns.THREADS, *args)


def _argmax(run: Any, name: str, x: Sequence[Any], attrs: Sequence[int], kind: Type) -> Any:
    count, length, kept, along = split(run, x[0].dims, attrs[0])
    kernel, rivals = reductions.WINNERS, None
    while True:
        chunks = max(-(-length // CHUNK), 1)
        y = run._device.empty(count * chunks, np.int32)
        args = (y, y if rivals is None else rivals, x[0].data, kept, along)
        run._warps(kernel, count * chunks, length, chunks, *args)
        if chunks == 1:
            return replace(x[0], data=y, type=kind)
        kernel, rivals, length = reductions.WINNERS_OF_RIVALS, y, chunks


def _max_pick(run: Any, name: str, x: Sequence[Any], attrs: Sequence[int], kind: Type) -> Any:
    where, y = _argmax(run, name, x, attrs, kind), run._new(kind)
    count, _, kept, along = split(run, x[0].dims, attrs[0])
    run._each(moves.pick_along, count, y.data, x[1].data, where.data, kept, along)
    return y


def _max_grad(run: Any, name: str, x: Sequence[Any], attrs: Sequence[int], kind: Type) -> Any:
    where, y = _argmax(run, name, x, attrs, x[1].type), run._new(kind)
    _, length, kept, along = split(run, x[0].dims, attrs[0])
    args = (length, y.data, x[1].data, where.data, kept, along)
    run._each(moves.place_along, y.count, *args)
    return y


def _near(dims: Dims, mask: int) -> int | None:
    """The stride along the reduced axes, where they are as good as one."""
    axes = [i for i in range(len(dims)) if mask >> i & 1]
    strides = contiguous(dims)
    return step([dims[i] for i in axes], [strides[i] for i in axes])


FOLDS: Mapping[str, Family] = {
    **dict.fromkeys(_REDUCTIONS, reduce),
    "argmax": _argmax,
    "max_grad": _max_grad,
    "max_pick": _max_pick,
}
