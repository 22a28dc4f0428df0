"""Values that find mistakes: the edges of every type, and a few ordinary ones."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt

from anhvm.isa.types import DType, Type, dtype_of, is_tensor
from anhvm.program.engine import Value
from anhvm.program.model import Const
from anhvm.program.values import NUMPY, RANGES

DIMS = (0, 1, 1, 2, 2, 2, 3, 3, 4, 5, 33)
"""Sizes of an axis."""
_EDGES = (31, 32, 53, 63, 64)
F32_CLASSES: dict[str, tuple[float, ...]] = {
    "+0": (0.0,),
    "-0": (-0.0,),
    "tiny": tuple(s * m for s in (1, -1) for m in (2.0**-126, 1.5 * 2.0**-126, 1e-37, 2.0**-63)),
    "ordinary": (1.0, -1.0, 2.0, 0.5, -2.5, 3.0, 1.1, 0.333, 16777216.0, -100.25),
    "huge": (3.4028235e38, -3.4028235e38, 2.0**127, 1e30, 2.0**63, -(2.0**63), 2.0**31, 2.0**64),
    "inf": (math.inf, -math.inf),
    "NaN": (math.nan,),
}
"""Classes of f32; the names are those of the coverage report."""
_F32_WEIGHTS = (2, 1, 2, 8, 2, 1, 1)
SUBNORMALS = (1e-45, -1e-40, 2.0**-127)
"""May be handed to an engine, which flushes them; no constant holds one."""
_BYTES = (b"", b"a", b"abc", b"abd", bytes(32), "é€".encode(), b"\xff\xfe", b"x" * 70)


def integer(rng: Random, kind: Type) -> int:
    """An integer of type `kind`, small as often as not."""
    low, high = RANGES[kind]
    pick = rng.random()
    if pick < 0.6:
        return max(low, rng.randrange(-4, 9))
    if pick < 0.7:
        return rng.randint(low, high)
    edge = (1 << rng.choice(_EDGES)) + rng.randrange(-2, 3)
    return min(max(rng.choice((edge, -edge, low, high)), low), high)


def f32(rng: Random, entering: bool = False) -> float:
    """The value of a binary32; `entering` allows those that a machine flushes."""
    if entering and rng.random() < 0.05:
        return rng.choice(SUBNORMALS)
    chosen = rng.choices(tuple(F32_CLASSES.values()), _F32_WEIGHTS)[0]
    return rng.choice(chosen)


def scalar(rng: Random, kind: Type, entering: bool = False) -> int | float | bool | bytes:
    """A value of a type that is no tensor."""
    if kind == Type.F32:
        return f32(rng, entering)
    if kind == Type.BOOL:
        return rng.random() < 0.5
    if kind == Type.BYTES:
        return rng.choice(_BYTES)
    return integer(rng, kind)


def dims(rng: Random, rank: int) -> tuple[int, ...]:
    """Sizes of a tensor, rarely many elements."""
    chosen = [rng.choice(DIMS) for _ in range(rank)]
    return tuple(d if i == 0 or d < 6 else 2 for i, d in enumerate(chosen))


def array(
    rng: Random, dtype: DType, shape: tuple[int, ...], entering: bool = False
) -> npt.NDArray[Any]:
    """A tensor of that shape."""
    count = math.prod(shape)
    values: list[Any]
    match dtype:
        case DType.F32:
            classes = rng.choices(tuple(F32_CLASSES.values()), _F32_WEIGHTS, k=count)
            values = [rng.choice(chosen) for chosen in classes]
            if entering and count and rng.random() < 0.2:
                values[rng.randrange(count)] = rng.choice(SUBNORMALS)
        case DType.I32:
            values = [integer(rng, Type.I32) for _ in range(count)]
        case DType.I8:
            values = [rng.choice((-128, -1, 0, 1, 5, 127)) for _ in range(count)]
        case DType.BOOL:
            values = [rng.random() < 0.5 for _ in range(count)]
    return np.array(values, NUMPY[dtype]).reshape(shape)


def value(rng: Random, code: int, shape: tuple[int, ...] = ()) -> Value:
    """A value at the boundary of an engine; `shape` is that of a tensor."""
    if is_tensor(code):
        return array(rng, dtype_of(code), shape, entering=True)
    found = scalar(rng, Type(code), entering=True)
    return np.float32(found) if code == Type.F32 else found  # type: ignore[return-value]


def constant(code: int, given: int | float | bool | bytes | npt.NDArray[Any]) -> Const:
    """A constant of type `code`."""
    if isinstance(given, np.ndarray):
        return Const(code, given.tobytes(), given.shape)
    if isinstance(given, bytes):
        return Const(code, given)
    if code == Type.F32:
        return Const(code, np.float32(given).tobytes() + bytes(4))
    return Const(code, int(given).to_bytes(8, "little", signed=code != Type.U64))


def class_of(number: float) -> str:
    """The class of an f32 by name."""
    if number != number:
        return "NaN"
    if math.isinf(number):
        return "inf"
    if number == 0:
        return "-0" if math.copysign(1.0, number) < 0 else "+0"
    if abs(number) < 1e-30:
        return "tiny"
    return "huge" if abs(number) > 1e9 else "ordinary"
