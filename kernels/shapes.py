"""Shapes and work of a kernel call in numbers: what is checked before any gas or memory is spent.

The checks, in this order, after those of `ranks` (which a verified program cannot fail):

1. every variable of the signature has one value, inputs left to right; then what is derived from
   them in inputs, REDUCED, regions and in tails; a cut outside its tensor is ``kernel.bounds``;
2. the factors of `nonempty` are not 0, BROADCAST lists agree and windows fit: ``kernel.shape``;
   a cut is inside its tensor: ``kernel.bounds``;
3. each output is within the size limit: ``kernel.size``;
4. `same_count`: ``kernel.shape``.

A tensor is within the limit when the product of its dims, zeros counted as 1, is at most
`MAX_ELEMENTS`.  So no product of dims that a signature can name overflows 63 bits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from math import prod
from typing import NamedTuple

from anhvm.kernels.ranks import KernelFault, StaticType, expect, infer_ranks, reduced
from anhvm.kernels.regions import REGIONS, Outside, region
from anhvm.kernels.signature import MAX_ELEMENTS, DType, Operand, Rest, derive, derived, variables
from anhvm.kernels.table import Kernel

__all__ = ["Dims", "KernelFault", "Type", "Work", "broadcast", "infer", "terms", "work"]

Dims = tuple[int, ...]


class Type(NamedTuple):
    """Dtype and dims of an operand; dims ``()`` is a scalar register."""

    dtype: DType
    dims: Dims


class Work(NamedTuple):
    """What gas counts of a call: multiply-adds, and the bytes of all operands and outputs."""

    madds: int
    bytes: int


class Factor(NamedTuple):
    """One factor of a work formula: a variable and its pad."""

    variable: str
    pad: int


_FACTOR = re.compile(r"\(?([\w%/]+)(?:\+(\d+)\))?$")


@cache
def terms(text: str) -> tuple[tuple[Factor, ...], ...]:
    """Parse a work formula, ``B*(M+8) + B``; raises ValueError (a mistake in the table)."""
    return tuple(map(_factors, text.split(" + ")))


def _factors(text: str) -> tuple[Factor, ...]:
    found = [_FACTOR.match(part) for part in text.split("*")]
    if not all(found):
        raise ValueError(f"not a product of factors: {text!r}")
    return tuple(Factor(m.group(1), int(m.group(2) or 0)) for m in found if m)


def infer(
    kernel: Kernel, types: Sequence[Type], attrs: Sequence[int] = (), counts: Sequence[int] = ()
) -> tuple[Type, ...]:
    """Types of the outputs of a call; raises KernelFault.

    `types` are those of the fixed operands, `counts` the values of the trailing u64 scalars.
    """
    static = [StaticType(t.dtype, len(t.dims)) for t in types]
    outputs = infer_ranks(kernel, static, attrs, len(counts))
    bound = _bind(kernel, types, attrs, counts)
    return _outputs(kernel, bound, [o.dtype for o in outputs], attrs, counts)


def work(
    kernel: Kernel, types: Sequence[Type], attrs: Sequence[int] = (), counts: Sequence[int] = ()
) -> Work:
    """Multiply-adds and bytes of a call; raises KernelFault.

    A scalar operand counts the bytes of its dtype, a trailing u64 scalar 8; operands of which a
    kernel reads `partly` count as much as its outputs.
    """
    outputs = infer(kernel, types, attrs, counts)
    bound = _bind(kernel, types, attrs, counts)
    dims = outputs[0].dims
    values = {**_values(kernel, bound, attrs), "out": prod(dims)}
    values |= {"runs": prod(dims[:-1]), "last": prod(dims[-1:])}
    values["pieces"], values["piece"] = _pieces(kernel, bound, dims, attrs)
    madds = sum(
        prod(_value(kernel, f.variable, values, bound, attrs) + f.pad for f in term)
        for term in terms(kernel.madds)
    )
    moved = sum(t.dtype.size * prod(t.dims) for t in (outputs if kernel.partly else types))
    moved += sum(t.dtype.size * prod(t.dims) for t in outputs)
    return Work(madds, moved + 8 * len(counts))


def _pieces(
    kernel: Kernel, bound: Mapping[str, Dims], dims: Dims, attrs: Sequence[int]
) -> tuple[int, int]:
    """(pieces, piece): how many runs of neighbours are treated alike, and how long each is.

    Along the axes of a piece, the innermost, every operand is repeated, or none of them changes
    whether it is; of a reduction, all are reduced, or all kept.
    """
    if "axes" in kernel.attrs:
        dims = bound[kernel.signature.rests[0]]
        kinds = [attrs[0] >> axis & 1 for axis in range(len(dims))]
    else:
        lists = [bound[rest] for rest in kernel.signature.outputs[0].rests if rest in bound]
        kinds = [_repeated(lists, len(dims) - axis) for axis in range(len(dims))]
    axis, kind = len(dims), None
    while axis and (dims[axis - 1] == 1 or kind in (None, kinds[axis - 1])):
        axis -= 1
        kind = kind if dims[axis] == 1 else kinds[axis]
    return prod(dims[:axis]), prod(dims[axis:])


def _repeated(lists: Sequence[Dims], from_right: int) -> int:
    """A bit for each list that is repeated along an axis."""
    own = (dims[-from_right] if from_right <= len(dims) else 1 for dims in lists)
    return sum(1 << i for i, dim in enumerate(own) if dim == 1)


def broadcast(lists: Sequence[Sequence[int]]) -> Dims | None:
    """The right-aligned broadcast of dims, or None when two of them differ and neither is 1."""
    result: list[int] = []
    for i in range(1, max(map(len, lists)) + 1):
        sizes = {dims[-i] for dims in lists if len(dims) >= i} - {1}
        if len(sizes) > 1:
            return None
        result.append(sizes.pop() if sizes else 1)
    return tuple(reversed(result))


def _bind(
    kernel: Kernel, types: Sequence[Type], attrs: Sequence[int], counts: Sequence[int]
) -> dict[str, Dims]:
    """Every variable of the signature as a list of dims (one long for a dimension variable)."""
    signature = kernel.signature
    bound: dict[str, Dims] = {"1": (1,)}

    def bind(operand: Operand, variable: str, dims: Dims) -> None:
        known = bound.setdefault(variable, dims)
        message = f"'{variable}' of '{operand.name}' is {_show(dims)}, expected {_show(known)}"
        expect(kernel, known == dims, message, "kernel.shape")

    for operand, (_, dims) in zip(signature.inputs, types, strict=True):
        split = len(dims) - len(operand.tail)
        if operand.rest is Rest.WHOLE:
            bind(operand, operand.rests[0], dims[:split])
        for variable, dim in zip(operand.tail, dims[split:], strict=True):
            if not derived(variable):
                bind(operand, variable, (dim,))
    for operand, (_, dims) in zip(signature.inputs, types, strict=True):
        if operand.rest is Rest.REDUCED:
            want = reduced(bound[operand.rests[0]], attrs)
            message = f"'{operand.name}' is {_show(dims)}, expected {_show(want)}"
            expect(kernel, dims == want, message, "kernel.shape")
        if operand.rest in REGIONS:
            want = _front(kernel, operand, bound, attrs, counts)
            message = f"'{operand.name}' is {_show(dims)}, expected {_show(want)}"
            expect(kernel, dims == want, message, "kernel.shape")
        for item, dim in zip(operand.tail, dims[len(dims) - len(operand.tail) :], strict=True):
            if derived(item):
                bind(operand, item, (dim,))
                expected = _derive(kernel, item, bound, attrs)
                message = f"'{item}' of '{operand.name}' is {dim}, expected {expected}"
                expect(kernel, dim == expected, message, "kernel.shape")
    if kernel.limit:
        variable, bits = kernel.limit
        size = bound[variable][0]
        expect(
            kernel,
            size < 1 << bits,
            f"'{variable}' is {size}, at most {2**bits - 1}",
            "kernel.shape",
        )
    values = _values(kernel, bound, attrs)
    for variable in kernel.nonempty:
        size = _value(kernel, variable, values, bound, attrs)
        expect(kernel, size > 0, "nothing to reduce", "kernel.shape")
    return bound


def _outputs(
    kernel: Kernel,
    bound: Mapping[str, Dims],
    dtypes: Sequence[DType],
    attrs: Sequence[int],
    counts: Sequence[int],
) -> tuple[Type, ...]:
    result = []
    for operand, dtype in zip(kernel.signature.outputs, dtypes, strict=True):
        front = _front(kernel, operand, bound, attrs, counts)
        tail = (
            (_derive(kernel, v, bound, attrs),) if derived(v) else bound[v] for v in operand.tail
        )
        dims = (*front, *(d for part in tail for d in part))
        fits = prod(max(d, 1) for d in dims) <= MAX_ELEMENTS
        expect(kernel, fits, f"a tensor {_show(dims)} is too large", "kernel.size")
        result.append(Type(dtype, dims))
    if kernel.same_count:
        held, dims = prod(bound[kernel.signature.rests[0]]), result[0].dims
        message = f"{held} elements do not fill {_show(dims)}"
        expect(kernel, held == prod(dims), message, "kernel.shape")
    return tuple(result)


def _front(
    kernel: Kernel,
    operand: Operand,
    bound: Mapping[str, Dims],
    attrs: Sequence[int],
    counts: Sequence[int],
) -> Dims:
    if operand.rest is Rest.COUNTED:
        return tuple(counts)
    if operand.rest is Rest.NONE:
        return ()
    rests = [bound[r] for r in operand.rests]
    if operand.rest is Rest.REDUCED:
        return reduced(rests[0], attrs)
    if operand.rest in REGIONS:
        return _region(kernel, operand, rests, attrs, counts)
    common = broadcast(rests)
    message = " and ".join(map(_show, rests)) + " do not broadcast"
    expect(kernel, common is not None, message, "kernel.shape")
    return common or ()


def _region(
    kernel: Kernel,
    operand: Operand,
    lists: Sequence[Dims],
    attrs: Sequence[int],
    counts: Sequence[int],
) -> Dims:
    shown = " and ".join(map(_show, lists))
    try:
        found = region(operand.rest, lists, attrs, counts)
    except Outside:
        message = f"{_show(counts)} begins or ends outside {shown}"
        expect(kernel, False, message, "kernel.bounds")
    expect(kernel, found is not None, f"{shown} do not join along axis {attrs}", "kernel.shape")
    return found or ()


def _derive(kernel: Kernel, item: str, bound: Mapping[str, Dims], attrs: Sequence[int]) -> int:
    """The value of a derived item; raises KernelFault."""
    sizes = {name: dims[0] for name, dims in bound.items() if len(dims) == 1}
    found = derive(item, sizes, attrs)
    given = ", ".join(f"{v} = {sizes[v]}" for v in variables(item))
    message = f"no '{item}' with {given} and attributes {tuple(attrs)}"
    expect(kernel, found >= 0, message, "kernel.shape")
    return found


def _value(
    kernel: Kernel,
    variable: str,
    values: Mapping[str, int],
    bound: Mapping[str, Dims],
    attrs: Sequence[int],
) -> int:
    return _derive(kernel, variable, bound, attrs) if derived(variable) else values[variable]


def _values(kernel: Kernel, bound: Mapping[str, Dims], attrs: Sequence[int]) -> dict[str, int]:
    """The value of each variable that a work formula may name, ``out`` excepted."""
    values = {name: prod(dims) for name, dims in bound.items()}
    if "size" in kernel.attrs:
        values["size"] = attrs[2]
    if "axes" in kernel.attrs:
        dims = bound[kernel.signature.rests[0]]
        values["axes"] = prod(d for i, d in enumerate(dims) if attrs[0] >> i & 1)
        values["kept"] = prod(d for i, d in enumerate(dims) if not attrs[0] >> i & 1)
    return values


def _show(dims: Sequence[int]) -> str:
    return "[" + ", ".join(map(str, dims)) + "]"
