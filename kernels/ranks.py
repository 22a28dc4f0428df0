"""What a verifier knows of a kernel call without numbers: dtypes, ranks and attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from anhvm.errors import UserError
from anhvm.kernels.regions import is_order
from anhvm.kernels.signature import MAX_ATTRIBUTE, MAX_RANK, DType, Operand, Rest
from anhvm.kernels.table import Kernel

ANY = DType.ANY


class StaticType(NamedTuple):
    """Dtype and rank of an operand; rank 0 is a scalar register."""

    dtype: DType
    rank: int


class KernelFault(UserError):
    """A call that the row of a kernel does not admit.

    ``kernel.type`` is static: a verified program cannot cause it.  ``kernel.shape``,
    ``kernel.size`` and ``kernel.bounds`` depend on dims and trailing scalars, ``kernel.data`` on
    elements; engines turn these into traps.
    """


def infer_ranks(
    kernel: Kernel, types: Sequence[StaticType], attrs: Sequence[int] = (), counts: int = 0
) -> tuple[StaticType, ...]:
    """Static types of the outputs; raises KernelFault ``kernel.type``.

    `types` are those of the fixed operands, `counts` the number of trailing u64 scalars.
    """
    signature = kernel.signature
    expect(kernel, len(types) == len(signature.inputs), "wrong number of operands")
    expect(kernel, counts == 0 or signature.counts is not None, "takes no dimensions")
    rests: dict[str, int] = {}
    anything = [t.dtype for o, t in zip(signature.inputs, types, strict=True) if o.dtype is ANY]
    for operand, (dtype, rank) in zip(signature.inputs, types, strict=True):
        found = f"'{operand.name}' is {dtype.word} of rank {rank}"
        admitted = operand.dtype.admits(dtype)
        expect(kernel, admitted, f"{found}, expected {operand.dtype.word}")
        alike = operand.dtype is not ANY or dtype is anything[0]
        expect(kernel, alike, f"{found}, another operand {anything[0].word}" if anything else found)
        rest = rank - len(operand.tail)
        if operand.rest is Rest.WHOLE:
            known = rests.setdefault(operand.rests[0], rest)
            expect(kernel, rest >= 0 and rest == known and rank <= MAX_RANK, found)
        elif operand.rest is Rest.NONE:
            expect(kernel, rest == 0, f"{found}, expected rank {len(operand.tail)}")
    _check_attrs(kernel, attrs, rests)
    _check_counts(kernel, counts, rests)
    for operand, (dtype, rank) in zip(signature.inputs, types, strict=True):
        expected = _rank(operand, rests, attrs, counts)
        expect(kernel, dtype is not DType.I8 or rank > 0, "there is no scalar i8")
        message = f"'{operand.name}' is {dtype.word} of rank {rank}, expected rank {expected}"
        expect(kernel, rank == expected, message)
    outputs = tuple(
        StaticType(
            anything[0] if o.dtype is ANY else o.dtype,
            _rank(o, rests, attrs, counts),
        )
        for o in signature.outputs
    )
    for output in outputs:
        expect(kernel, output.rank <= MAX_RANK, f"a result of rank {output.rank}")
        expect(kernel, output.dtype is not DType.I8 or output.rank > 0, "there is no scalar i8")
    return outputs


def reduced(dims: Sequence[int], attrs: Sequence[int]) -> tuple[int, ...]:
    """`dims` without the axes of mask attrs[0]; those also in mask attrs[1] stay, with size 1."""
    axes, keep = attrs[0], attrs[1] if len(attrs) > 1 else 0
    return tuple(
        1 if axes >> i & 1 else d for i, d in enumerate(dims) if not (axes & ~keep) >> i & 1
    )


def expect(kernel: Kernel, holds: bool, message: str, code: str = "kernel.type") -> None:
    """Raise the KernelFault `code` unless `holds`."""
    if not holds:
        hint = f"the signature is {kernel.text}"
        raise KernelFault(code, f"{kernel.name}: {message}", hint)


def _rank(operand: Operand, rests: Mapping[str, int], attrs: Sequence[int], counts: int) -> int:
    front = 0
    if operand.rest is Rest.COUNTED:
        front = counts
    elif operand.rest is Rest.REDUCED:
        front = len(reduced((1,) * rests[operand.rests[0]], attrs))
    elif operand.rests:
        front = max(rests[r] for r in operand.rests)
    return front + len(operand.tail)


def _check_attrs(kernel: Kernel, attrs: Sequence[int], rests: Mapping[str, int]) -> None:
    expect(kernel, len(attrs) == len(kernel.attrs), "wrong number of attributes")
    if "stride" in kernel.attrs:
        stride, padding, last = attrs
        inside = 1 <= stride <= MAX_ATTRIBUTE and 0 <= padding <= MAX_ATTRIBUTE
        expect(kernel, inside and 1 <= last <= MAX_ATTRIBUTE, f"attributes {tuple(attrs)}")
        pads = kernel.attrs[2] == "groups" or 2 * padding < last
        expect(kernel, pads, f"a padding of {padding} for windows of {last}")
    elif "k" in kernel.attrs:
        expect(kernel, 1 <= attrs[0] <= MAX_ATTRIBUTE, f"attributes {tuple(attrs)}")
    elif "axis" in kernel.attrs:
        rank = rests[kernel.signature.rests[0]]
        expect(kernel, 0 <= attrs[0] < rank, f"axis {attrs[0]} does not exist in rank {rank}")
    elif "order" in kernel.attrs:
        rank = rests[kernel.signature.rests[0]]
        expect(kernel, is_order(attrs[0], rank), f"{attrs[0]:#o} does not order {rank} axes")
    elif attrs:
        rank = rests[kernel.signature.rests[0]]
        inside = 0 <= attrs[0] < 1 << rank
        expect(kernel, inside, f"axes {attrs[0]:#b} do not exist in rank {rank}")
    if kernel.attrs == ("axes", "keep"):
        expect(kernel, attrs[1] | attrs[0] == attrs[0], "an axis is kept that is not reduced")


def _check_counts(kernel: Kernel, counts: int, rests: Mapping[str, int]) -> None:
    """How many trailing scalars there are, and equal ranks of what is joined."""
    for operand in (*kernel.signature.inputs, *kernel.signature.outputs):
        if operand.rest in (Rest.CUT, Rest.PADDED):
            wanted = 2 * rests[operand.rests[0]]
            expect(kernel, counts == wanted, f"{counts} scalars, expected {wanted}")
        elif operand.rest is Rest.REPEATED:
            expect(kernel, counts == 1, f"{counts} scalars, expected 1")
        elif operand.rest is Rest.JOINED:
            equal = len({rests[r] for r in operand.rests}) == 1
            expect(kernel, equal, "the operands have different ranks")
