"""Where the elements of a strided view lie: a table that the host makes and a kernel reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.signature import MAX_RANK

_STRIDES, _LENGTH = MAX_RANK, 2 * MAX_RANK


def walk(dims: Sequence[int], strides: Sequence[int]) -> NDArray[np.int64]:
    """The table of a view, as few axes as describe it: i64[13], read by `strided`."""
    axes: list[tuple[int, int]] = []
    for size, stride in zip(dims, strides, strict=True):
        if size == 1:
            continue
        if axes and axes[-1][1] == size * stride:
            axes[-1] = (axes[-1][0] * size, stride)
        else:
            axes.append((size, stride))
    table = np.zeros(_LENGTH + 1, np.int64)
    for i, (size, stride) in enumerate(axes):
        table[i], table[_STRIDES + i] = size, stride
    table[_LENGTH] = len(axes)
    return table


def step(dims: Sequence[int], strides: Sequence[int]) -> int | None:
    """The stride of the one axis that describes a view; None where it takes more."""
    table = walk(dims, strides)
    return int(table[_STRIDES]) if table[_LENGTH] <= 1 else None


def contiguous(dims: Sequence[int]) -> list[int]:
    """Strides in elements of a row-major tensor."""
    strides, step = [], 1
    for size in reversed(dims):
        strides.append(step)
        step *= size
    return strides[::-1]


def broadcast(dims: Sequence[int], to: Sequence[int]) -> list[int]:
    """Strides that read a tensor of `dims` as one of dims `to`."""
    own = contiguous(dims)
    missing = len(to) - len(dims)
    return [0] * missing + [0 if d == 1 else s for d, s in zip(dims, own, strict=True)]


def strided(index: Any, table: Any) -> Any:
    """Offset of the element at row-major position `index`; no division where there is one axis."""
    offset = 0
    for back in range(table[_LENGTH] - 1):
        axis = table[_LENGTH] - 1 - back
        size = table[axis]
        above = index // size
        offset += (index - above * size) * table[_STRIDES + axis]
        index = above
    return offset + index * table[_STRIDES]
