"""Shapes of timed calls, made from the signature of a kernel alone.

What varies are the *axes* of a signature: its dimension variables, and its first list of leading
dimensions (seen by a reduction as outer, reduced and inner).  Each is in turn the only long one, 1
(beside others that are long), and 2, beside sizes that are balanced, odd, and one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Final, NamedTuple

from anhvm.benches.gas.regions import regional, regions
from anhvm.kernels.ranks import KernelFault, reduced
from anhvm.kernels.shapes import Type, infer, work
from anhvm.kernels.signature import DType, Operand, Rest, derive, derived
from anhvm.kernels.table import Kernel

Dims = tuple[int, ...]
MOST_ELEMENTS: Final = 1 << 24
ODD: Final = (17, 33, 301, 15)
_LONG: Final = (1 << 10, 1 << 16, 1 << 20)
_BALANCED: Final = (1 << 6, 1 << 9, 1 << 12, 1 << 15, 1 << 18, 1 << 21, 1 << 24, 1 << 27, 1 << 30)
_THICK: Final = (1 << 27, 1 << 30)
_SKEWED: Final = 1 << 18
PAIRS: Final[tuple[tuple[Dims, Dims], ...]] = (
    ((), ()), ((1 << 16,), ()), ((1 << 12, 32), (32,)), ((1 << 15, 2), (2,)), ((1 << 16, 1), (2,)),
    ((1 << 14, 1), (4,)), ((512, 512), (512, 1)), ((1 << 15, 2), (1 << 15, 1)),
    ((1, 512), (512, 1)), ((64, 1, 8, 1, 4, 1), (1, 9, 1, 5, 1, 3)), ((3,), (1 << 15, 3)),
)  # fmt: skip
# N, C, H, W, O, R, S of images with stride, padding, groups; a pool takes what it needs of it.
IMAGES: Final = (
    ((32, 16, 28, 28, 32, 3, 3), (1, 1, 1)), ((64, 1, 28, 28, 6, 5, 5), (1, 2, 1)),
    ((1, 1, 2, 2, 1, 1, 1), (1, 0, 1)), ((4096, 1, 2, 2, 1, 2, 2), (2, 0, 1)),
    ((1, 3, 224, 224, 16, 7, 7), (2, 3, 1)), ((4, 256, 14, 14, 256, 3, 3), (1, 1, 1)),
    ((8, 256, 14, 14, 256, 3, 3), (1, 1, 256)), ((4, 256, 4, 4, 256, 1, 1), (1, 0, 256)),
    ((1, 1, 1000, 1000, 1, 1, 1), (999, 0, 1)), ((256, 1, 32, 32, 1, 32, 32), (32, 0, 1)),
    ((1, 1, 1024, 1024, 1, 3, 3), (1, 1, 1)), ((1, 64, 64, 64, 1, 3, 3), (1, 0, 1)),
    ((1, 1, 64, 64, 64, 5, 5), (3, 1, 1)), ((16, 8, 4, 4, 8, 3, 3), (1, 2, 2)),
    ((1, 64, 112, 112, 64, 3, 3), (1, 1, 1)), ((8, 64, 56, 56, 64, 3, 3), (1, 1, 1)),
)  # fmt: skip


class Call(NamedTuple):
    """Dims of the fixed operands, attributes, and values of the trailing u64 operands."""

    dims: tuple[Dims, ...]
    attrs: tuple[int, ...] = ()
    counts: Dims = ()
    anything: DType = DType.F32  # what an operand of any dtype is

    @property
    def words(self) -> str:
        """The call in a report."""
        shown = ["x".join(map(str, d)) or "scalar" for d in self.dims]
        shown += ["with " + ",".join(map(str, self.counts))] if self.counts else []
        shown += [self.anything.word] if self.anything != DType.F32 else []
        return " ".join(shown) + (f" {','.join(map(str, self.attrs))}" if self.attrs else "")


def calls(kernel: Kernel) -> list[Call]:
    """The calls of a kernel that are timed, the smallest first; at least one."""
    found: dict[Call, int] = {}
    for call in _candidates(kernel):
        types = types_of(kernel, call)
        try:
            sizes = [prod(t.dims) for t in (*types, *infer(kernel, types, call.attrs, call.counts))]
        except KernelFault:
            continue
        if max(sizes) <= MOST_ELEMENTS:
            found[call] = sum(work(kernel, types, call.attrs, call.counts))
    return sorted(found, key=lambda call: found[call])


def types_of(kernel: Kernel, call: Call) -> list[Type]:
    """The types of the fixed operands."""
    inputs = kernel.signature.inputs
    return [
        Type(call.anything if o.dtype is DType.ANY else o.dtype, d)
        for o, d in zip(inputs, call.dims, strict=True)
    ]


def _candidates(kernel: Kernel) -> Iterator[Call]:
    signature = kernel.signature
    if "stride" in kernel.attrs:
        yield from _images(kernel)
        return
    if regional(kernel):
        yield from _regional(kernel)
        return
    rest, sizes_of = signature.rests[:1], signature.dims
    masked = "axes" in kernel.attrs
    axes = ("outer", "reduced", "inner") if masked else rest
    for turn, sizes in enumerate(profiles((*axes, *sizes_of) or ("counts",))):
        first = tuple(sizes[axis] for axis in axes)
        bound: dict[str, Dims] = {v: (sizes[v],) for v in sizes_of}
        bound |= dict.fromkeys(signature.rests, first)
        for attrs in _attributes(kernel, turn):
            yield _call(kernel, bound, attrs, (prod(sizes.values()),))
    if any(o.rest is Rest.BROADCAST for o in signature.outputs):
        for one, other in PAIRS:
            for left, right in ((one, other), (other, one)):
                lists = (left, *(right for _ in signature.rests[1:]))
                yield _call(kernel, dict(zip(signature.rests, lists, strict=True)), (), ())


def _regional(kernel: Kernel) -> Iterator[Call]:
    several = any(o.dtype is DType.ANY for o in kernel.signature.inputs)
    for turn, sizes in enumerate(profiles(("first", "second", "third"))):
        for dtype in (DType.F32, DType.I8) if several else (DType.F32,):
            dims, (attrs, counts) = regions(kernel, tuple(sizes.values()), turn + dtype)
            yield Call(dims, attrs, counts, dtype)


def profiles(names: Sequence[str]) -> Iterator[Mapping[str, int]]:
    """Sizes of the axes of these names."""
    yield dict.fromkeys(names, 1)
    for whole in _BALANCED:
        yield dict.fromkeys(names, max(2, round(whole ** (1 / len(names)))))
    yield dict(zip(names, ODD * len(names), strict=False))
    for name in names if len(names) > 1 else ():
        for long in _LONG:
            yield {**dict.fromkeys(names, 1), name: long}
        others = round(_SKEWED ** (1 / (len(names) - 1)))
        few = max(2, others // 16)
        for short, rest in ((1, others), (1, few), (2, others), (4, few), (10, others)):
            yield {**dict.fromkeys(names, rest), name: short}
        for whole in _THICK:
            yield {**dict.fromkeys(names, round(whole ** (1 / (len(names) - 1)))), name: 1}


def _attributes(kernel: Kernel, turn: int) -> Iterator[tuple[int, ...]]:
    """Attributes to try; a shape that does not admit them is left out."""
    if not kernel.attrs or "axes" in kernel.attrs:
        yield (0b101 if turn % 3 == 2 else 0b010, 0)[: len(kernel.attrs)]
        return
    yield from product((0, 1, 2), repeat=len(kernel.attrs))


def _images(kernel: Kernel) -> Iterator[Call]:
    for numbers, attrs in IMAGES:
        sizes = dict(zip("NCHWORS", numbers, strict=True))
        last = 2 * attrs[1] + 2 if "size" in kernel.attrs else attrs[2]
        bound: dict[str, Dims] = {v: (sizes.get(v, 8),) for v in kernel.signature.dims}
        bound |= dict.fromkeys(kernel.signature.rests, (sizes["N"], sizes["C"]))
        yield _call(kernel, bound, (*attrs[:2], last), ())


def _call(kernel: Kernel, bound: Mapping[str, Dims], attrs: tuple[int, ...], counts: Dims) -> Call:
    signature = kernel.signature
    if signature.counts is None:
        counts = ()
    elif kernel.same_count:
        counts = (prod(bound[signature.rests[0]]),)
    return Call(tuple(_dims(o, bound, attrs) for o in signature.inputs), attrs, counts)


def _dims(row: Operand, bound: Mapping[str, Dims], attrs: tuple[int, ...]) -> Dims:
    front = bound[row.rests[0]] if row.rests else ()
    if row.rest is Rest.REDUCED:
        front = reduced(front, attrs)
    sizes = {v: d[0] for v, d in bound.items() if len(d) == 1}
    tail = (
        max(0, derive(v, sizes, attrs)) if derived(v) else 1 if v == "1" else sizes[v]
        for v in row.tail
    )
    return (*front, *tail)
