"""What device code is written in: every name that a kernel calls, with its meaning in Python.

`ptx` gives each of them its instruction.  The arithmetic is that of `definitions.floats`, so device
code also runs as plain Python: straight lines over whole arrays, kernels thread by thread once
something has put itself in `HERE.machine`.
"""

from __future__ import annotations

import threading
from typing import Any, Protocol

import numpy as np

from anhvm.kernels.definitions import floats

WARP = 32
THREADS = 256  # threads of a block, where a kernel does not say otherwise


class Machine(Protocol):
    """What one thread of a launch sees."""

    def thread(self) -> int: ...
    def block(self) -> int: ...
    def barrier(self) -> None: ...
    def from_below(self, value: Any, distance: int) -> Any: ...
    def shared(self, owner: Shared) -> Any: ...


class _Here(threading.local):
    machine: Machine


HERE = _Here()


class Shared:
    """`count` f32 that the threads of a block share; a kernel calls it for the array."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __call__(self) -> Any:
        return HERE.machine.shared(self)


def thread() -> Any:
    """Index of the thread in its block."""
    return HERE.machine.thread()


def block() -> Any:
    """Index of the block."""
    return HERE.machine.block()


def barrier() -> None:
    """Waits for the threads of the block."""
    HERE.machine.barrier()


def from_below(value: Any, distance: int) -> Any:
    """The `value` (32 bits) of the lane `distance` further on in the warp; all lanes call it."""
    return HERE.machine.from_below(value, distance)


def four(x: Any, at: Any, when: Any, otherwise: Any) -> Any:
    """Four neighbours of an f32 array at once, `otherwise` unless `when`; 4 divides `at`."""
    return (x[at], x[at + 1], x[at + 2], x[at + 3]) if when else otherwise


def put_four(x: Any, at: Any, values: Any) -> None:
    """The same for storing, always."""
    x[at], x[at + 1], x[at + 2], x[at + 3] = values


def four_shared(x: Any, at: Any) -> Any:
    """Four neighbours of an array that the block shares."""
    return x[at], x[at + 1], x[at + 2], x[at + 3]


def put_four_shared(x: Any, at: Any, values: Any) -> None:
    """The same for storing."""
    x[at], x[at + 1], x[at + 2], x[at + 3] = values


def outer(c: Any, u: Any, v: Any) -> Any:
    """One more term of the chains in `c`, row by row: at row e and column f of u[e] and v[f]."""
    return tuple(fma(x, y, c[e * len(v) + f]) for e, x in enumerate(u) for f, y in enumerate(v))


def bits(x: Any) -> Any:
    """The bits of an f32, as i32."""
    return np.asarray(x, np.float32, order="C").view(np.int32)


def of_bits(x: Any) -> Any:
    """The f32 of the bits in an i32."""
    return np.asarray(x, np.int32, order="C").view(np.float32)


add, sub, mul, div = floats.add, floats.sub, floats.mul, floats.div
fma, sqrt, maximum, minimum = floats.fma, floats.sqrt, floats.maximum, floats.minimum
where, negative, logical_not = np.where, np.negative, np.logical_not
float32, int8, int32 = np.float32, np.int8, np.int32
uint32, int64, uint64 = np.uint32, np.int64, np.uint64
