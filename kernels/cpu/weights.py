"""The gradient of conv2d for its weights (N8): adjoints times windows, k over (n, y, x).

A tile is one channel of the weights of one group.  A worker takes neighbouring channels together:
for each block of k their windows are written as rows of a matrix, and multiplied as `matmul` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numba import njit

from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.matmul import BLOCK, PANEL, multiply_tile, panel_rows, transpose
from anhvm.kernels.cpu.memory import address, attribute, dim, planned
from anhvm.kernels.cpu.planes import SLACK, lay
from anhvm.kernels.cpu.windows import SPILL
from anhvm.kernels.cpu.windows_ir import make_rows

COLUMNS = 512  # columns of the weights that are multiplied together, unless a channel has more
WINDOW = 16  # floats that a window's row is written beyond its end, at most
_rows4, _rows8, _rows16 = make_rows(4), make_rows(8), make_rows(WINDOW)


@njit(error_model="numpy")
def _channels(p: Any) -> Any:
    """Channels that are taken together, at most."""
    return min(dim(p, 3, 1), max(1, COLUMNS // (dim(p, 3, 2) * dim(p, 3, 3))))


@njit(error_model="numpy")
def _row(count: Any) -> Any:
    """Floats from row to row of a matrix of `count` columns."""
    return (count + WINDOW + PANEL - 1) // PANEL * PANEL


@njit(error_model="numpy")
def _laid(p: Any) -> Any:
    """Lines and columns of an image with its edges."""
    stride = attribute(p, 0)
    lines = (dim(p, 1, 2) - 1) * stride + dim(p, 3, 2)
    return lines, (dim(p, 1, 3) - 1) * stride + dim(p, 3, 3)


def plan(p: Any) -> Any:
    groups, channels = attribute(p, 2), _channels(p)
    lines, pitch = _laid(p)
    adjoints = (dim(p, 3, 0) // groups) * BLOCK + SPILL
    windows = BLOCK * _row(channels * dim(p, 3, 2) * dim(p, 3, 3))
    planes = channels * lines * pitch + SLACK
    return planned(p, groups * dim(p, 3, 1), 4 * (adjoints + windows + planes))


@njit(error_model="numpy")
def _adjoints(p: Any, group: Any, q: Any, length: Any, to: Any) -> None:
    """Adjoints at `length` positions from q on, as panels of rows."""
    out, size = dim(p, 1, 1), dim(p, 1, 2) * dim(p, 1, 3)
    mine, o = out // attribute(p, 2), 0
    while o < mine:
        width, done = panel_rows(mine - o), 0
        while done < length:
            image, at = (q + done) // size, (q + done) % size
            some = min(size - at, length - done)
            u = address(p, 1) + 4 * ((image * out + group * mine + o) * size + at)
            transpose(u, size, to + 4 * done * width, width, some, width)
            done += some
        to += 4 * width * length
        o += width


@njit(error_model="numpy")
def _windows(p: Any, laid: Any, channels: Any, at: Any, count: Any, to: Any, room: Any) -> None:
    """Windows of `channels` planes at `count` positions from `at` on, as rows of a matrix."""
    stride, wide = attribute(p, 0), dim(p, 1, 3)
    rows, across = dim(p, 3, 2), dim(p, 3, 3)
    lines, pitch = _laid(p)
    plane, done = lines * pitch, 0
    while done < count:
        y, x = (at + done) // wide, (at + done) % wide
        run, row = min(wide - x, count - done), to + 4 * done * room
        b = laid + 4 * stride * (y * pitch + x)
        if across <= 4:
            _rows4(b, plane, pitch, stride, channels, rows, across, run, row, room)
        elif across <= 8:
            _rows8(b, plane, pitch, stride, channels, rows, across, run, row, room)
        else:
            _rows16(b, plane, pitch, stride, channels, rows, across, run, row, room)
        done += run


@njit(error_model="numpy")
def _gradient(p: Any, group: Any, first: Any, channels: Any, ws: Any) -> None:
    """Columns of `channels` channels from `first` on of one group."""
    padding, groups = attribute(p, 1), attribute(p, 2)
    images, all_channels = dim(p, 0, 0), dim(p, 0, 1)
    high, wide = dim(p, 0, 2), dim(p, 0, 3)
    own, taps = dim(p, 3, 1), dim(p, 3, 2) * dim(p, 3, 3)
    size, mine, depth = dim(p, 1, 2) * dim(p, 1, 3), dim(p, 3, 0) // groups, own * taps
    lines, pitch = _laid(p)
    count, room = channels * taps, _row(channels * taps)
    right = ws + 4 * (mine * BLOCK + SPILL)
    laid = right + 4 * BLOCK * room
    d = address(p, 3) + 4 * (group * mine * depth + first * taps)
    held, q = -1, 0
    while q == 0 or q < images * size:
        length, done = min(BLOCK, images * size - q), 0
        _adjoints(p, group, q, length, ws)
        while done < length:
            image, at = (q + done) // size, (q + done) % size
            some = min(size - at, length - done)
            if image != held:
                held = image
                x = address(p, 0) + 4 * (image * all_channels + group * own + first) * high * wide
                for c in range(channels):
                    to = laid + 4 * c * lines * pitch
                    lay(x, high, wide, -padding, -padding, 1, lines, pitch, to)
                    x += 4 * high * wide
            _windows(p, laid, channels, at, some, right + 4 * done * room, room)
            done += some
        for j in range(0, count, PANEL):
            o = 0
            while o < mine:
                width = panel_rows(mine - o)
                out, left = d + 4 * (o * depth + j), ws + 4 * o * length
                multiply_tile(
                    width, left, right + 4 * j, out, length, room, depth, count - j, q == 0
                )
                o += width
        q += BLOCK


def weight_grad(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    own, t = dim(p, 3, 1), lo
    while t < hi:
        channels = min(min(own - t % own, hi - t), _channels(p))
        _gradient(p, t // own, t % own, channels, ws)
        t += channels
    return 1


FUNCTIONS: Mapping[str, Functions] = {"conv2d_weight_grad": Functions(plan, weight_grad)}
