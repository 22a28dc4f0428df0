"""Values as users write them, to and from the values of the machine, by the types of the ABI.

A struct is a dict, by member names, or a list, in their order; the leaves of all arguments in order
are the parameters of the machine.  Numbers are taken as they are or refused, with two
conveniences: Python floats and ints become f32, rounded once, and nested lists become tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from anhvm.errors import UserError
from anhvm.isa.types import Type
from anhvm.program.abi import Abi, Function, Named
from anhvm.program.engine import Event, Value
from anhvm.program.values import RANGES, release

ADDRESS_BYTES: Final = 33
_DTYPES: Final = {"f32": np.float32, "i32": np.int32, "i8": np.int8, "bool": np.bool_}
_KINDS: Final = {"f32": "iuf", "i32": "iu", "i8": "iu", "bool": "b"}
"""The kinds of NumPy from which nothing but a rounding to f32 is lost; asarray would truncate."""
_INTEGERS: Final = {"u64": Type.U64, "i64": Type.I64, "i32": Type.I32}

Leaf = tuple[Named, Any]


def shape(type_text: str) -> tuple[str, tuple[str, ...]]:
    """``f32[N, 64]`` as ``("f32", ("N", "64"))``; a scalar has no sizes."""
    head, _, tail = type_text.partition("[")
    sizes = tuple(part.strip() for part in tail.rstrip("]").split(",")) if tail else ()
    return head.strip(), sizes


def fixed(size: str) -> int | None:
    """The number of a size that is written as one."""
    return int(size) if size.isascii() and size.isdigit() else None


def bind(function: Function, args: Sequence[object], named: Mapping[str, object]) -> list[object]:
    """Arguments in the order of the parameters.  UserError ``argument.missing``, ``.unknown``."""
    names = [param.name for param in function.params]
    if len(args) > len(names):
        what = "argument" if len(names) == 1 else "arguments"
        message = f"{function.name} takes {len(names)} {what}, {len(args)} are given"
        raise _misbound("count", message, function)
    bound = dict(zip(names, args, strict=False))
    for name, value in named.items():
        if name not in names or name in bound:
            fault = "is given twice" if name in bound else "is no parameter"
            raise _misbound("unknown", f"'{name}' {fault}", function)
        bound[name] = value
    for param in function.params:
        if param.name not in bound:
            message = f"the argument {param.name}: {param.type} is missing"
            raise _misbound("missing", message, function)
    return [bound[name] for name in names]


def _misbound(code: str, message: str, function: Function) -> UserError:
    params = ", ".join(f"{p.name}: {p.type}" for p in function.params)
    return UserError(f"argument.{code}", message, f"call it as {function.name}({params})")


class Codec:
    """Conversion for one ABI.

    `address` reads an address that is written as text; `passed` are types of leaves that go
    through untouched where a tensor is expected (references to published blobs).
    """

    def __init__(
        self,
        abi: Abi,
        address: Callable[[str], bytes] | None = None,
        passed: tuple[type, ...] = (),
    ) -> None:
        self.abi = abi
        self._address = address
        self._passed = passed

    def leaves(self, function: Function, args: Sequence[object]) -> list[Leaf]:
        """Each parameter's leaves with their machine values.  UserError ``argument.*``."""
        sizes: dict[str, int] = {}
        return [
            (leaf, self._leaf(leaf, item, sizes))
            for param, value in zip(function.params, args, strict=True)
            for leaf, item in self._split(param, value)
        ]

    def read(self, types: Sequence[str], values: Sequence[Value]) -> object:
        """Results as users see them: nothing, one value, or a tuple; structs as dicts."""
        source = iter(values)
        found = [self._join(Named("", kind), source) for kind in types]
        return None if not found else found[0] if len(found) == 1 else tuple(found)

    def event(self, event: Event) -> tuple[str, dict[str, object]]:
        """The name of an event, and its values by the names of its parameters."""
        declared = next(e for e in self.abi.events if e.index == event.index)
        source = iter(event.values)
        return declared.name, {param.name: self._join(param, source) for param in declared.params}

    def _split(self, named: Named, value: object) -> Iterator[Leaf]:
        struct = self.abi.struct(named.type)
        if struct is None:
            yield named, value
            return
        names = [member.name for member in struct.members]
        if isinstance(value, Mapping):
            if set(value) != set(names):
                odd = ", ".join(sorted(map(str, set(value) ^ set(names))))
                raise _bad(named, value, f"missing or unknown: {odd}", f"give {', '.join(names)}")
            items = [value[name] for name in names]
        elif isinstance(value, list | tuple) and len(value) == len(names):
            items = list(value)
        else:
            raise _bad(named, value, "it is no struct", f"give an object with {', '.join(names)}")
        for member, item in zip(struct.members, items, strict=True):
            yield from self._split(Named(f"{named.name}.{member.name}", member.type), item)

    def _join(self, named: Named, source: Iterator[Value]) -> object:
        struct = self.abi.struct(named.type)
        if struct is not None:
            return {member.name: self._join(member, source) for member in struct.members}
        value = release(next(source))
        if named.type == "str" and isinstance(value, bytes):
            return value.decode(errors="replace")
        return value

    def _leaf(self, leaf: Named, value: object, sizes: dict[str, int]) -> object:
        head, dims = shape(leaf.type)
        if dims:
            return self._tensor(leaf, head, dims, value, sizes)
        if head in _INTEGERS:
            return _integer(leaf, value, _INTEGERS[head])
        if head == "f32":
            return _float(leaf, value)
        if head == "bool":
            if isinstance(value, bool | np.bool_):
                return bool(value)
            raise _bad(leaf, value, "it is no bool", "give true or false")
        return self._text(leaf, head, value)

    def _text(self, leaf: Named, head: str, value: object) -> bytes:
        if head == "address":
            if isinstance(value, str) and self._address:
                value = self._address(value)
            if isinstance(value, bytes) and len(value) == ADDRESS_BYTES:
                return value
            raise _bad(leaf, value, "it is no address", "give an address: anh1…")
        if head == "str" and isinstance(value, str):
            return value.encode()
        if head == "bytes" and isinstance(value, bytes | bytearray):
            return bytes(value)
        raise _bad(leaf, value, f"it is no {head}", f"give {head}")

    def _tensor(
        self, leaf: Named, head: str, dims: tuple[str, ...], value: object, sizes: dict[str, int]
    ) -> object:
        if isinstance(value, self._passed):
            return value
        dtype = _DTYPES[head]
        if isinstance(value, list | tuple):
            try:
                if np.size(value) and np.asarray(value).dtype.kind not in _KINDS[head]:
                    raise ValueError(f"its elements are not all {head}")
                value = np.asarray(value, dtype)
            except (ValueError, TypeError, OverflowError) as fault:
                raise _bad(leaf, value, str(fault), "give a rectangular list of numbers") from fault
        if not isinstance(value, np.ndarray):
            raise _bad(leaf, value, "it is no tensor", "give a NumPy array or a nested list")
        if value.dtype != dtype:
            hint = f"convert it: .astype(numpy.{dtype.__name__})"
            raise _bad(leaf, value, f"its dtype is {value.dtype}", hint)
        if value.ndim != len(dims):
            raise _bad(leaf, value, f"its rank is {value.ndim}", f"give rank {len(dims)}")
        for axis, (size, number) in enumerate(zip(dims, value.shape, strict=True)):
            expected = fixed(size)
            if expected is None and not size.isidentifier():
                continue  # a computed size: the program itself checks it
            if expected is None:
                expected = sizes.setdefault(size, number)
            if expected != number:
                reason = f"axis {axis} is {number}, expected {size}"
                reason += "" if fixed(size) is not None else f" = {expected}"
                raise _bad(leaf, value, reason, "give a tensor of that shape")
        return value


def _integer(leaf: Named, value: object, kind: Type) -> int:
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise _bad(leaf, value, "it is no integer", "give an integer")
    low, high = RANGES[kind]
    if not low <= int(value) <= high:
        raise _bad(leaf, value, "it is out of range", f"give {low} to {high}")
    return int(value)


def _float(leaf: Named, value: object) -> np.float32:
    if isinstance(value, bool | np.bool_) or not isinstance(
        value, int | float | np.integer | np.floating
    ):
        raise _bad(leaf, value, "it is no number", "give a number")
    with np.errstate(over="ignore"):
        return np.float32(value)


def _bad(leaf: Named, value: object, fault: str, hint: str) -> UserError:
    given = type(value).__name__
    if isinstance(value, np.ndarray):
        given = f"array {value.dtype}{list(value.shape)}"
    elif isinstance(value, int | float | str):
        given = f"{value!r:.40}"
    return UserError("argument.type", f"{leaf.name}: {leaf.type}, given {given}: {fault}", hint)
