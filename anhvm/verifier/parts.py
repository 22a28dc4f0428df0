"""Rules on the parts that all functions share.

* limit: a name has at most MAX_NAME bytes, a list at most MAX_ITEMS entries;
* const: a bool is 0 or 1, an i32 is sign-extended, the upper half of an f32 is 0, no f32 is
  subnormal, and every NaN is canonical: a constant is what a register or tensor can hold;
* field: a scalar type but f32 or bytes for each of at most MAX_KEYS keys; a tensor is within the
  size limit; `initial` is -1 or a constant of the field's type and dims.
"""

from __future__ import annotations

from collections.abc import Iterable, Sized

import numpy as np

from anhvm.isa.types import DType, Type, dtype_of, fits, is_tensor
from anhvm.program.limits import MAX_ITEMS, MAX_NAME
from anhvm.program.model import MAX_KEYS, Const, Field, Program
from anhvm.verifier.refusal import NotVerified

KEY_TYPES = frozenset({Type.U64, Type.I64, Type.I32, Type.BOOL, Type.BYTES})
_CANONICAL_NAN = 0x7FC00000


def check_parts(program: Program) -> None:
    """Names, constants, fields and events of `program`."""
    check_names([program.name, *program.files])
    for what, items in (
        ("constants", program.consts),
        ("fields", program.fields),
        ("events", program.events),
        ("files", program.files),
    ):
        check_count(what, items)
    for index, const in enumerate(program.consts):
        if not _holdable(const):
            raise NotVerified("const", f"constant {index} is no value of its type")
    for field in program.fields:
        check_names([field.name])
        _check_field(program, field)
    for event in program.events:
        check_names([event.name])
        check_count("types", event.types)


def check_names(names: Iterable[str]) -> None:
    for name in names:
        if len(name.encode()) > MAX_NAME:
            raise NotVerified("limit", f"a name of more than {MAX_NAME} bytes, {name[:20]!r}")


def check_count(what: str, items: Sized) -> None:
    if len(items) > MAX_ITEMS:
        raise NotVerified("limit", f"more than {MAX_ITEMS} {what}")


def _holdable(const: Const) -> bool:
    if is_tensor(const.type):
        dtype = dtype_of(const.type)
        if dtype == DType.BOOL:
            return max(const.data, default=0) <= 1
        return dtype != DType.F32 or _settled(const.data)
    if const.type == Type.BOOL:
        return int.from_bytes(const.data, "little") <= 1
    if const.type == Type.I32:
        return -(1 << 31) <= int.from_bytes(const.data, "little", signed=True) < 1 << 31
    if const.type == Type.F32:
        return const.data[4:] == bytes(4) and _settled(const.data[:4])
    return True


def _settled(data: bytes) -> bool:
    """No subnormal and no NaN but the canonical one."""
    bits = np.frombuffer(data, dtype="<u4")
    size = bits & np.uint32(0x7FFFFFFF)
    subnormal = (size != 0) & (size < np.uint32(0x00800000))
    strange = (size > np.uint32(0x7F800000)) & (bits != np.uint32(_CANONICAL_NAN))
    return not bool((subnormal | strange).any())


def _check_field(program: Program, field: Field) -> None:
    if len(field.keys) > MAX_KEYS or not KEY_TYPES.issuperset(field.keys):
        raise NotVerified("field", f"the keys of field {field.name}")
    if not fits(field.dims):
        raise NotVerified("field", f"field {field.name} has too many elements")
    if field.initial == -1:
        return
    if not 0 <= field.initial < len(program.consts):
        raise NotVerified("field", f"field {field.name} starts with an unknown constant")
    const = program.consts[field.initial]
    if (const.type, const.dims) != (field.type, field.dims):
        raise NotVerified("field", f"field {field.name} starts with a constant of another type")
