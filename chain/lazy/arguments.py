"""From the arguments that a transaction carries to the values that the machine is started with.

Strict, for it decides whether a transaction is stillborn: every type is exactly the one of the
ABI, fixed sizes hold, and a named dimension means one number.  Nothing is converted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from anhvm.chain.tensors import DType
from anhvm.chain.values import Address, BlobTensor
from anhvm.errors import Refused
from anhvm.isa import types as isa
from anhvm.program.abi import Abi, Function, Named
from anhvm.program.engine import Value
from anhvm.runtime.codec import fixed, shape

Leaf = Value | BlobTensor

_SCALARS: dict[str, type] = {
    "u64": np.uint64,
    "i64": np.int64,
    "i32": np.int32,
    "f32": np.float32,
    "bool": bool,
    "address": Address,
    "str": str,
    "bytes": bytes,
}
_MACHINE = {
    "u64": isa.Type.U64,
    "i64": isa.Type.I64,
    "i32": isa.Type.I32,
    "f32": isa.Type.F32,
    "bool": isa.Type.BOOL,
    "address": isa.Type.BYTES,
    "str": isa.Type.BYTES,
    "bytes": isa.Type.BYTES,
}


def admit(
    abi: Abi, function: Function, params: tuple[int, ...], values: Sequence[object]
) -> tuple[Leaf, ...]:
    """The machine's arguments; `params` are the machine types of the program's function.

    Blobs stay references, checked by their dtype and dims.  Refused ``call.arguments`` where the
    values are not what the ABI says, or the ABI is not what the program says.
    """
    if len(values) != len(function.params):
        message = f"{function.name} takes {len(function.params)} arguments, {len(values)} are given"
        raise _refused(message)
    leaves: list[Leaf] = []
    codes: list[int] = []
    dims: dict[str, int] = {}
    for param, value in zip(function.params, values, strict=True):
        for leaf, item in _leaves(abi, param, value):
            codes.append(_code(leaf))
            leaves.append(_check(leaf, item, dims))
    if tuple(codes) != params:
        raise _refused(f"the ABI of {function.name} is not that of its bytecode")
    return tuple(leaves)


def resolve(leaves: Sequence[Leaf], load: Callable[[BlobTensor], Value]) -> tuple[Value, ...]:
    """The same with every blob loaded."""
    return tuple(load(leaf) if isinstance(leaf, BlobTensor) else leaf for leaf in leaves)


def _leaves(abi: Abi, param: Named, value: object) -> list[tuple[Named, object]]:
    struct = abi.struct(param.type)
    if struct is None:
        return [(param, value)]
    if not isinstance(value, list) or len(value) != len(struct.members):
        raise _refused(f"{param.name} is a {struct.name} of {len(struct.members)} members")
    return [
        leaf
        for member, item in zip(struct.members, value, strict=True)
        for leaf in _leaves(abi, Named(f"{param.name}.{member.name}", member.type), item)
    ]


def _code(leaf: Named) -> int:
    head, sizes = shape(leaf.type)
    if sizes and head.upper() in isa.DType.__members__ and len(sizes) <= isa.MAX_RANK:
        return isa.tensor(isa.DType[head.upper()], len(sizes))
    if not sizes and head in _MACHINE:
        return _MACHINE[head]
    raise _refused(f"{leaf.name} has the type {leaf.type}, which no argument can have")


def _check(leaf: Named, value: object, dims: dict[str, int]) -> Leaf:
    head, sizes = shape(leaf.type)
    if sizes:
        return _tensor(leaf, head, sizes, value, dims)
    if type(value) is not _SCALARS[head]:
        raise _refused(f"{leaf.name} is a {head}, not a {type(value).__name__}")
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, bytes):
        return bytes(value)
    assert isinstance(value, bool | np.float32)
    return value


def _tensor(
    leaf: Named, head: str, sizes: tuple[str, ...], value: object, dims: dict[str, int]
) -> Leaf:
    if isinstance(value, BlobTensor):
        dtype, given = DType(value.dtype).name, value.dims
    elif isinstance(value, np.ndarray):
        dtype, given = DType.of(value).name, value.shape
    else:
        raise _refused(f"{leaf.name} is a {leaf.type}, not a {type(value).__name__}")
    text = f"{leaf.name} is {leaf.type}, given {dtype.lower()}{list(given)}"
    if dtype != head.upper() or len(given) != len(sizes):
        raise _refused(text)
    for size, number in zip(sizes, given, strict=True):
        expected = fixed(size)
        if expected is None and not size.isidentifier():
            continue  # a computed size: the program checks it itself
        if expected is None:
            expected = dims.setdefault(size, number)
        if expected != number:
            raise _refused(f"{text}: expected {size} = {expected}")
    return value


def _refused(message: str) -> Refused:
    return Refused("call.arguments", message, "give the arguments that `anhvm check` shows")
