"""Kernels that cut, pad, repeat, join and turn: strided copies; and what sums integers.

Each takes the `CudaKernels` that runs it, then what every family takes; the numbers are attributes
and the trailing scalars behind them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from anhvm.kernels.cuda import moves
from anhvm.kernels.cuda.walks import broadcast, contiguous
from anhvm.kernels.regions import axes_of
from anhvm.kernels.shapes import Dims, Type

Family = Callable[[Any, str, Sequence[Any], Sequence[int], Type], Any]


def _from(x: Any, base: int) -> Any:
    """The tensor from element `base` on."""
    return replace(x, data=x.data[base:])


def _start(begins: Sequence[int], dims: Dims) -> int:
    return sum(b * s for b, s in zip(begins, contiguous(dims), strict=True))


def _cut(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    if not prod(kind.dims):
        return run._new(kind)
    part = _from(x[0], _start(numbers[::2], x[0].dims))
    return run._copy(part, kind, contiguous(x[0].dims))


def _put(run: Any, y: Any, x: Any, begins: Sequence[int]) -> None:
    """Writes x into y, at the place `begins`."""
    if x.count:
        view = run._view(x.dims, contiguous(y.dims))
        run._each(moves.spread, x.count, _from(y, _start(begins, y.dims)).data, x.data, view)


def _place(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    zero = run._tensor(np.zeros(1, x[0].data.dtype))
    y = run._copy(zero, kind, [0] * len(kind.dims))
    _put(run, y, x[0], numbers[::2])
    return y


def _concat(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    y = run._new(kind)
    begins = [0] * len(kind.dims)
    for part in x:
        _put(run, y, part, begins)
        begins[numbers[0]] += part.dims[numbers[0]]
    return y


def _side(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    begins = [0] * len(kind.dims)
    if name == "concat_right":
        begins[numbers[0]] = x[1].dims[numbers[0]]
    return _cut(run, name, x, [n for begin in begins for n in (begin, 0)], kind)


def _permute(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    strides = contiguous(x[0].dims)
    return run._copy(x[0], kind, [strides[axis] for axis in axes_of(numbers[0], len(strides))])


def _split(name: str, dims: Dims, axis: int) -> tuple[int, int]:
    """The elements before and behind the axis of copies."""
    at = axis + name.startswith("repeat")
    return prod(dims[:at]), prod(dims[at:])


def _repeat(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    outer, inner = _split(name, x[0].dims, numbers[0])
    if not prod(kind.dims):
        return run._new(kind)
    copies = Type(kind.dtype, (outer, numbers[1], inner))
    return replace(run._copy(x[0], copies, [inner, 0, 1]), type=kind)


def _repeat_grad(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    outer, inner = _split(name, kind.dims, numbers[0])
    if not prod(kind.dims):
        return run._new(kind)
    copies = replace(x[0], type=Type(kind.dtype, (outer, numbers[1], inner)))
    (y,) = run.run("sum", [copies], (2, 0))
    return replace(y, type=kind)


def _lower(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    y = run._new(kind)
    run._each(moves.lower, y.count, *kind.dims[-2:], y.data, x[0].data, x[1].data)
    return y


def _matmul_i8(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    y, depth = run._new(kind), x[0].dims[-1]
    run._each(moves.product_i8, y.count, *kind.dims[-2:], depth, y.data, x[0].data, x[1].data)
    return y


def _expand(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    mask = numbers[0]
    ones = tuple(1 if mask >> i & 1 else d for i, d in enumerate(kind.dims))
    return run._copy(x[0], kind, broadcast(ones, kind.dims))


def _count(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    found = prod(d for i, d in enumerate(x[0].dims) if numbers[0] >> i & 1)
    return run._tensor(np.array(found, np.float32))


def _fill(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    return run._copy(x[0], kind, [0] * len(kind.dims))


def _same(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    return replace(x[0], type=kind)


def _transpose(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    *rest, row, column = contiguous(x[0].dims)
    return run._copy(x[0], kind, [*rest, column, row])


PARTS: Mapping[str, Family] = {
    **dict.fromkeys(("fill", "fill_i32"), _fill),
    **dict.fromkeys(("reshape", "reshape_like"), _same),
    "count": _count,
    "expand": _expand,
    "transpose": _transpose,
    "slice": _cut,
    "pad_grad": _cut,
    "pad": _place,
    "slice_grad": _place,
    "concat": _concat,
    "concat_left": _side,
    "concat_right": _side,
    "permute": _permute,
    "lower": _lower,
    "matmul_i8": _matmul_i8,
    "tile": _repeat,
    "repeat": _repeat,
    "tile_grad": _repeat_grad,
    "repeat_grad": _repeat_grad,
}
