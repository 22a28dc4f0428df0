"""Sites of kernels: any row of the table, with operands that fit it more often than not."""

from __future__ import annotations

from math import prod
from random import Random

import numpy as np

from anhvm.fuzz.builder import Body
from anhvm.fuzz.values import array, dims
from anhvm.isa.types import MAX_RANK, Type, dtype_of, is_tensor
from anhvm.kernels.ranks import KernelFault, StaticType, infer_ranks, reduced
from anhvm.kernels.regions import REGIONS, Outside, order_of, region
from anhvm.kernels.row import INDEXES
from anhvm.kernels.signature import TENSORS, DType, Operand, Rest, derive, derived
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
    counts = _counts(body, kernel, bound)
    shapes = [_shape(operand, bound, attrs, counts) for operand in kernel.signature.inputs]
    try:
        types, results = _types(kernel, shapes, attrs, len(counts), rng.choice(TENSORS))
    except KernelFault:  # there is no scalar i8
        types, results = _types(kernel, shapes, attrs, len(counts), DType.F32)
    ins = [
        _register(body, operand.name, type_, shape, bound)
        for operand, type_, shape in zip(kernel.signature.inputs, types, shapes, strict=True)
    ]
    outs = [body.write(machine_type(t)) for t in results]
    ins += [body.holding(Type.U64, count) for count in counts]
    return body.site(
        SiteKind.KERNEL, target=kernel.id, ins=tuple(ins), outs=tuple(outs), attrs=attrs
    )


def _types(
    kernel: Kernel, shapes: list[Dims], attrs: tuple[int, ...], counts: int, anything: DType
) -> tuple[list[StaticType], tuple[StaticType, ...]]:
    """Types of operands and results; `anything` is the dtype of those that may have any."""
    types = [
        StaticType(anything if operand.dtype is DType.ANY else operand.dtype, len(shape))
        for operand, shape in zip(kernel.signature.inputs, shapes, strict=True)
    ]
    return types, infer_ranks(kernel, types, attrs, counts)


def _bind(body: Body, kernel: Kernel) -> dict[str, Dims]:
    """Sizes for each variable of the signature; lists that broadcast mostly agree."""
    rng = body.rng
    bound: dict[str, Dims] = {v: (rng.choice(_SIZES),) for v in kernel.signature.dims}
    bound["1"] = (1,)
    tails = max(len(operand.tail) for operand in kernel.signature.inputs)
    rank = min(rng.choice((0, 1, 1, 2, 2, 3, 6)), MAX_RANK - tails)
    operands = (*kernel.signature.inputs, *kernel.signature.outputs)
    if kernel.attrs == ("axis",) or any(o.dtype is DType.I8 for o in operands):
        rank = max(rank, 1)  # there is no scalar i8
    common = dims(rng, rank) if rank < 6 else (1, 2, 1, 1, 2, 1)
    for number, rest in enumerate(kernel.signature.rests):
        free = number and kernel.attrs != ("axis",)
        cut = common[rng.randint(0, len(common)) :] if free and rng.random() < 0.4 else common
        bound[rest] = tuple(1 if free and rng.random() < 0.2 else d for d in cut)
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
    if kernel.attrs == ("k",):
        return (rng.choice((1, 1, 2, 3)),)
    if kernel.attrs == ("axis",):
        return (rng.randrange(len(bound[kernel.signature.rests[0]])),)
    if kernel.attrs == ("order",):
        axes_ = list(range(len(bound[kernel.signature.rests[0]])))
        return (order_of(rng.sample(axes_, len(axes_))),)
    axes = rng.randrange(1 << len(bound[kernel.signature.rests[0]]))
    keep = axes & rng.choice((0, axes, rng.getrandbits(6)))
    return (axes, keep)[: len(kernel.attrs)]


def _shape(
    operand: Operand, bound: dict[str, Dims], attrs: tuple[int, ...], counts: tuple[int, ...]
) -> Dims:
    front: Dims = ()
    if operand.rest is Rest.WHOLE:
        front = bound[operand.rests[0]]
    elif operand.rest is Rest.REDUCED:
        front = reduced(bound[operand.rests[0]], attrs)
    elif operand.rest in REGIONS:
        front = _region(operand, [bound[r] for r in operand.rests], attrs, counts)
    sizes = {v: d[0] for v, d in bound.items() if len(d) == 1}
    tail = (max(0, derive(v, sizes, attrs)) if derived(v) else sizes[v] for v in operand.tail)
    return (*front, *tail)


def _region(
    operand: Operand, lists: list[Dims], attrs: tuple[int, ...], counts: tuple[int, ...]
) -> Dims:
    """The dims that fit, as long as a run can hold them; else those of the first list."""
    try:
        found = region(operand.rest, lists, attrs, counts)
    except Outside:
        return lists[0]
    return found if found and prod(max(1, d) for d in found) < 1 << 12 else lists[0]


def _register(body: Body, name: str, type_: StaticType, shape: Dims, bound: dict[str, Dims]) -> int:
    rng = body.rng
    code = machine_type(type_)
    if not is_tensor(code) or body.risky(0.35):
        return body.read(code)
    if name in INDEXES and not body.risky(0.15):
        size = max(1, bound.get("C", (1,))[0])
        found = [rng.randrange(size) for _ in range(prod(shape))]
        return body.holding(code, np.array(found, np.int32).reshape(shape))
    return body.holding(code, array(rng, dtype_of(code), shape))


def _counts(body: Body, kernel: Kernel, bound: dict[str, Dims]) -> tuple[int, ...]:
    rng = body.rng
    rests = {o.rest for o in (*kernel.signature.inputs, *kernel.signature.outputs)}
    if kernel.signature.counts is None:
        return ()
    if Rest.CUT in rests:
        pairs = (sorted(rng.choices(range(d + 1), k=2)) for d in bound["S"])
        found = [b for pair in pairs for b in pair]
        return tuple(rng.choice((b, b, b + 1, 1 << 63)) if body.risky(0.1) else b for b in found)
    if Rest.PADDED in rests:
        wild = (1 << 31, (1 << 64) - 1) if body.risky(0.1) else ()
        return tuple(rng.choice((0, 0, 1, 3, *wild)) for _ in range(2 * len(bound["S"])))
    if Rest.REPEATED in rests:
        return (rng.choice((0, 1, 2, 5, 1 << 31, (1 << 64) - 1)),)
    if rng.random() < 0.15:
        return rng.choice(_TOO_MANY)
    if kernel.same_count and not body.risky(0.2):
        held = bound[kernel.signature.rests[0]]
        return rng.choice((held, (prod(held),), (prod(held), 1)))
    return dims(rng, rng.choice((0, 1, 1, 2, 2, 3)))
