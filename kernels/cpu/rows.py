"""Kernels over the last axis, fused: softmax, log-softmax, cross-entropy and their adjoints.

Each does the operations of its program in `kernels/table.py`, in that order, row by row.  A sum
over exponentials goes through workspace a chunk of N6 at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.labels import check_labels
from anhvm.kernels.cpu.maxima import row_max
from anhvm.kernels.cpu.memory import (
    address,
    dim,
    load_f32,
    load_i32,
    numel,
    planned,
    planned_shared,
    rank,
    shared,
    store_f32,
)
from anhvm.kernels.cpu.reduce_ir import CHUNK, rsum_row
from anhvm.kernels.cpu.scalar_math import exp32, log32

_ONE = np.float32(1)
_BUFFER = 4 * CHUNK


@njit(error_model="numpy")
def _chunks(count: Any) -> Any:
    return (count + CHUNK - 1) // CHUNK


@njit(error_model="numpy")
def _sum_exp(x: Any, shift: Any, count: Any, ws: Any) -> Any:
    """rsum(exp(x - shift)) of a row."""
    parts = ws + _BUFFER
    for c in range(_chunks(count)):
        length = min(CHUNK, count - c * CHUNK)
        at = x + c * _BUFFER
        for i in range(length):
            store_f32(ws, i, exp32(load_f32(at, i) - shift))
        store_f32(parts, c, rsum_row(ws, length))
    return load_f32(parts, 0) if count <= CHUNK else rsum_row(parts, _chunks(count))


@njit(error_model="numpy")
def _sum_product(a: Any, b: Any, count: Any, ws: Any) -> Any:
    """rsum(a * b) of two rows."""
    parts = ws + _BUFFER
    for c in range(_chunks(count)):
        length = min(CHUNK, count - c * CHUNK)
        left, right = a + c * _BUFFER, b + c * _BUFFER
        for i in range(length):
            store_f32(ws, i, load_f32(left, i) * load_f32(right, i))
        store_f32(parts, c, rsum_row(ws, length))
    return load_f32(parts, 0) if count <= CHUNK else rsum_row(parts, _chunks(count))


@njit(error_model="numpy")
def _softmax_row(x: Any, y: Any, count: Any) -> None:
    shift = row_max(x, count)
    for i in range(count):
        store_f32(y, i, exp32(load_f32(x, i) - shift))
    scale = _ONE / rsum_row(y, count)
    for i in range(count):
        store_f32(y, i, load_f32(y, i) * scale)


@njit(error_model="numpy")
def _last(p: Any) -> Any:
    return dim(p, 0, rank(p, 0) - 1)


def plan_rows(p: Any) -> Any:
    count = _last(p)
    return planned(p, numel(p, 0) // count, _BUFFER + 4 * _chunks(count))


def plan_losses(p: Any) -> Any:
    """A tile for the loss of each row, and one that takes their mean."""
    rows, classes = dim(p, 0, 0), dim(p, 0, 1)
    return planned_shared(p, rows, _BUFFER + 4 * _chunks(classes), 4 * rows)


def softmax(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    count = _last(p)
    for t in range(lo, hi):
        at = 4 * t * count
        _softmax_row(address(p, 0) + at, address(p, 1) + at, count)
    return 1


def softmax_grad(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    count = _last(p)
    for t in range(lo, hi):
        at = 4 * t * count
        y, u, d = address(p, 0) + at, address(p, 1) + at, address(p, 2) + at
        total = _sum_product(u, y, count, ws)
        for i in range(count):
            store_f32(d, i, load_f32(y, i) * (load_f32(u, i) - total))
    return 1


def log_softmax(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    count = _last(p)
    for t in range(lo, hi):
        x, y = address(p, 0) + 4 * t * count, address(p, 1) + 4 * t * count
        shift = row_max(x, count)
        log_total = log32(_sum_exp(x, shift, count, ws))
        for i in range(count):
            store_f32(y, i, (load_f32(x, i) - shift) - log_total)
    return 1


def log_softmax_grad(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    count = _last(p)
    for t in range(lo, hi):
        at = 4 * t * count
        y, u, d = address(p, 0) + at, address(p, 1) + at, address(p, 2) + at
        total = rsum_row(u, count)
        for i in range(count):
            store_f32(d, i, load_f32(u, i) - exp32(load_f32(y, i)) * total)
    return 1


def cross_entropy(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    rows, classes, losses = dim(p, 0, 0), dim(p, 0, 1), shared(p)
    for t in range(lo, min(hi, rows)):
        x = address(p, 0) + 4 * t * classes
        shift = row_max(x, classes)
        log_total = log32(_sum_exp(x, shift, classes, ws))
        value = (load_f32(x, load_i32(address(p, 1), t)) - shift) - log_total
        store_f32(losses, t, -value)
    if hi > rows:
        store_f32(address(p, 2), 0, rsum_row(losses, rows) / np.float32(rows))
    return 1


def cross_entropy_grad(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    rows, classes = dim(p, 0, 0), dim(p, 0, 1)
    scale = load_f32(address(p, 2), 0) / np.float32(rows)
    for t in range(lo, hi):
        at = 4 * t * classes
        d = address(p, 3) + at
        _softmax_row(address(p, 0) + at, d, classes)
        label = load_i32(address(p, 1), t)
        right = load_f32(d, label) - _ONE
        for i in range(classes):
            store_f32(d, i, load_f32(d, i) * scale)  # p - 0 is p
        store_f32(d, label, right * scale)
    return 1


FUNCTIONS: Mapping[str, Functions] = {
    "softmax": Functions(plan_rows, softmax),
    "softmax_grad": Functions(plan_rows, softmax_grad),
    "log_softmax": Functions(plan_rows, log_softmax),
    "log_softmax_grad": Functions(plan_rows, log_softmax_grad),
    "cross_entropy": Functions(plan_losses, cross_entropy, check_labels(0, 1)),
    "cross_entropy_grad": Functions(plan_rows, cross_entropy_grad, check_labels(0, 1)),
}
