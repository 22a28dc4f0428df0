"""The kernel table as integers, for the C core; this file is the format.

A kernel is `KERNEL_WORDS` words:

    id  inputs  outputs  attributes  gas_class  flags  counts  limited  bits
    nonempty[2]  work[MAX_WORK][2]
    operand[MAX_OPERANDS] of OPERAND_WORDS words: inputs, then outputs, then zeros

    operand     dtype  rest  rests  tail  variable[MAX_TAIL]
    flags       1 checks data, 2 same_count, 4 attributes are stride, padding and groups, 8 .. size,
                16 the attribute is an axis, 32 an order of axes, 64 a number of elements,
                128 in_place, 256 operands are read partly
    counts      1 when trailing u64 scalars follow the operands
    limited     a dimension variable that is below 2^bits, or NOTHING
    work        pairs (variable, pad); variable NEXT begins the second term, NOTHING ends the list
    dtype, rest the codes of `signature.DType`, `signature.Rest`
    rests       bit set of rest variables (bit v for variable v), numbered from 0 in order of
                appearance; attributes `axes`, `keep` speak of rest variable 0
    tail        number of variables used
    variable    ONE, a dimension variable DIM + v (v from 0), a rest product REST + v,
                OUT, RUNS, LAST, AXES, KEPT, PIECES or PIECE; the last seven occur in `work` and
                `nonempty` only;
                SHARE + v for ``V%``, TAKEN + v for ``V@k``,
                WINDOWS + 8 v + w for ``V/W``, w = SIZE for the attribute; THIRD is `size`
"""

from __future__ import annotations

from anhvm.kernels.shapes import terms
from anhvm.kernels.signature import MAX_RANK, Operand, Rest, Signature
from anhvm.kernels.table import GAS_CLASSES, Kernel

MAX_OPERANDS = 14
MAX_COUNTS = 2 * MAX_RANK  # trailing scalars of a call
MAX_TAIL = 4
MAX_WORK = 12
MAX_NONEMPTY = 2
OPERAND_WORDS = 4 + MAX_TAIL
FIXED_WORDS = 9
KERNEL_WORDS = FIXED_WORDS + MAX_NONEMPTY + 2 * MAX_WORK + MAX_OPERANDS * OPERAND_WORDS

NOTHING, ONE, OUT, AXES, KEPT, THIRD, RUNS, LAST, DIM, REST = 0, 1, 2, 3, 4, 5, 6, 7, 8, 16
SHARE, TAKEN, PIECES, PIECE, NEXT, WINDOWS, SIZE = 24, 32, 40, 41, 42, 64, 7

CHECKS, SAME_COUNT, WINDOWED, SIZED, AXIS, ORDER, SOME = 1, 2, 4, 8, 16, 32, 64
IN_PLACE, PARTLY = 128, 256

# Rest variables of every kernel whose `axes` attribute speaks of the first are numbered by
# `Signature.rests`, so a REDUCED operand names the variable that a WHOLE operand binds.


def encode(kernel: Kernel) -> list[int]:
    """The words of one kernel, `KERNEL_WORDS` of them; raises ValueError when it does not fit."""
    signature = kernel.signature
    flags = CHECKS * bool(kernel.check) + SAME_COUNT * kernel.same_count
    flags += WINDOWED * ("stride" in kernel.attrs) + SIZED * ("size" in kernel.attrs)
    flags += AXIS * ("axis" in kernel.attrs) + ORDER * ("order" in kernel.attrs)
    flags += SOME * ("k" in kernel.attrs) + IN_PLACE * kernel.in_place + PARTLY * kernel.partly
    words = [
        kernel.id,
        len(signature.inputs),
        len(signature.outputs),
        len(kernel.attrs),
        GAS_CLASSES.index(kernel.gas_class),
        flags,
        int(signature.counts is not None),
        *((_variable(signature, kernel.limit[0]), kernel.limit[1]) if kernel.limit else (0, 0)),
    ]
    words += _padded([_variable(signature, v) for v in kernel.nonempty], MAX_NONEMPTY)
    words += _padded(_work(kernel), 2 * MAX_WORK)
    operands = [w for o in (*signature.inputs, *signature.outputs) for w in _operand(signature, o)]
    return words + _padded(operands, MAX_OPERANDS * OPERAND_WORDS)


def _work(kernel: Kernel) -> list[int]:
    first, *second = (
        [word for f in term for word in (_variable(kernel.signature, f.variable), f.pad)]
        for term in terms(kernel.madds)
    )
    if len(second) > 1:
        raise ValueError(f"more than two terms: {kernel.madds!r}")
    return [*first, *(word for term in second for word in (NEXT, 0, *term))]


def _operand(signature: Signature, operand: Operand) -> list[int]:
    rests = 0
    if operand.rest is not Rest.COUNTED:
        rests = sum(1 << signature.rests.index(r) for r in operand.rests)
    tail = [_variable(signature, v) for v in operand.tail]
    return [operand.dtype, operand.rest, rests, len(tail), *_padded(tail, MAX_TAIL)]


def _variable(signature: Signature, name: str) -> int:
    special = {"1": ONE, "out": OUT, "axes": AXES, "kept": KEPT, "size": THIRD}
    special |= {"runs": RUNS, "last": LAST, "pieces": PIECES, "piece": PIECE}
    if name.endswith("%"):
        return SHARE + signature.dims.index(name[:-1])
    if "@" in name:
        return TAKEN + signature.dims.index(name.removesuffix("@k"))
    along, slash, window = name.partition("/")
    if slash:
        size = SIZE if window == "size" else signature.dims.index(window)
        return WINDOWS + 8 * signature.dims.index(along) + size
    if name in special:
        return special[name]
    if name in signature.rests:
        return REST + signature.rests.index(name)
    return DIM + signature.dims.index(name)


def _padded(words: list[int], length: int) -> list[int]:
    if len(words) > length:
        raise ValueError(f"{len(words)} words do not fit {length}")
    return words + [NOTHING] * (length - len(words))
