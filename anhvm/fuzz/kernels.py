"""Sites of kernels: any row of the table, with operands that fit it more often than not."""

from __future__ import annotations

from math import prod
from random import Random

import numpy as np

from anhvm.fuzz.builder import Body
from anhvm.fuzz.values import array, dims
from anhvm.isa.types import MAX_RANK, Type, dtype_of, is_tensor
from anhvm.kernels.ranks import StaticType, infer_ranks, reduced
from anhvm.kernels.row import INDEXES
from anhvm.kernels.signature import Operand, Rest, derive, derived
from anhvm.kernels.table import KERNELS, Kernel
from anhvm.program.kernel_types import machine_type
from anhvm.program.model import SiteKind

_SIZES = (0, 1, 1, 2, 2, 3, 3, 4, 7)
_TOO_MANY = ((1 << 31,), (1 << 16, 1 << 15), (1 << 31, 2), (1 << 40,), ((1 << 64) - 1, 3))
"""Dimensions that no run can hold: above the memory limit, or above the size of a tensor."""
Dims = tuple[int, ...]


def kernel_site(body: Body) -> int:
    """A new site of some kernel."""
    rng = body.rng
    kernel = rng.choice(KERNELS)
    bound = _bind(body, kernel)
    attrs = _attrs(rng, kernel, bound)
    shapes = [_shape(operand, bound, attrs) for operand in kernel.signature.inputs]
    ins = [
        _register(body, operand, shape, bound)
        for operand, shape in zip(kernel.signature.inputs, shapes, strict=True)
    ]
    counts = _counts(body, kernel, shapes)
    types = [
        StaticType(operand.dtype, len(shape))
        for operand, shape in zip(kernel.signature.inputs, shapes, strict=True)
    ]
    outs = [body.write(machine_type(t)) for t in infer_ranks(kernel, types, attrs, len(counts))]
    ins += [body.holding(Type.U64, count) for count in counts]
    return body.site(
        SiteKind.KERNEL, target=kernel.id, ins=tuple(ins), outs=tuple(outs), attrs=attrs
    )


def _bind(body: Body, kernel: Kernel) -> dict[str, Dims]:
    """Sizes for each variable of the signature; lists that broadcast mostly agree."""
    rng = body.rng
    bound: dict[str, Dims] = {v: (rng.choice(_SIZES),) for v in kernel.signature.dims}
    bound["1"] = (1,)
    tails = max(len(operand.tail) for operand in kernel.signature.inputs)
    rank = min(rng.choice((0, 1, 1, 2, 2, 3, 6)), MAX_RANK - tails)
    common = dims(rng, rank) if rank < 6 else (1, 2, 1, 1, 2, 1)
    for number, rest in enumerate(kernel.signature.rests):
        cut = common[rng.randint(0, len(common)) :] if number and rng.random() < 0.4 else common
        bound[rest] = tuple(1 if number and rng.random() < 0.2 else d for d in cut)
        if body.risky(0.05):
            bound[rest] = tuple(d + 1 for d in cut)
    return bound


def _attrs(rng: Random, kernel: Kernel, bound: dict[str, Dims]) -> tuple[int, ...]:
    if not kernel.attrs:
        return ()
    if "stride" in kernel.attrs:
        last = rng.choice((1, 1, 2, 3))
        padding = rng.randrange((last + 1) // 2 if "size" in kernel.attrs else 3)
        return rng.choice((1, 1, 2, 3)), padding, last
    axes = rng.randrange(1 << len(bound[kernel.signature.rests[0]]))
    keep = axes & rng.choice((0, axes, rng.getrandbits(6)))
    return (axes, keep)[: len(kernel.attrs)]


def _shape(operand: Operand, bound: dict[str, Dims], attrs: tuple[int, ...]) -> Dims:
    front: Dims = ()
    if operand.rest is Rest.WHOLE:
        front = bound[operand.rests[0]]
    elif operand.rest is Rest.REDUCED:
        front = reduced(bound[operand.rests[0]], attrs)
    sizes = {v: d[0] for v, d in bound.items() if len(d) == 1}
    tail = (max(0, derive(v, sizes, attrs)) if derived(v) else sizes[v] for v in operand.tail)
    return (*front, *tail)


def _register(body: Body, operand: Operand, shape: Dims, bound: dict[str, Dims]) -> int:
    rng = body.rng
    code = machine_type(StaticType(operand.dtype, len(shape)))
    if not is_tensor(code) or body.risky(0.35):
        return body.read(code)
    if operand.name in INDEXES and not body.risky(0.15):
        size = max(1, bound.get("C", (1,))[0])
        found = [rng.randrange(size) for _ in range(prod(shape))]
        return body.holding(code, np.array(found, np.int32).reshape(shape))
    return body.holding(code, array(rng, dtype_of(code), shape))


def _counts(body: Body, kernel: Kernel, shapes: list[Dims]) -> tuple[int, ...]:
    rng = body.rng
    if kernel.signature.counts is None:
        return ()
    if rng.random() < 0.15:
        return rng.choice(_TOO_MANY)
    if kernel.same_count and not body.risky(0.2):
        return rng.choice((shapes[0], (prod(shapes[0]),), (prod(shapes[0]), 1)))
    return dims(rng, rng.choice((0, 1, 1, 2, 2, 3)))
