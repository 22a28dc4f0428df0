"""Types of registers as the kernel table names them, and back."""

from __future__ import annotations

from anhvm.isa.types import DType as MachineDType
from anhvm.isa.types import Type, dtype_of, is_tensor, rank_of, tensor
from anhvm.kernels.ranks import StaticType
from anhvm.kernels.signature import DType


def static_type(code: int) -> StaticType | None:
    """A machine type as the kernel table names it; None for bytes."""
    if code == Type.BYTES:
        return None
    if is_tensor(code):
        return StaticType(DType[dtype_of(code).name], rank_of(code))
    return StaticType(DType[Type(code).name], 0)


def machine_type(static: StaticType) -> int:
    """The machine type of an operand or result of a kernel."""
    if static.rank:
        return tensor(MachineDType[static.dtype.name], static.rank)
    return Type[static.dtype.name]
