"""conv2d and its gradients (N8) as products of unfolded images, and pools.

Each takes the `CudaKernels` that runs it, then what every family takes.  Unfolded images are whole
tensors: they hold each element once for every weight that meets it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from anhvm.kernels.cuda import moves, pools
from anhvm.kernels.cuda.parts import Family, _from
from anhvm.kernels.definitions import floats
from anhvm.kernels.shapes import Dims, Type


def _unfold(
    run: Any,
    x: Any,
    taps: Dims,
    places: Dims,
    start: Dims,
    steps: tuple[int, int],
    view: tuple[Sequence[int], Sequence[int]] | None = None,
) -> Any:
    """Of each plane of x what `taps` weights meet at `places`: [planes, *taps, *places].

    Weight t meets at place p the element start + t * steps[0] + p * steps[1].  `view`, dims and
    strides, says where each element goes, in place of one behind the other.
    """
    count = prod(x.dims[:-2]) * prod(taps) * prod(places)
    dims, strides = view or ([count], [1])
    y = run._device.empty(count, np.float32)
    numbers = (*taps, *places, *x.dims[-2:], *start, *steps)
    run._each(moves.unfold, count, y, x.data, run._table(numbers), run._view(dims, strides))
    return y


def _conv2d(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    image, weights = x
    stride, padding, groups = numbers
    out, *_, rows, across = weights.dims
    places = kind.dims[-2:]
    start = (-padding, -padding)
    columns = _unfold(run, image, (rows, across), places, start, (1, stride))
    sizes = (kind.dims[0] * groups, out // groups, prod(places), prod(weights.dims[1:]))
    return run._product((False, False), sizes, weights.data, columns, kind, groups)


def _weight_grad(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    image, u, _ = x
    stride, padding, groups = numbers
    (count, out, *places), depth = u.dims, prod(kind.dims[1:])
    area, share = prod(places), out // groups
    dims, strides = (count, groups, depth, area), (area, depth * count * area, count * area, 1)
    start = (-padding, -padding)
    columns = _unfold(
        run, image, kind.dims[-2:], tuple(places), start, (1, stride), (dims, strides)
    )
    turned = Type(kind.dtype, (groups, share, count, area))
    left = run._copy(u, turned, [share * area, area, out * area, 1])
    sizes = (groups, share, depth, count * area)
    return run._product((False, True), sizes, left.data, columns, kind, groups)


def _data_grad(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    """A product for each residue of a position modulo the stride: they meet other weights."""
    stride = numbers[0]
    if not prod(kind.dims):
        return run._new(kind)
    if stride == 1:
        part = _residue(run, x, numbers, kind.dims, (0, 0))
        return replace(part, type=kind)
    y = run._new(kind)
    planes, (height, width) = prod(kind.dims[:2]), kind.dims[2:]
    for top in range(min(stride, height)):
        for left in range(min(stride, width)):
            part = _residue(run, x, numbers, kind.dims, (top, left))
            strides = [height * width, stride * width, stride]
            view = run._view((planes, *part.dims[2:]), strides)
            target = _from(y, top * width + left)
            run._each(moves.spread, part.count, target.data, part.data, view)
    return y


def _residue(run: Any, x: Sequence[Any], numbers: Sequence[int], dims: Dims, at: Dims) -> Any:
    """What lies `at`, and every stride from there, of the gradient of an image of these dims."""
    u, weights, _ = x
    stride, padding, groups = numbers
    out, own, *size = weights.dims
    first = [(a + padding) % stride for a in at]
    taps = tuple(max(0, -(-(n - f) // stride)) for n, f in zip(size, first, strict=True))
    places = tuple(-(-(n - a) // stride) for n, a in zip(dims[2:], at, strict=True))
    kind = Type(u.type.dtype, (*dims[:2], *places))
    depth = out // groups * prod(taps)
    sizes = (dims[0] * groups, own, prod(places), depth)
    if not depth:
        return run._product((False, False), sizes, None, None, kind, groups)
    start = tuple((a + padding) // stride for a in at)
    columns = _unfold(run, u, taps, places, start, (-1, 1))
    area, share = prod(size), out // groups
    turned = Type(u.type.dtype, (groups, own, share, *taps))
    strides = [share * own * area, area, own * area, stride * size[1], stride]
    left = run._copy(_from(weights, first[0] * size[1] + first[1]), turned, strides)
    return run._product((False, False), sizes, left.data, columns, kind, groups)


def _geometry(run: Any, planes: Dims, windows: Dims, numbers: Sequence[int]) -> Any:
    return run._table((*planes[-2:], *windows[-2:], *numbers))


def _share(run: Any, size: int) -> Any:
    return run._tensor(floats.div(np.float32(1), np.float32(size * size)))


def _max_pool(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    y = run._new(kind)
    run._each(pools.MAX, y.count, y.data, x[0].data, _geometry(run, x[0].dims, kind.dims, numbers))
    return y


def _avg_pool(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    y = run._new(kind)
    run._each(pools.SUM, y.count, y.data, x[0].data, _geometry(run, x[0].dims, kind.dims, numbers))
    return run.run("mul", [y, _share(run, numbers[2])])[0]


def _winners(run: Any, x: Any, windows: Dims, geometry: Any) -> Any:
    y = run._device.empty(prod(windows), np.int32)
    run._each(pools.winner, prod(windows), y, x.data, geometry)
    return y


def _max_pick(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    y, geometry = run._new(kind), _geometry(run, x[0].dims, kind.dims, numbers)
    where = _winners(run, x[0], kind.dims, geometry)
    run._each(pools.pick, y.count, y.data, x[1].data, where, geometry)
    return y


def _max_grad(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    y, geometry = run._new(kind), _geometry(run, kind.dims, x[1].dims, numbers)
    where = _winners(run, x[0], x[1].dims, geometry)
    run._each(pools.return_to_winners, y.count, y.data, x[1].data, where, geometry)
    return y


def _avg_grad(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    y, geometry = run._new(kind), _geometry(run, kind.dims, x[0].dims, numbers)
    (given,) = run.run("mul", [x[0], _share(run, numbers[2])])
    run._each(pools.return_to_all, y.count, y.data, given.data, geometry)
    return y


IMAGES: Mapping[str, Family] = {
    "conv2d": _conv2d,
    "conv2d_data_grad": _data_grad,
    "conv2d_weight_grad": _weight_grad,
    "max_pool2d": _max_pool,
    "max_pool2d_grad": _max_grad,
    "max_pool2d_pick": _max_pick,
    "avg_pool2d": _avg_pool,
    "avg_pool2d_grad": _avg_grad,
}
