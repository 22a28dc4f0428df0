"""Arguments as a transaction carries them: typed values, structs as nested lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from anhvm.chain.values import Address, BlobTensor
from anhvm.errors import Bug
from anhvm.program.abi import Abi, Function, Named
from anhvm.runtime.codec import Codec, Leaf

_INTEGERS = {"u64": np.uint64, "i64": np.int64, "i32": np.int32}


def typed(codec: Codec, function: Function, args: Sequence[object]) -> list[object]:
    """The values to encode for a call of `function`.  UserError ``argument.*``."""
    leaves = iter(codec.leaves(function, args))
    return [_nest(codec.abi, param, leaves) for param in function.params]


def blobs_of(codec: Codec, function: Function, args: Sequence[object]) -> tuple[bytes, ...]:
    """The digests of the blobs that the arguments refer to."""
    leaves = codec.leaves(function, args)
    return tuple(value.blob for _, value in leaves if isinstance(value, BlobTensor))


def _nest(abi: Abi, named: Named, leaves: Iterator[Leaf]) -> object:
    struct = abi.struct(named.type)
    if struct is not None:
        return [_nest(abi, member, leaves) for member in struct.members]
    leaf, value = next(leaves)
    if leaf.type in _INTEGERS:
        if not isinstance(value, int):
            raise Bug(f"{leaf.name} is no integer")
        return _INTEGERS[leaf.type](value)
    if isinstance(value, bytes):
        return value.decode() if leaf.type == "str" else _bytes(leaf, value)
    return value


def _bytes(leaf: Named, value: bytes) -> bytes:
    return Address(value) if leaf.type == "address" else value
