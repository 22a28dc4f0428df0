"""Batch norm, fused: each kept element does the operations of its program in order.

A tile is one kept element, or a strip of columns where the reduced axes are neighbours and others
follow.  What a sum needs is laid down in the output, which is overwritten at last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu import squares, sums
from anhvm.kernels.cpu.broadcast import WALK_BYTES, walk_on, walk_runs, walk_to
from anhvm.kernels.cpu.elementwise import root32
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import (
    address,
    attribute,
    load_f32,
    load_i64,
    store_f32,
    store_i64,
)
from anhvm.kernels.cpu.reduce_ir import CHUNK
from anhvm.kernels.cpu.reduction import GATHER_BYTES, counts, walks
from anhvm.kernels.cpu.scalar_math import f32_fma

STRIP = sums.STRIP
_ROW = 4 * STRIP  # bytes of one number for each column of a strip
_ONE = np.float32(1)


def plan(p: Any) -> Any:
    """That of `squares`, and behind it three rows of a strip."""
    status = squares.plan(p)
    store_i64(p, 1, load_i64(p, 1) + 3 * _ROW)
    return status


def _over_runs(step: Any) -> Any:
    """``step(x, u, y, i, mean, r, gamma, more)`` for each element i of a walk, run by run."""

    @njit(error_model="numpy")
    def each(
        x: Any, u: Any, y: Any, walk: Any, axes: Any, count: Any, mean: Any, r: Any, gamma: Any,
        more: Any,
    ) -> None:  # fmt: skip
        run, outer = walk_runs(walk, axes)
        offset = walk_to(walk, outer, 0)
        for _ in range(count // run):
            for i in range(offset, offset + run):
                step(x, u, y, i, mean, r, gamma, more)
            offset = walk_on(walk, outer, offset)

    return each


@_over_runs
@njit(error_model="numpy")
def _apply(x: Any, u: Any, y: Any, i: Any, mean: Any, r: Any, gamma: Any, beta: Any) -> None:
    store_f32(y, i, f32_fma((load_f32(x, i) - mean) * r, gamma, beta))


@_over_runs
@njit(error_model="numpy")
def _products(x: Any, u: Any, d: Any, i: Any, mean: Any, r: Any, gamma: Any, more: Any) -> None:
    """w * h."""
    store_f32(d, i, (load_f32(u, i) * gamma) * ((load_f32(x, i) - mean) * r))


@_over_runs
@njit(error_model="numpy")
def _bent(x: Any, u: Any, d: Any, i: Any, mean: Any, r: Any, gamma: Any, share: Any) -> None:
    """r * (w - h * share)."""
    h = (load_f32(x, i) - mean) * r
    store_f32(d, i, r * (load_f32(u, i) * gamma - h * share))


@_over_runs
@njit(error_model="numpy")
def _lowered(x: Any, u: Any, d: Any, i: Any, mean: Any, r: Any, gamma: Any, lower: Any) -> None:
    store_f32(d, i, load_f32(d, i) - lower)


@njit(error_model="numpy")
def _statistics(x: Any, count: Any, inner: Any, wide: Any, eps: Any, at: Any, ws: Any) -> None:
    """Mean and 1 / sqrt(var + eps) of `wide` columns at `at`, a row of a strip each."""
    size, parts = np.float32(count), at + 3 * _ROW
    sums.strip(x, count, inner, wide, at, size, ws)
    squares.squares_strip(x, count, inner, wide, at, at + _ROW, size, parts, ws)
    for j in range(wide):
        store_f32(at + _ROW, j, _ONE / root32(load_f32(at + _ROW, j) + eps))


@njit(error_model="numpy")
def _strip_grad(
    x: Any, u: Any, d: Any, count: Any, inner: Any, wide: Any, gamma: Any, at: Any, ws: Any
) -> None:
    """The adjoint of a strip whose statistics are at `at`."""
    size, share = np.float32(count), at + 2 * _ROW
    for row in range(count):
        here = 4 * row * inner
        for j in range(wide):
            h = (load_f32(x + here, j) - load_f32(at, j)) * load_f32(at + _ROW, j)
            store_f32(d + here, j, (load_f32(u + here, j) * load_f32(gamma, j)) * h)
    sums.strip(d, count, inner, wide, share, size, ws)
    for row in range(count):
        here = 4 * row * inner
        for j in range(wide):
            r = load_f32(at + _ROW, j)
            h = (load_f32(x + here, j) - load_f32(at, j)) * r
            w = load_f32(u + here, j) * load_f32(gamma, j)
            store_f32(d + here, j, r * (w - h * load_f32(share, j)))
    sums.strip(d, count, inner, wide, share, size, ws)
    for row in range(count):
        here = 4 * row * inner
        for j in range(wide):
            store_f32(d + here, j, load_f32(d + here, j) - load_f32(share, j))


@njit(error_model="numpy")
def _strip_apply(
    x: Any, y: Any, count: Any, inner: Any, wide: Any, mean: Any, r: Any, gamma: Any, beta: Any
) -> None:
    for row in range(count):
        here = 4 * row * inner
        for j in range(wide):
            h = (load_f32(x + here, j) - load_f32(mean, j)) * load_f32(r, j)
            store_f32(y + here, j, f32_fma(h, load_f32(gamma, j), load_f32(beta, j)))


@njit(error_model="numpy")
def _strip_of(t: Any, count: Any, inner: Any) -> Any:
    """Columns of tile t, and the bytes before it in a row of weights and in x."""
    strips = (inner + STRIP - 1) // STRIP
    outer, first = t // strips, t % strips * STRIP
    start = 4 * (outer * count * inner + first)
    return min(STRIP, inner - first), 4 * (outer * inner + first), start


@njit(error_model="numpy")
def _room(count: Any, inner: Any) -> Any:
    """Where the rows of a strip begin in workspace."""
    return sums.BUFFER + 4 * max((count + CHUNK - 1) // CHUNK, 1) * min(inner, STRIP)


@njit(error_model="numpy")
def _moments(x: Any, walk: Any, axes: Any, count: Any, eps: Any, room: Any) -> Any:
    """Mean and 1 / sqrt(var + eps) of the elements of a walk."""
    size = np.float32(count)
    mean = sums.gathered(x, walk, axes, count, room) / size
    total = squares.squares_gathered(x, walk, axes, count, mean, room)
    return mean, _ONE / root32(total / size + eps)


def batch_norm(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    mask = attribute(p, 0)
    count, _, inner, regular = counts(p, 0, mask)
    x, gamma, beta, y = address(p, 0), address(p, 1), address(p, 2), address(p, 4)
    eps = load_f32(address(p, 3), 0)
    if regular and inner > 1:
        at = ws + _room(count, inner)
        for t in range(lo, hi):
            wide, kept, start = _strip_of(t, count, inner)
            _statistics(x + start, count, inner, wide, eps, at, ws)
            _strip_apply(x + start, y + start, count, inner, wide, at, at + _ROW, gamma + kept,
                         beta + kept)  # fmt: skip
        return 1
    kept_axes, axes = walks(p, 0, mask, ws)
    walk = ws + WALK_BYTES
    for t in range(lo, hi):
        base = 4 * walk_to(ws, kept_axes, t)
        mean, r = _moments(x + base, walk, axes, count, eps, ws + GATHER_BYTES)
        scale, shift = load_f32(gamma, t), load_f32(beta, t)
        _apply(x + base, 0, y + base, walk, axes, count, mean, r, scale, shift)
    return 1


def batch_norm_grad(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    mask = attribute(p, 0)
    count, _, inner, regular = counts(p, 0, mask)
    x, u, gamma, d = address(p, 0), address(p, 1), address(p, 2), address(p, 4)
    eps, size = load_f32(address(p, 3), 0), np.float32(count)
    if regular and inner > 1:
        at = ws + _room(count, inner)
        for t in range(lo, hi):
            wide, kept, start = _strip_of(t, count, inner)
            _statistics(x + start, count, inner, wide, eps, at, ws)
            _strip_grad(x + start, u + start, d + start, count, inner, wide, gamma + kept, at, ws)
        return 1
    kept_axes, axes = walks(p, 0, mask, ws)
    walk, room = ws + WALK_BYTES, ws + GATHER_BYTES
    for t in range(lo, hi):
        base, scale = 4 * walk_to(ws, kept_axes, t), load_f32(gamma, t)
        here, above, to = x + base, u + base, d + base
        mean, r = _moments(here, walk, axes, count, eps, room)
        _products(here, above, to, walk, axes, count, mean, r, scale, size)
        share = sums.gathered(to, walk, axes, count, room) / size
        _bent(here, above, to, walk, axes, count, mean, r, scale, share)
        lower = sums.gathered(to, walk, axes, count, room) / size
        _lowered(here, above, to, walk, axes, count, mean, r, scale, lower)
    return 1


def batch_norm_infer(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    mask = attribute(p, 0)
    count, _, inner, regular = counts(p, 0, mask)
    x, mean, var, gamma = address(p, 0), address(p, 1), address(p, 2), address(p, 3)
    beta, eps, y = address(p, 4), load_f32(address(p, 5), 0), address(p, 6)
    if regular and inner > 1:
        at = ws + _room(count, inner)
        for t in range(lo, hi):
            wide, kept, start = _strip_of(t, count, inner)
            for j in range(wide):
                store_f32(at, j, _ONE / root32(load_f32(var + kept, j) + eps))
            _strip_apply(x + start, y + start, count, inner, wide, mean + kept, at, gamma + kept,
                         beta + kept)  # fmt: skip
        return 1
    if count == 0:
        return 1
    kept_axes, axes = walks(p, 0, mask, ws)
    for t in range(lo, hi):
        base, r = 4 * walk_to(ws, kept_axes, t), _ONE / root32(load_f32(var, t) + eps)
        scale, shift = load_f32(gamma, t), load_f32(beta, t)
        _apply(x + base, 0, y + base, ws + WALK_BYTES, axes, count, load_f32(mean, t), r, scale,
               shift)  # fmt: skip
    return 1


FUNCTIONS: Mapping[str, Functions] = {
    "batch_norm": Functions(plan, batch_norm),
    "batch_norm_grad": Functions(plan, batch_norm_grad),
    "batch_norm_infer": Functions(plan, batch_norm_infer),
}
