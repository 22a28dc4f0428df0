"""Kernels that pick or place one element of each row at an i32 label."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import address, dim, load_f32, load_i32, planned, store_f32

_ZERO = np.float32(0)
_ONE = np.float32(1)


def check_labels(x: int, label: int) -> Callable[..., Any]:
    """A check that each label is a column of operand `x`."""

    def check(p: Any) -> Any:
        labels, classes = address(p, label), dim(p, x, 1)
        for r in range(dim(p, label, 0)):
            value = load_i32(labels, r)
            if value < 0 or value >= classes:
                return r
        return -1

    return check


def _plan(x: int) -> Callable[..., Any]:
    """A tile is a row of operand `x`."""

    def plan(p: Any) -> Any:
        return planned(p, dim(p, x, 0), 0)

    return plan


@njit(error_model="numpy")
def _place(y: Any, classes: Any, row: Any, label: Any, value: Any) -> None:
    for i in range(row * classes, (row + 1) * classes):
        store_f32(y, i, _ZERO)
    store_f32(y, row * classes + label, value)


def pick_label(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    x, labels, y, classes = address(p, 0), address(p, 1), address(p, 2), dim(p, 0, 1)
    for t in range(lo, hi):
        store_f32(y, t, load_f32(x, t * classes + load_i32(labels, t)))
    return 1


def place_label(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    u, labels, y, classes = address(p, 0), address(p, 1), address(p, 3), dim(p, 2, 1)
    for t in range(lo, hi):
        _place(y, classes, t, load_i32(labels, t), load_f32(u, t))
    return 1


def one_hot(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    labels, y, classes = address(p, 0), address(p, 2), dim(p, 1, 1)
    for t in range(lo, hi):
        _place(y, classes, t, load_i32(labels, t), _ONE)
    return 1


FUNCTIONS: Mapping[str, Functions] = {
    "pick_label": Functions(_plan(0), pick_label, check_labels(0, 1)),
    "place_label": Functions(_plan(2), place_label, check_labels(2, 1)),
    "one_hot": Functions(_plan(1), one_hot, check_labels(1, 0)),
}
