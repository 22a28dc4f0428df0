"""Kernels that move, pick and place elements."""

from __future__ import annotations

from typing import Any

import numpy as np

from anhvm.kernels.cuda.ops import THREADS, add, block, int32, thread
from anhvm.kernels.cuda.walks import strided

_ZERO = np.float32(0)


def copy(count: Any, y: Any, x: Any, view: Any) -> None:
    """y[i] = x[view(i)]."""
    i = block() * THREADS + thread()
    if i < count:
        y[i] = x[strided(i, view)]


def spread(count: Any, y: Any, x: Any, view: Any) -> None:
    """y[view(i)] = x[i]."""
    i = block() * THREADS + thread()
    if i < count:
        y[strided(i, view)] = x[i]


def unfold(count: Any, y: Any, x: Any, g: Any, view: Any) -> None:
    """Element i of [planes, taps down and across, places down and across] goes to y[view(i)].

    `g` is a table of these four sizes, then height and width of a plane, where place 0 meets tap 0,
    and the steps from tap to tap and from place to place; +0 stands outside of the plane.
    """
    i = block() * THREADS + thread()
    if i < count:
        line = i // g[3]
        place = line // g[2]
        tap = place // g[1]
        plane = tap // g[0]
        row = g[6] + (tap - plane * g[0]) * g[8] + (line - place * g[2]) * g[9]
        column = g[7] + (place - tap * g[1]) * g[8] + (i - line * g[3]) * g[9]
        inside = row >= 0 and row < g[4] and column >= 0 and column < g[5]
        y[strided(i, view)] = x[(plane * g[4] + row) * g[5] + column] if inside else _ZERO


def sees(count: Any, width: Any, first: Any, y: Any) -> None:
    """y[i, j] = whether query i sees key first + j."""
    at = block() * THREADS + thread()
    if at < count:
        i = at // width
        y[at] = first + at - i * width <= i


def lower(count: Any, rows: Any, columns: Any, y: Any, x: Any, other: Any) -> None:
    """y = x on and below the diagonal of each matrix, `other` above it."""
    i = block() * THREADS + thread()
    if i < count:
        row = i // columns
        column = i - row * columns
        y[i] = x[i] if column <= row - row // rows * rows else other[0]


def product_i8(count: Any, m: Any, n: Any, depth: Any, y: Any, a: Any, b: Any) -> None:
    """An element of a product of i8 for each thread; sums of integers need no order."""
    i = block() * THREADS + thread()
    if i < count:
        row = i // n
        left, right = row * depth, row // m * depth * n + i - row * n
        total = int32(0)
        for k in range(depth):
            total += int32(a[left + k]) * int32(b[right + k * n])
        y[i] = total


def pick_along(count: Any, y: Any, x: Any, where: Any, kept: Any, along: Any) -> None:
    """y[o] = element where[o] of reduction o of x."""
    o = block() * THREADS + thread()
    if o < count:
        y[o] = x[strided(o, kept) + strided(where[o], along)]


def place_along(count: Any, length: Any, y: Any, u: Any, where: Any, kept: Any, along: Any) -> None:
    """Element r of reduction o of y is u[o] where r is where[o], else +0."""
    i = block() * THREADS + thread()
    if i < count:
        o = i // length
        r = i - o * length
        y[strided(o, kept) + strided(r, along)] = u[o] if where[o] == r else _ZERO


def pick_label(count: Any, classes: Any, y: Any, x: Any, label: Any) -> None:
    """y[r] = x[r, label[r]]."""
    r = block() * THREADS + thread()
    if r < count:
        y[r] = x[r * classes + label[r]]


def place_label(count: Any, classes: Any, y: Any, u: Any, step: Any, label: Any) -> None:
    """y[r, c] = u[r * step] where c is label[r], else +0."""
    i = block() * THREADS + thread()
    if i < count:
        r = i // classes
        y[i] = u[r * step] if label[r] == i - r * classes else _ZERO


def gather(count: Any, width: Any, y: Any, w: Any, index: Any) -> None:
    """y[i, j] = w[index[i], j]."""
    at = block() * THREADS + thread()
    if at < count:
        i = at // width
        y[at] = w[index[i] * width + at - i * width]


def scatter_add(count: Any, width: Any, share: Any, total: Any, y: Any, index: Any, u: Any) -> None:
    """y[index[i], j] += u[i, j], i ascending below `total`.

    A thread owns column j of `share` rows of y and reads all indices for its own.
    """
    at = block() * THREADS + thread()
    if at < count:
        group = at // width
        j, first = at - group * width, group * share
        for i in range(total):
            row = index[i] - first
            if row >= 0 and row < share:
                place = (first + row) * width + j
                y[place] = add(y[place], u[i * width + j])
