"""The calls behind the golden digests: for each kernel some shape classes, made from its row alone.

Inputs are words of Philox cut up by shifts and masks, never a library's random numbers: the same
bits everywhere, for ever.  A kernel that is added to the table has its cases at once, unless it has
an attribute of a new kind: then `_attrs` has to learn it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from anhvm.errors import Bug
from anhvm.kernels.definitions.call import NUMPY, first_offence, type_of
from anhvm.kernels.definitions.philox import words
from anhvm.kernels.ranks import KernelFault, reduced
from anhvm.kernels.regions import REGIONS, order_of, region
from anhvm.kernels.row import INDEXES
from anhvm.kernels.shapes import Dims, infer
from anhvm.kernels.signature import TENSORS, DType, Operand, Rest, derive, derived
from anhvm.kernels.table import Kernel

Array = NDArray[Any]

# Zeros, ones, infinities, NaN, least and greatest normals, roots of the flushed zone, thresholds.
SPECIAL = np.array(
    [0, 0x80000000, 0x3F800000, 0xBF800000, 0x3F800001, 0x3F7FFFFF, 0x7F800000, 0xFF800000,
     0x7FC00000, 0x00800000, 0x80800000, 0x00FFFFFF, 0x20000000, 0xA0000000, 0x20000400, 0x1FFFF800,
     0x7F7FFFFF, 0xFF7FFFFF, 0x4B7FFFFF, 0x3F000000, 0x3F2AAAAB, 0x42B17217, 0xC2AEAC50],
    np.uint32,
)  # fmt: skip
_CALM = SPECIAL[(SPECIAL & 0x7FFFFFFF) <= 0x3F800000]

_DRAWN, _TURNS = 20_000, 1_000
_DRAWN_SIZES, _MOST = (1, 2, 3, 5, 8, 33, 0, 1, 70), 5_000

# Stride, padding, and groups or size.
_CONVOLUTIONS = ((1, 0, 1), (1, 1, 2), (2, 1, 1), (3, 2, 2))
_POOLS = ((1, 0, 1), (2, 0, 2), (2, 1, 3), (3, 0, 2))


@dataclass(frozen=True)
class Case:
    """The operands of one call; f32 inputs are flushed."""

    inputs: tuple[Array, ...]
    attrs: tuple[int, ...] = ()
    counts: Dims = ()


class _Plan(NamedTuple):
    """Dims of the rest variables (of the output where there is none), sizes of the others."""

    rest: Dims
    sizes: Mapping[str, int] = {}


def cases(kernel: Kernel) -> dict[str, list[Case]]:
    """The calls of each shape class that the row admits; raises Bug for an unknown attribute."""
    odd = _Plan((3, 5, 17) if not kernel.signature.dims else (2, 3), _sizes(kernel))
    plans = {
        "empty": list(_empties(kernel)),
        "one": [_Plan((1,), dict.fromkeys(kernel.signature.dims, 1))],
        "scalar": [_Plan((), dict.fromkeys(kernel.signature.dims, 1))],
        "odd": [odd],
        "hostile": [odd] * 4,
        "boundary": list(_boundaries(kernel)),
        "whole": list(_wholes(kernel)),
    }
    found = {
        name: list(_planned(kernel, some, 1000 * number, wild=name == "hostile"))
        for number, (name, some) in enumerate(plans.items())
    }
    found["broadcast"] = list(_broadcasts(kernel))
    found["special"] = list(_specials(kernel))
    return {name: some for name, some in found.items() if some}


def drawn(kernel: Kernel, seed: int) -> Case:
    """A small hostile call of random shape that the row admits; other seeds give other calls.

    Raises Bug where none is found, which would be a row that admits next to nothing.
    """
    for turn in range(_TURNS):
        word = iter(words(kernel.id, _DRAWN + _TURNS * seed + turn, 64).tolist())
        rest = tuple(_DRAWN_SIZES[next(word) % len(_DRAWN_SIZES)] for _ in range(next(word) % 5))
        images = "stride" in kernel.attrs
        sizes = {
            v: next(word) % 8 if images else _DRAWN_SIZES[next(word) % len(_DRAWN_SIZES)]
            for v in kernel.signature.dims
        }
        choices = list(_attrs(kernel, len(rest)))
        if not choices:
            continue
        attrs = choices[next(word) % len(choices)]
        smaller = {
            turn: tuple(1 if next(word) % 3 == 0 else n for n in rest[next(word) % 3 :])
            for turn in kernel.signature.rests[next(word) % 4 :]
            if any(o.rest is Rest.BROADCAST for o in kernel.signature.outputs)
        }
        try:
            case = _case(kernel, _Plan(rest, sizes), attrs, _DRAWN + seed, True, smaller)
        except KernelFault:
            continue
        if max((x.size for x in case.inputs), default=0) <= _MOST and _admits(kernel, case):
            return case
    raise Bug(f"no call of {kernel.name} could be drawn")


def _sizes(kernel: Kernel, **given: int) -> dict[str, int]:
    usual = {"M": 7, "K": 33, "N": 19, "C": 11} | given
    if "stride" in kernel.attrs:
        usual = {"N": 3, "C": 4, "O": 6, "H": 7, "W": 9, "R": 3, "S": 2} | given
    return {v: usual.get(v, 4) for v in kernel.signature.dims}


def _empties(kernel: Kernel) -> Iterator[_Plan]:
    for variable in kernel.signature.dims:
        yield _Plan((2,), _sizes(kernel, **{variable: 0}))
    yield _Plan((3, 0, 2), _sizes(kernel))


def _boundaries(kernel: Kernel) -> Iterator[_Plan]:
    """Across the blocks of 256 and the chunks of 4,096, one axis at a time."""
    if "stride" in kernel.attrs:
        grown = [("N", 11), ("C", 44), ("C", 128), ("H", 67)]
        yield from (_Plan((2,), _sizes(kernel, **{v: n})) for v, n in grown)
        return
    for variable in kernel.signature.dims:
        for size in (255, 256, 257, 513) if variable == "K" else (257, 4097):
            yield _Plan((), _sizes(kernel, **{variable: size}))
    if not kernel.signature.dims:
        yield from (_Plan((n,)) for n in (255, 257, 4095, 4096, 4097, 12289))
        yield from (_Plan(dims) for dims in ((4097, 3), (3, 4097), (300, 70)))


def _wholes(kernel: Kernel) -> Iterator[_Plan]:
    """Products that tiles cover and leave nothing over."""
    if {"M", "K", "N"} <= set(kernel.signature.dims):
        yield _Plan((2,), _sizes(kernel, M=128, K=264, N=256))


def _planned(kernel: Kernel, plans: list[_Plan], salt: int, wild: bool) -> Iterator[Case]:
    both = ((plan, attrs) for plan in plans for attrs in _attrs(kernel, len(plan.rest)))
    for number, (plan, attrs) in enumerate(both):
        case = _case(kernel, plan, attrs, salt + number, wild)
        if _admits(kernel, case):
            yield case


def _attrs(kernel: Kernel, rank: int) -> Iterator[tuple[int, ...]]:
    """Every mask of axes; axes 0 and 2 stay."""
    if "stride" in kernel.attrs:
        yield from _POOLS if "size" in kernel.attrs else _CONVOLUTIONS
        return
    if kernel.attrs == ("k",):
        yield from ((k,) for k in (1, 3, 19, 257))
        return
    if kernel.attrs == ("axis",):
        yield from ((axis,) for axis in range(rank))
        return
    if kernel.attrs == ("order",):
        yield from ((order_of(axes),) for axes in permutations(range(rank)))
        return
    if kernel.attrs not in ((), ("axes",), ("axes", "keep")):
        raise Bug(f"golden cases have no values for the attributes of {kernel.name}")
    for axes in range(1 << rank) if kernel.attrs else (0,):
        yield (axes, axes & 0b101)[: len(kernel.attrs)]


def _admits(kernel: Kernel, case: Case) -> bool:
    try:
        infer(kernel, [type_of(x) for x in case.inputs], case.attrs, case.counts)
    except KernelFault:
        return False
    return first_offence(kernel.name, case.inputs) < 0


def _broadcasts(kernel: Kernel) -> Iterator[Case]:
    """Each operand in turn smaller than the others, in every way."""
    if all(o.rest is not Rest.BROADCAST for o in kernel.signature.outputs):
        return
    for number, small in enumerate(((17,), (5, 1), (3, 1, 17), (), (1, 17))):
        for turn in kernel.signature.rests:
            smaller = {turn: small}
            case = _case(kernel, _Plan((3, 5, 17)), (), 8000 + number, wild=True, smaller=smaller)
            if _admits(kernel, case):
                yield case


def _specials(kernel: Kernel) -> Iterator[Case]:
    """Every special value of one operand against every one of the next."""
    signature = kernel.signature
    floats = [o.name for o in signature.inputs if o.dtype is DType.F32 and o.rests]
    fixed = not kernel.attrs and not signature.counts and not signature.dims
    if not fixed or kernel.same_count or not signature.rests or not floats:
        return
    case = _case(kernel, _Plan((SPECIAL.size, SPECIAL.size)), (), 9000, wild=True)
    grid = np.meshgrid(SPECIAL, SPECIAL, indexing="ij")
    pairs = dict(
        zip(floats, (np.ascontiguousarray(g).view(np.float32) for g in grid), strict=False)
    )
    named = zip(signature.inputs, case.inputs, strict=True)
    yield Case(tuple(pairs.get(operand.name, given) for operand, given in named))


def _case(
    kernel: Kernel,
    plan: _Plan,
    attrs: tuple[int, ...],
    salt: int,
    wild: bool,
    smaller: Mapping[str, Dims] | None = None,
) -> Case:
    signature = kernel.signature
    bound = dict.fromkeys(signature.rests, plan.rest) | dict(smaller or {})
    counts = _counts(kernel, plan.rest, salt) if signature.counts else ()
    if kernel.attrs == ("axis",) and len(signature.rests) > 1:
        bound[signature.rests[1]] = tuple(n + 2 * (i == attrs[0]) for i, n in enumerate(plan.rest))
    if kernel.same_count:
        counts, bound["T"] = counts[::-1], plan.rest[::-1]
    inputs = []
    for number, operand in enumerate(signature.inputs):
        front = bound[operand.rests[0]] if operand.rests else ()
        if operand.rest is Rest.REDUCED:
            front = reduced(front, attrs)
        elif operand.rest in REGIONS:
            front = region(operand.rest, [bound[r] for r in operand.rests], attrs, counts) or ()
        tail = (
            max(0, derive(v, plan.sizes, attrs)) if derived(v) else plan.sizes.get(v, 1)
            for v in operand.tail
        )
        dims = (*front, *tail)
        classes = max(plan.sizes.get("C", 1), 1)
        stream = 32 * salt + number  # no two operands of any case share one
        dtype = TENSORS[salt % len(TENSORS)] if operand.dtype is DType.ANY else operand.dtype
        inputs.append(_values(operand, dtype, dims, kernel.id, stream, wild, classes))
    return Case(tuple(inputs), attrs, counts)


def _counts(kernel: Kernel, rest: Dims, salt: int) -> Dims:
    """Trailing scalars: the dims of the output, or what its region needs."""
    rests = {o.rest for o in (*kernel.signature.inputs, *kernel.signature.outputs)}
    if Rest.CUT in rests:
        pairs = ((min(n, (salt + i) % 3), n - n // (3 + i)) for i, n in enumerate(rest))
        return tuple(b for begin, end in pairs for b in (begin, max(begin, end)))
    if Rest.PADDED in rests:
        return tuple((salt + i) % 4 for i in range(2 * len(rest)))
    return (salt % 4,) if Rest.REPEATED in rests else rest


def _values(
    operand: Operand, dtype: DType, dims: Dims, seed: int, stream: int, wild: bool, classes: int
) -> Array:
    count = int(np.prod(dims, dtype=np.int64))
    word = words(seed, stream, count).astype(np.uint32)
    if dtype is DType.F32:
        made: Array = _floats(word, words(seed, stream + 16, count).astype(np.uint32), wild)
    elif dtype is DType.BOOL:
        made = word & 1 == 1
    elif operand.name in INDEXES:
        made = (word % np.uint32(classes)).astype(np.int32)
    elif dtype is DType.I32 and not wild:
        made = (word & 3).astype(np.int32) - np.int32(2)  # so small that many are equal
    elif dtype is DType.I8:
        made = word.astype(np.uint8).view(np.int8)
    elif dtype in (DType.U64, DType.I64):
        made = word.astype(np.uint64) << np.uint64(29)
    else:
        made = word
    return made.astype(NUMPY[dtype]).reshape(dims)


def _floats(word: Array, other: Array, wild: bool) -> Array:
    """Both signs, any mantissa; 2^-66 to 2 and calm specials, or 2^-70 to 2^60 and all specials."""
    least, span, rate, some = (57, 130, 32, SPECIAL) if wild else (61, 67, 8, _CALM)
    exponent = (other % np.uint32(span) + np.uint32(least)) << np.uint32(23)
    ordinary = (word & np.uint32(0x807FFFFF)) | exponent
    picked = some[(other >> np.uint32(8)) % np.uint32(some.size)]
    special = (other >> np.uint32(16)) % np.uint32(rate) == 0
    return np.where(special, picked, ordinary).astype(np.uint32).view(np.float32)
