"""Calls of kernels that cut, pad, repeat, join and turn, on three axes, from a sliver to all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import permutations

from anhvm.kernels.regions import REGIONS, order_of, region
from anhvm.kernels.signature import Operand, Rest
from anhvm.kernels.table import Kernel

Dims = tuple[int, ...]
Choice = tuple[tuple[int, ...], Dims]
"""Attributes, and values of the trailing u64 operands."""


def regional(kernel: Kernel) -> bool:
    """Whether an operand or output is part of another, or made of others."""
    return any(o.rest in REGIONS for o in (*kernel.signature.inputs, *kernel.signature.outputs))


def regions(kernel: Kernel, whole: Dims, turn: int) -> tuple[tuple[Dims, ...], Choice]:
    """Dims of the operands where each list is `whole`, with attributes and trailing values.

    Those of the next choice at each `turn`.
    """
    signature = kernel.signature
    lists = dict.fromkeys(signature.rests, whole)
    choices = list(_choices({o.rest for o in (*signature.inputs, *signature.outputs)}, whole))
    choice = choices[turn % len(choices)]
    return tuple(_dims(o, lists, *choice) for o in signature.inputs), choice


def _choices(kinds: set[Rest], whole: Dims) -> Iterator[Choice]:
    a, b, c = whole
    if Rest.CUT in kinds:
        yield (), (0, a, 0, b, 0, c)
        yield (), (0, a, 0, b, 0, (c + 1) // 2)
        yield (), (0, a, 0, (b + 1) // 2, c - 1, c)
    elif Rest.PADDED in kinds:
        yield from (((), amounts) for amounts in ((0,) * 6, (0, 0, 0, 0, 0, c), (0, 0, 1, 1, 1, 1)))
    elif Rest.REPEATED in kinds:
        yield from (((axis,), (times,)) for axis in range(3) for times in (1, 3))
    elif Rest.JOINED in kinds:
        yield from (((axis,), ()) for axis in range(3))
    elif Rest.TURNED in kinds:
        yield from (((order_of(axes),), ()) for axes in permutations(range(3)))


def _dims(row: Operand, lists: Mapping[str, Dims], attrs: tuple[int, ...], counts: Dims) -> Dims:
    if row.rest in REGIONS:
        return region(row.rest, [lists[r] for r in row.rests], attrs, counts) or ()
    return lists[row.rests[0]]
