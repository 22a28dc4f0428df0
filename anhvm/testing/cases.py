"""Arguments for a test with parameters: corners, then random values from a seed; and simpler ones.

Values are by leaf, as the machine takes them.  A size is named in the types of the test; leaves
that name the same size get the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np

from anhvm.errors import UserError
from anhvm.fuzz import values as hostile
from anhvm.isa.types import DType, Type
from anhvm.program.abi import Abi, Function, Named
from anhvm.program.engine import Value
from anhvm.program.values import NUMPY, RANGES
from anhvm.runtime.codec import fixed, shape

SIZES: Final = (0, 1, 2, 3, 5, 8)
"""What a named size is; the first cases take them in this order."""
FEW: Final = 16
"""Elements of a tensor that are simplified one by one."""
_INTEGERS: Final = {"u64": Type.U64, "i64": Type.I64, "i32": Type.I32}
_DTYPES: Final = {"f32": DType.F32, "i32": DType.I32, "i8": DType.I8, "bool": DType.BOOL}

Case = tuple[Value, ...]


@dataclass(frozen=True)
class Parameters:
    """The leaves of a test's parameters, and the accounts that an address is chosen from."""

    leaves: tuple[Named, ...]
    accounts: tuple[bytes, ...]

    @classmethod
    def of(cls, abi: Abi, function: Function, accounts: Sequence[bytes]) -> Parameters:
        """UserError ``test.size`` for a size that cannot be chosen."""
        leaves = tuple(leaf for param in function.params for leaf in abi.flatten(param))
        for leaf in leaves:
            for size in shape(leaf.type)[1]:
                if fixed(size) is None and not size.isidentifier():
                    message = f"{function.name}: the size {size} of {leaf.name} is computed"
                    hint = "name each size alone, and compute inside of the test"
                    raise UserError("test.size", message, hint)
        return cls(leaves, tuple(accounts))

    @property
    def sizes(self) -> tuple[str, ...]:
        """The named sizes, in the order of their first use."""
        found = (size for leaf in self.leaves for size in shape(leaf.type)[1])
        return tuple(dict.fromkeys(size for size in found if fixed(size) is None))

    def cases(self, seed: str) -> Iterator[Case]:
        """The cases of a seed, without end; a single empty one where there are no parameters.

        The first is the simplest; the next two have the greatest and the least integers.
        """
        rng, number = Random(seed), 0
        while number == 0 or self.leaves:
            named = {
                size: SIZES[number] if number < len(SIZES) else rng.choice(SIZES)
                for size in self.sizes
            }
            yield tuple(self._value(rng, leaf, named, number) for leaf in self.leaves)
            number += 1

    def _value(self, rng: Random, leaf: Named, named: dict[str, int], number: int) -> Value:
        head, sizes = shape(leaf.type)
        if sizes:
            dims = tuple(named[s] if (n := fixed(s)) is None else n for s in sizes)
            kind = _DTYPES[head]
            return hostile.array(rng, kind, dims) if number else np.zeros(dims, NUMPY[kind])
        if leaf.name in named:
            return named[leaf.name]
        if head in _INTEGERS:
            low, high = RANGES[_INTEGERS[head]]
            known = (0, high, low)
            return known[number] if number < 3 else hostile.integer(rng, _INTEGERS[head])
        if head == "address":
            return rng.choice(self.accounts) if number else self.accounts[0]
        if head == "f32":
            return np.float32(hostile.f32(rng) if number else 0)
        if head == "bool":
            return number > 0 and rng.random() < 0.5
        data = hostile.scalar(rng, Type.BYTES) if number else b""
        assert isinstance(data, bytes)
        return data.decode(errors="replace").encode() if head == "str" else data

    def simpler(self, case: Case) -> Iterator[Case]:
        """Cases one step simpler than `case`."""
        for size in self.sizes:
            now = next(n for n, s in self._axes(case) if s == size)
            for smaller in dict.fromkeys((0, now // 2, now - 1)):
                if 0 <= smaller < now:
                    yield self._resized(case, size, smaller)
        for at, (leaf, value) in enumerate(zip(self.leaves, case, strict=True)):
            if leaf.name not in self.sizes:
                for other in self._simpler(shape(leaf.type)[0], value):
                    yield (*case[:at], other, *case[at + 1 :])

    def _axes(self, case: Case) -> Iterator[tuple[int, str]]:
        for leaf, value in zip(self.leaves, case, strict=True):
            if isinstance(value, np.ndarray):
                yield from zip(value.shape, shape(leaf.type)[1], strict=True)

    def _resized(self, case: Case, size: str, number: int) -> Case:
        made: list[Value] = []
        for leaf, value in zip(self.leaves, case, strict=True):
            if isinstance(value, np.ndarray):
                cut = (slice(number if s == size else None) for s in shape(leaf.type)[1])
                made.append(value[tuple(cut)])
            else:
                made.append(number if leaf.name == size else value)
        return tuple(made)

    def _simpler(self, head: str, value: Value) -> Iterator[Value]:
        if isinstance(value, np.ndarray):
            if value.any():
                yield np.zeros_like(value)
            if value.size <= FEW:
                for at in zip(*np.nonzero(value), strict=True):
                    other = value.copy()
                    other[at] = 0
                    yield other
        elif isinstance(value, bool):
            if value:
                yield False
        elif isinstance(value, int):
            half = abs(value) // 2 * (1 if value > 0 else -1)
            less = value - (1 if value > 0 else -1)
            yield from (n for n in dict.fromkeys((0, half, less)) if abs(n) < abs(value))
        elif isinstance(value, np.float32):
            whole = (np.float32(n) for n in (0, 1, np.trunc(value)))
            yield from (n for n in whole if n != value and not abs(n) > abs(value))
        elif head == "address":
            yield from self.accounts[: self.accounts.index(value)]
        elif head == "bytes" or value.isascii():
            yield from (value[:n] for n in dict.fromkeys((0, len(value) // 2)) if n < len(value))
