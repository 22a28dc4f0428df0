"""Rows picked, placed and added up by labels: what the host does for the kernels of `moves`.

Each takes the `CudaKernels` that runs it, then what every family takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from anhvm.kernels.cuda import moves
from anhvm.kernels.cuda.parts import Family
from anhvm.kernels.cuda.walks import contiguous
from anhvm.kernels.shapes import Type

_SCATTER_THREADS = 1 << 16  # each reads all indices


def _pick_label(run: Any, name: str, x: Sequence[Any], attrs: Sequence[int], kind: Type) -> Any:
    y = run._new(kind)
    run._each(moves.pick_label, y.count, x[0].dims[1], y.data, x[0].data, x[1].data)
    return y


def _gather(run: Any, name: str, x: Sequence[Any], attrs: Sequence[int], kind: Type) -> Any:
    y = run._new(kind)
    run._each(moves.gather, y.count, kind.dims[-1], y.data, x[0].data, x[1].data)
    return y


def _scatter_add(run: Any, name: str, x: Sequence[Any], attrs: Sequence[int], kind: Type) -> Any:
    y = run._copy(x[0], kind, contiguous(kind.dims))
    rows, width = kind.dims
    groups = min(rows, -(-_SCATTER_THREADS // max(width, 1)))
    args = (-(-rows // max(groups, 1)), x[1].count, y.data, x[1].data, x[2].data)
    run._each(moves.scatter_add, groups * width, width, *args)
    return y


def _place_label(run: Any, name: str, x: Sequence[Any], attrs: Sequence[int], kind: Type) -> Any:
    y = run._new(kind)
    one = name == "one_hot"
    u = run._tensor(np.ones(1, np.float32)) if one else x[0]
    args = (kind.dims[1], y.data, u.data, 0 if one else 1, x[0 if one else 1].data)
    run._each(moves.place_label, y.count, *args)
    return y


LABELS: Mapping[str, Family] = {
    **dict.fromkeys(("place_label", "one_hot"), _place_label),
    "pick_label": _pick_label,
    "gather": _gather,
    "scatter_add": _scatter_add,
}
