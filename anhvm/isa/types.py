"""Types of registers, as one byte each.

Scalars and `bytes` have small codes.  A tensor packs dtype and rank, both static::

      7 6 5   4 3   2 1 0
     +-+-+-+-------+-----+
     |0|1|0| dtype |rank |      rank 1..6; a rank-0 tensor *is* the scalar register
     +-+-+-+-------+-----+

Text and addresses are `bytes` to the machine; the ABI knows better.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from math import prod
from typing import Final

from anhvm.kernels.signature import MAX_ELEMENTS as MAX_ELEMENTS
from anhvm.kernels.signature import MAX_RANK as MAX_RANK


class Type(IntEnum):
    """Codes of the types that are no tensors."""

    U64 = 1
    I64 = 2
    I32 = 3
    F32 = 4
    BOOL = 5
    BYTES = 6


class DType(IntEnum):
    """Element types of tensors; also the names used by `kernels.table`."""

    F32 = 0
    I32 = 1
    I8 = 2
    BOOL = 3


ITEMSIZE: Final = {DType.F32: 4, DType.I32: 4, DType.I8: 1, DType.BOOL: 1}
ELEMENT: Final = {
    DType.F32: Type.F32,
    DType.I32: Type.I32,
    DType.I8: Type.I32,
    DType.BOOL: Type.BOOL,
}
"""The scalar type in which one element of a tensor is read and written."""

SCALARS: Final = frozenset({Type.U64, Type.I64, Type.I32, Type.F32, Type.BOOL})
_TENSOR: Final = 0x40


def tensor(dtype: DType, rank: int) -> int:
    """Code of a tensor type; `rank` is 1..MAX_RANK."""
    if not 1 <= rank <= MAX_RANK:
        raise ValueError(f"rank {rank} is not in 1..{MAX_RANK}")
    return _TENSOR | dtype << 3 | rank


def is_tensor(code: int) -> bool:
    return code & 0xE0 == _TENSOR and 1 <= code & 7 <= MAX_RANK


def is_handle(code: int) -> bool:
    """Whether the register holds a reference to a value on the machine's heap."""
    return code == Type.BYTES or is_tensor(code)


def is_type(code: int) -> bool:
    return code in Type.__members__.values() or is_tensor(code)


def dtype_of(code: int) -> DType:
    return DType(code >> 3 & 3)


def rank_of(code: int) -> int:
    return code & 7


def fits(dims: Sequence[int]) -> bool:
    """Whether a tensor is within the size limit: the product, zeros counted as 1."""
    return prod(max(dim, 1) for dim in dims) <= MAX_ELEMENTS


def show(code: int) -> str:
    """Text form, as the assembler reads it: ``u64``, ``bytes``, ``f32[2]`` (rank, not sizes)."""
    if is_tensor(code):
        return f"{dtype_of(code).name.lower()}[{rank_of(code)}]"
    return Type(code).name.lower()
