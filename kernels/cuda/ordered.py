"""Running sums and order: what the host does for the kernels of `orders`.

Each takes the `CudaKernels` that runs it, then what every family takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from anhvm.kernels.cuda import orders
from anhvm.kernels.cuda.elementwise import generator
from anhvm.kernels.cuda.folds import split
from anhvm.kernels.cuda.parts import Family
from anhvm.kernels.shapes import Type


def _scan(run: Any, name: str, x: Sequence[Any], attrs: Sequence[int], kind: Type) -> Any:
    y = run._new(kind)
    count, length, kept, along = split(run, kind.dims, attrs[0])
    args = (length, int(name == "cumsum_back"), y.data, x[0].data, kept, along)
    run._each(orders.scan, count, *args)
    return y


def _top_k(run: Any, name: str, x: Sequence[Any], attrs: Sequence[int], kind: Type) -> Any:
    keys = run._device.empty(x[0].count, np.uint64)
    run._each(orders.order_key, x[0].count, keys, x[0].data)
    return _sorted(run, keys, x[0].dims[-1], kind)


def _permutation(run: Any, name: str, x: Sequence[Any], attrs: Sequence[int], kind: Type) -> Any:
    count = prod(kind.dims)
    keys = run._device.empty(count, np.uint64)
    run._each(generator(name), count, keys, x[0].data, x[1].data)
    return replace(_sorted(run, keys, count, Type(kind.dtype, (1, count))), type=kind)


def _sorted(run: Any, keys: Any, length: int, kind: Type) -> Any:
    """In each row of `length` keys the indices of the first in order, as many as `kind` has."""
    (*front, kept), width = kind.dims, 1 << max(length - 1, 0).bit_length()
    rows = prod(front)
    wide = run._device.empty(rows * width, np.uint64)
    index = run._new(Type(kind.dtype, (rows, width)))
    if rows * kept:
        run._each(orders.widen, rows * width, length, width, wide, index.data, keys)
    size = 2
    while size <= width and rows * kept:
        for back in range(size.bit_length() - 2, -1, -1):
            run._each(orders.exchange, rows * width // 2, width, size, 1 << back, wide, index.data)
        size *= 2
    places = Type(kind.dtype, (rows, kept))
    return replace(run._copy(index, places, [width, 1]), type=kind)


def _along(run: Any, name: str, x: Sequence[Any], attrs: Sequence[int], kind: Type) -> Any:
    y = run._new(kind)
    places, other = name == "place_along", x[1 if name == "place_along" else 0]
    kernel = orders.place_along if places else orders.take_along
    run._each(kernel, y.count, kind.dims[-1], other.dims[-1], y.data, x[0].data, x[1].data)
    return y


ORDERED: Mapping[str, Family] = {
    "cumsum": _scan,
    "cumsum_back": _scan,
    "take_along": _along,
    "place_along": _along,
    "top_k_index": _top_k,
    "permutation": _permutation,
}
