"""Dims of what cuts, pads, repeats, joins and turns tensors, in numbers.

`region` answers None where the dims do not fit together; cutting outside raises Outside.  What
is checked without numbers, attributes and how many trailing scalars there are, is in `ranks`.
"""

from __future__ import annotations

from collections.abc import Sequence

from anhvm.kernels.signature import Rest

Dims = tuple[int, ...]

REGIONS = frozenset({Rest.CUT, Rest.PADDED, Rest.REPEATED, Rest.JOINED, Rest.TURNED})
_BITS, _DIGIT = 3, 7  # of an axis in the attribute `order`


class Outside(Exception):
    """A cut that ends before it begins, or behind the end of its axis."""


def region(
    rest: Rest, lists: Sequence[Dims], attrs: Sequence[int], counts: Sequence[int]
) -> Dims | None:
    """The dims that `rest`, one of REGIONS, makes of the lists of its rest variables."""
    first = lists[0]
    if rest is Rest.CUT:
        bounds = list(zip(first, counts[::2], counts[1::2], strict=True))
        if any(not begin <= end <= size for size, begin, end in bounds):
            raise Outside
        return tuple(end - begin for _, begin, end in bounds)
    if rest is Rest.PADDED:
        return tuple(map(sum, zip(first, counts[::2], counts[1::2], strict=True)))
    if rest is Rest.TURNED:
        return tuple(first[axis] for axis in axes_of(attrs[0], len(first)))
    axis = attrs[0]
    if rest is Rest.REPEATED:
        return (*first[:axis], first[axis] * counts[0], *first[axis + 1 :])
    second = lists[1]
    if (first[:axis], first[axis + 1 :]) != (second[:axis], second[axis + 1 :]):
        return None
    return (*first[:axis], first[axis] + second[axis], *first[axis + 1 :])


def axes_of(order: int, rank: int) -> Dims:
    """The axes that an attribute `order` names for a tensor of `rank` axes."""
    return tuple(order >> _BITS * i & _DIGIT for i in range(rank))


def order_of(axes: Sequence[int]) -> int:
    """The attribute `order` that names these axes."""
    return sum(axis << _BITS * i for i, axis in enumerate(axes))


def is_order(order: int, rank: int) -> bool:
    """Whether `order` is a permutation of `rank` axes."""
    return sorted(axes_of(order, rank)) == list(range(rank)) and order >> _BITS * rank == 0


def inverse(order: int, rank: int) -> int:
    """The order that undoes `order`."""
    axes = axes_of(order, rank)
    return order_of([axes.index(i) for i in range(rank)])
