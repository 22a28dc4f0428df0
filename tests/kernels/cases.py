"""Random calls of any kernel, made from its signature alone."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions.call import first_offence
from anhvm.kernels.ranks import KernelFault, reduced
from anhvm.kernels.regions import REGIONS, order_of, region
from anhvm.kernels.row import INDEXES
from anhvm.kernels.shapes import Type, infer
from anhvm.kernels.signature import TENSORS, DType, Operand, Rest, derive, derived, variables
from anhvm.kernels.table import BY_NAME, Kernel
from tests.kernels.numbers import hostile

Dims = tuple[int, ...]
SIZES = (0, 1, 1, 2, 3, 4, 7, 17, 33, 70)
TIES = np.array([-0.0, 0.0, 1.0, 1.0, 2.0, np.nan], np.float32)


@dataclass(frozen=True)
class Case:
    """The operands of one call."""

    inputs: list[NDArray[Any]]
    attrs: tuple[int, ...]
    counts: tuple[int, ...]


def draw(
    name: str, random: np.random.Generator, elements: int = 3000, anything: DType | None = None
) -> Case:
    """A call that the signature admits, with at most about `elements` in an operand.

    `anything` is the dtype of operands that may have any; drawn for each call if it is None.
    """
    kernel = BY_NAME[name]
    while True:
        try:
            dtype = anything or TENSORS[int(random.integers(4))]
            case = _attempt(kernel, random, dtype, elements)
        except KernelFault:
            continue
        if first_offence(name, case.inputs) < 0:
            return case


def _attempt(kernel: Kernel, random: np.random.Generator, anything: DType, elements: int) -> Case:
    """KernelFault where the shapes are not admitted or too large: no values are drawn for those."""
    signature = kernel.signature
    least = 1 if kernel.attrs == ("axis",) else 0
    common = _dims(random, int(random.integers(least, 5)))
    bound: dict[str, Dims] = {"1": (1,)}
    broadcast = any(o.rest is Rest.BROADCAST for o in signature.outputs)
    for rest in signature.rests:
        bound[rest] = _part(random, common) if broadcast else common
    for variable in signature.dims:
        bound[variable] = (int(random.choice(SIZES)),)
    attrs = _attrs(kernel, random, len(common))
    for variable in signature.dims if "stride" in kernel.attrs else ():
        bound[variable] = (int(random.integers(0 if variable == "N" else 1, 7)),)
    for operand in signature.inputs:
        for item in operand.tail:
            if derived(item):
                sizes = {v: bound[v][0] for v in variables(item)}
                bound[item] = (max(0, derive(item, sizes, attrs)),)
    counts: Dims = ()
    if signature.counts:
        counts = _counts(kernel, random, common)
    if "axis" in kernel.attrs and len(signature.rests) > 1:
        bound[signature.rests[1]] = tuple(
            int(random.choice(SIZES)) if i == attrs[0] else d for i, d in enumerate(common)
        )
    if kernel.same_count:
        counts = _regrouped(random, common) if signature.counts else ()
        bound["T"] = _regrouped(random, common)
    types, classes = [], bound.get("C", (1,))[0]
    for operand in signature.inputs:
        front = bound[operand.rests[0]] if operand.rests else ()
        if operand.rest is Rest.REDUCED:
            front = reduced(front, attrs)
        elif operand.rest in REGIONS:
            front = region(operand.rest, [bound[r] for r in operand.rests], attrs, counts) or ()
        dims = (*front, *(bound[v][0] for v in operand.tail))
        dtype = anything if operand.dtype is DType.ANY else operand.dtype
        types.append(Type(dtype, dims))
    if max(prod(t.dims) for t in (*types, *infer(kernel, types, attrs, counts))) > elements:
        raise KernelFault("kernel.shape", f"{kernel.name}: too large", "draw again")
    operands = zip(signature.inputs, types, strict=True)
    return Case([_values(random, o, t, classes) for o, t in operands], attrs, counts)


def _dims(random: np.random.Generator, rank: int) -> Dims:
    return tuple(int(d) for d in random.choice(SIZES, rank))


def _part(random: np.random.Generator, dims: Dims) -> Dims:
    """Dims that broadcast to `dims`."""
    kept = dims[int(random.integers(0, len(dims) + 1)) :] if random.random() < 0.5 else dims
    return tuple(1 if random.random() < 0.3 else d for d in kept)


def _regrouped(random: np.random.Generator, dims: Dims) -> Dims:
    """Other dims of as many elements."""
    cut = int(random.integers(0, len(dims) + 1))
    return (prod(dims[:cut]), *dims[cut:][::-1])


def _attrs(kernel: Kernel, random: np.random.Generator, rank: int) -> tuple[int, ...]:
    if "stride" in kernel.attrs:
        size = int(random.integers(1, 5))
        padding = int(random.integers(0, (size + 1) // 2 if "size" in kernel.attrs else 3))
        return int(random.integers(1, 4)), padding, size
    if kernel.attrs == ("k",):
        return (int(random.choice(SIZES[1:])),)
    if kernel.attrs == ("axis",):
        return (int(random.integers(0, rank)),)
    if kernel.attrs == ("order",):
        return (order_of([int(i) for i in random.permutation(rank)]),)
    axes = int(random.integers(0, 1 << rank))
    masks = (axes, axes & int(random.integers(0, 1 << rank)))
    return masks[: len(kernel.attrs)]


def _counts(kernel: Kernel, random: np.random.Generator, common: Dims) -> Dims:
    rests = {o.rest for o in (*kernel.signature.inputs, *kernel.signature.outputs)}
    if Rest.CUT in rests:
        bounds = [sorted(int(b) for b in random.integers(0, d + 1, 2)) for d in common]
        whole = [
            [0, d] if random.random() < 0.3 else b for b, d in zip(bounds, common, strict=True)
        ]
        return tuple(b for pair in whole for b in pair)
    if Rest.PADDED in rests:
        return tuple(int(random.choice([0, 0, 1, 2, 5])) for _ in range(2 * len(common)))
    if Rest.REPEATED in rests:
        return (int(random.choice([0, 1, 2, 3, 9, 70])),)
    return _dims(random, int(random.integers(0, 5)))


def _values(random: np.random.Generator, operand: Operand, of: Type, classes: int) -> NDArray[Any]:
    dtype, dims = of.dtype, of.dims
    if dtype is DType.F32:
        if random.random() < 0.3:
            return random.choice(TIES, dims).astype(np.float32)
        return hostile(random, dims)
    if dtype is DType.BOOL:
        return random.random(dims) < 0.5
    if dtype is DType.I8:
        return random.integers(-128, 128, dims, np.int8)
    if dtype is DType.U64:
        return random.integers(0, 1 << 64, dims, np.uint64)
    if operand.name in INDEXES:
        return random.integers(0, max(classes, 1), dims, np.int32)
    if random.random() < 0.5:
        return random.integers(-2, 2, dims, np.int32)
    return random.integers(-(1 << 31), 1 << 31, dims, np.int64).astype(np.int32)
