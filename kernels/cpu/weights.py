"""The gradient of conv2d for its weights (N8): adjoints times windows, k over (n, y, x).

A tile is one channel of the weights of one group.  A worker takes neighbouring channels together.
For each block of k it lays the lines of the image side by side, and turns them into *strips*: for
each y of the output, column by column, the values that a window there meets.  So a window is one
run of values, and the next begins a few columns further on: no window is ever unfolded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.matmul import BLOCK, LANES, PANEL, transpose
from anhvm.kernels.cpu.matmul_ir import make_transpose
from anhvm.kernels.cpu.memory import (
    address,
    attribute,
    dim,
    load_f32,
    planned,
    store_f32,
    store_i64,
)
from anhvm.kernels.cpu.planes import SLACK, lines, spaced
from anhvm.kernels.cpu.windows import make_block

COLUMNS = 512  # columns of the weights that are multiplied together, unless a channel has more
ROOM = BLOCK + LANES  # floats from adjoints to adjoints, which are written by whole vectors
_NARROW = 8
_multiply, _few = make_block(4 * ROOM), make_transpose(min(_NARROW, LANES))
_ZERO = np.float32(0)


@njit(error_model="numpy")
def _channels(p: Any) -> Any:
    """Channels that are taken together, at most."""
    return min(dim(p, 3, 1), max(1, COLUMNS // (dim(p, 3, 2) * dim(p, 3, 3))))


@njit(error_model="numpy")
def _steps(p: Any) -> Any:
    """Lines and columns from window to window: what no window meets is left out."""
    stride = attribute(p, 0)
    return min(stride, dim(p, 3, 2)), min(stride, dim(p, 3, 3))


@njit(error_model="numpy")
def _pitch(p: Any) -> Any:
    """Columns of the lines."""
    return max(0, dim(p, 1, 3) - 1) * _steps(p)[1] + dim(p, 3, 3)


@njit(error_model="numpy")
def _rooms(p: Any) -> Any:
    """Floats of adjoints, of sums, of lines, and of strips."""
    channels, rows, across = _channels(p), dim(p, 3, 2), dim(p, 3, 3)
    mine, tall, (down, along) = dim(p, 3, 0) // attribute(p, 2), channels * rows, _steps(p)
    most = min(BLOCK // max(dim(p, 1, 3), 1) + 2, BLOCK)  # values of y in a block
    return (
        mine * ROOM,
        (mine * tall * across + LANES) // LANES * LANES,
        (channels * ((most - 1) * down + rows) * _pitch(p) + SLACK + LANES) // LANES * LANES,
        (BLOCK * along + most * across + LANES) * tall + LANES + PANEL,
    )


def plan(p: Any) -> Any:
    adjoints, sums, line, strips = _rooms(p)
    return planned(
        p, attribute(p, 2) * dim(p, 3, 1), 8 * BLOCK + 4 * (adjoints + sums + line + strips)
    )


@njit(error_model="numpy")
def _lines(p: Any, x: Any, channels: Any, y0: Any, count: Any, to: Any) -> None:
    """The lines of an image that windows at `count` values of y from y0 on meet, and their edges.

    Each is laid for one channel after the other.  Edges beside them are +0 already.
    """
    stride, padding = attribute(p, 0), attribute(p, 1)
    high, wide, rows, across = dim(p, 0, 2), dim(p, 0, 3), dim(p, 3, 2), dim(p, 3, 3)
    (down, along), pitch = _steps(p), _pitch(p)
    some = min(pitch - padding, wide)
    for i in range((count - 1) * down + rows):
        row = y0 * stride - padding + (i if down == stride else i // rows * stride + i % rows)
        source = x + 4 * row * wide
        if row < 0 or row >= high:
            for j in range(channels * pitch):
                store_f32(to, j, _ZERO)
        elif along == stride:
            if some > 0:
                lines(source, high * wide, to + 4 * padding, pitch, channels, some, 0, some)
        else:
            for c in range(channels):
                for s in range(across):
                    at, first = source + 4 * c * high * wide, to + 4 * (c * pitch + s)
                    spaced(at, wide, s - padding, stride, dim(p, 1, 3), first, across)
        to += 4 * channels * pitch


@njit(error_model="numpy")
def _strip(line: Any, pitch: Any, tall: Any, count: Any, to: Any) -> None:
    """`tall` lines turned into `count` columns.

    The last lines first: what is written beyond a column belongs to the first of the next.
    """
    i = (tall - 1) // LANES * LANES
    while i >= 0:
        some = min(tall - i, LANES)
        if some <= _NARROW:
            _few(line + 4 * i * pitch, pitch, to + 4 * i, tall, count, some)
        else:
            transpose(line + 4 * i * pitch, pitch, to + 4 * i, tall, count, some)
        i -= LANES


@njit(error_model="numpy")
def _strips(
    p: Any, channels: Any, at: Any, count: Any, line: Any, taps: Any, strips: Any, to: Any
) -> Any:
    """Strips of `count` windows from `at` on, laid at `to`; returns where the next go.

    `line`: the lines that the first window meets.  The first value of each window lies
    ``taps[i]`` bytes behind `strips`.
    """
    wide, tall, (down, along), pitch = dim(p, 1, 3), channels * dim(p, 3, 2), _steps(p), _pitch(p)
    done = 0
    while done < count:
        first = (at + done) % wide
        run = min(wide - first, count - done)
        length = (run - 1) * along + dim(p, 3, 3)
        _strip(line + 4 * first * along, pitch, tall, length, to)
        for i in range(run):
            store_i64(taps, done + i, to - strips + 4 * i * along * tall)
        to += 4 * length * tall
        line += 4 * down * channels * pitch
        done += run
    return to


@njit(error_model="numpy")
def _gradient(p: Any, group: Any, first: Any, channels: Any, ws: Any) -> None:
    """Columns of `channels` channels from `first` on of one group."""
    groups, images, all_channels = attribute(p, 2), dim(p, 0, 0), dim(p, 0, 1)
    own, rows, across, wide = dim(p, 3, 1), dim(p, 3, 2), dim(p, 3, 3), dim(p, 1, 3)
    out, size, plane = dim(p, 1, 1), dim(p, 1, 2) * wide, dim(p, 0, 2) * dim(p, 0, 3)
    mine, count = out // groups, channels * rows * across
    room, room_sums, room_line, _ = _rooms(p)
    adjoints = ws + 8 * BLOCK
    sums = adjoints + 4 * room
    line = sums + 4 * room_sums
    strips = line + 4 * room_line
    for i in range(room_line):
        store_f32(line, i, _ZERO)
    q = 0
    while q == 0 or q < images * size:
        length, done, to = min(BLOCK, images * size - q), 0, strips
        while done < length:
            image, at = (q + done) // size, (q + done) % size
            some = min(size - at, length - done)
            u = address(p, 1) + 4 * ((image * out + group * mine) * size + at)
            lines(u, size, adjoints + 4 * done, ROOM, mine, some, 0, some)
            x = address(p, 0) + 4 * (image * all_channels + group * own + first) * plane
            y0, y1 = at // wide, (at + some - 1) // wide
            _lines(p, x, channels, y0, y1 - y0 + 1, line)
            to = _strips(p, channels, at, some, line, ws + 8 * done, strips, to)
            done += some
        _multiply(adjoints, mine, length, strips, ws, count, sums, count, q == 0)
        q += BLOCK
    d, taps = address(p, 3) + 4 * (group * mine * own + first) * rows * across, rows * across
    for o in range(mine):
        for s in range(across):
            for r in range(rows):
                for c in range(channels):
                    value = load_f32(sums, ((o * across + s) * rows + r) * channels + c)
                    store_f32(d, (o * own + c) * taps + r * across + s, value)


def weight_grad(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    own, t = dim(p, 3, 1), lo
    while t < hi:
        channels = min(min(own - t % own, hi - t), _channels(p))
        _gradient(p, t // own, t % own, channels, ws)
        t += channels
    return 1


FUNCTIONS: Mapping[str, Functions] = {"conv2d_weight_grad": Functions(plan, weight_grad)}
