"""The signature language of the kernel table: dtypes and shapes of a kernel in one line of text.

    a:f32[*B,M,K] b:f32[*B,K,N] -> y:f32[*B,M,N]

An operand is ``name:dtype[dims]``; rank 0 (``f32[]``) is a scalar register.  `dims` is at most one
*rest* in front, then a tail of dimension variables or the literal ``1``:

    M          one dimension; the same variable is the same number everywhere
    *S         WHOLE    any number of leading dimensions, the same list everywhere
    S-axes     REDUCED  the list S without the axes in the mask of attribute `axes`; of these, an
                        axis that is also in the mask `keep` stays, with size 1
    S|T        BROADCAST (output, no tail) the lists S, T right-aligned: equal, or one of them 1
    @R         COUNTED  (output, no tail) the values of the trailing operands ``name:u64*R``,
                        which are one u64 scalar for each dimension of the output
    S:P        CUT      of each axis of S the part [begin, end); begin and end of the first axis,
                        then of the second, ... are the trailing ``name:u64*P``
    S+P        PADDED   each axis of S with so much before it and behind it, in the same order
    S*P        REPEATED the axis `axis` of S as often as the one trailing scalar says
    S&T        JOINED   T behind S along the axis `axis`; all other axes are equal
    S~order    TURNED   axis i is axis `order` i of S

Several dtypes are one row where the dtype is ``any``: f32, i32, i8 or bool, the same for every
operand that says so.

Three forms in a tail are *derived* from variables and attributes:

    H/R        the number of windows of size R along H: (H + 2 padding - R) // stride + 1; R is a
               variable or the attribute `size`
    C%         the share of one group: C / groups, which must be whole
    N@k        the attribute `k`, which is at most N

Attributes are static integers of an instruction: `axes` and `keep`, bit masks over the axes of S;
`axis`, the number of an axis; `order`, a permutation, 3 bits for each axis from the lowest; `k`; or
`stride`, `padding`, and `groups` or `size`; these and `k` are below 2^16 and at least 1 (`padding`
0).  Twice the padding of a pool is less than its size.  Everybody who needs a shape reads this one
parsed form: `shapes` computes with numbers, the verifier with ranks, the compiler with symbols, the
C core from `encoding`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

MAX_RANK = 6
MAX_ATTRIBUTE = (1 << 16) - 1  # of a stride, padding, group count or size
MAX_ELEMENTS = 1 << 31  # of a tensor; no dimension is larger either


class DType(IntEnum):
    """Element and scalar types; the value is the code used in encoded signatures."""

    U64 = 0
    I64 = 1
    I32 = 2
    F32 = 3
    BOOL = 4
    I8 = 5
    ANY = 6  # in signatures only: the four of tensors

    @property
    def size(self) -> int:
        """Bytes of one element."""
        return (8, 8, 4, 4, 1, 1)[self]

    def admits(self, other: DType) -> bool:
        """Whether an operand that says `self` takes a value of dtype `other`."""
        return other is self or (self is DType.ANY and other in TENSORS)

    @property
    def word(self) -> str:
        """The name in signatures and in the language: ``f32``."""
        return self.name.lower()


TENSORS = (DType.I32, DType.F32, DType.BOOL, DType.I8)


class Rest(IntEnum):
    """What stands in front of the tail of an operand's dims."""

    NONE = 0
    WHOLE = 1
    REDUCED = 2
    BROADCAST = 3
    COUNTED = 4
    CUT = 5
    PADDED = 6
    REPEATED = 7
    JOINED = 8
    TURNED = 9


@dataclass(frozen=True)
class Operand:
    """One input or output: ``name:dtype[rest,tail]``.

    `rests` holds the rest variables: none, one, or for BROADCAST and JOINED all that take part.
    `tail` holds dimension variables and ``"1"``.
    """

    name: str
    dtype: DType
    rest: Rest
    rests: tuple[str, ...]
    tail: tuple[str, ...]


@dataclass(frozen=True)
class Signature:
    """A parsed signature; `counts` names the trailing ``u64*`` operand, or is None."""

    inputs: tuple[Operand, ...]
    outputs: tuple[Operand, ...]
    counts: str | None

    @property
    def rests(self) -> tuple[str, ...]:
        """Rest variables in order of appearance; the first is the one that `axes` speaks of."""
        found = {v: None for o in self.inputs if o.rest is Rest.WHOLE for v in o.rests}
        return tuple(found)

    @property
    def dims(self) -> tuple[str, ...]:
        """Dimension variables in order of appearance."""
        return tuple({v: None for o in self.inputs for v in o.tail if v != "1" and not derived(v)})


def derived(item: str) -> bool:
    """Whether an item of a tail follows from variables and attributes."""
    return "/" in item or "@" in item or item.endswith("%")


def variables(item: str) -> tuple[str, ...]:
    """The dimension variables in an item of a tail."""
    return tuple(v for v in item.rstrip("%").removesuffix("@k").split("/") if v != "size")


def derive(item: str, sizes: Mapping[str, int], attrs: Sequence[int]) -> int:
    """The value of a derived item, or -1 where groups do not divide or something does not fit."""
    if "@" in item:
        return attrs[0] if attrs[0] <= sizes[item.removesuffix("@k")] else -1
    stride, padding, last = attrs
    if item.endswith("%"):
        share, rest = divmod(sizes[item[:-1]], last)
        return -1 if rest else share
    along, _, window = item.partition("/")
    size = last if window == "size" else sizes[window]
    room = sizes[along] + 2 * padding - size
    return room // stride + 1 if size > 0 and room >= 0 else -1


_OPERAND = re.compile(r"(\w+):(\w+)\[([^\]]*)\]$")
_SIGNS = {
    "|": Rest.BROADCAST,
    ":": Rest.CUT,
    "+": Rest.PADDED,
    "*": Rest.REPEATED,
    "&": Rest.JOINED,
    "~": Rest.TURNED,
}
_COUNTS = re.compile(r"(\w+):u64\*([A-Z])$")


@cache
def parse(text: str) -> Signature:
    """Parse a signature; raises ValueError (a mistake in the table, not of a user)."""
    left, _, right = text.partition("->")
    words = left.split()
    counts = _COUNTS.match(words[-1]) if words else None
    if counts:
        words = words[:-1]
    inputs = tuple(_operand(w) for w in words)
    outputs = tuple(_operand(w) for w in right.split())
    known = {v for o in inputs for v in (*o.rests, *o.tail)} | {"1"}
    if counts:
        known.add(counts.group(2))
    for output in outputs:
        if not known.issuperset((*output.rests, *(v for i in output.tail for v in variables(i)))):
            raise ValueError(f"unbound variable in the output of {text!r}")
    return Signature(inputs, outputs, counts.group(1) if counts else None)


def _operand(text: str) -> Operand:
    match = _OPERAND.match(text)
    if not match:
        raise ValueError(f"not an operand: {text!r}")
    name, dtype, dims = match.groups()
    parts = [p for p in dims.split(",") if p]
    rest, rests = _rest(parts[0] if parts else "")
    tail = tuple(parts if rest is Rest.NONE else parts[1:])
    return Operand(name, DType[dtype.upper()], rest, rests, tail)


def _rest(text: str) -> tuple[Rest, tuple[str, ...]]:
    if text.startswith("*"):
        return Rest.WHOLE, (text[1:],)
    if text.startswith("@"):
        return Rest.COUNTED, (text[1:],)
    if text.endswith("-axes"):
        return Rest.REDUCED, (text.removesuffix("-axes"),)
    for sign, rest in _SIGNS.items():
        if sign in text:
            both = tuple(text.split(sign))
            return rest, both if rest in (Rest.BROADCAST, Rest.JOINED) else both[:1]
    return Rest.NONE, ()
