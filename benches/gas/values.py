"""Operands of timed calls: distinct, never degenerate, and of the classes that may cost more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anhvm.benches.gas.shapes import Call, types_of
from anhvm.kernels.signature import DType
from anhvm.kernels.table import Kernel

Dims = tuple[int, ...]
ORDINARY: Final = "ordinary"
HOSTILE: Final = ("zeros", "tiny", "huge", "NaN", "mixed", "sorted", "equal")
"""Classes of operands beside the ordinary ones; of integers `equal` and `sorted` differ."""

_RANGE = re.compile(r"\[0, (\w+)\)")
_STRIDE = 10007  # from one operand to the next: no two are equal
_F32: Final = np.float32


def operands(kernel: Kernel, call: Call, values: str) -> tuple[Any, ...]:
    """The fixed inputs of a call, as the machine takes them."""
    bound = _sizes(kernel, call.dims)
    below = _RANGE.search(kernel.check)
    limit = bound.get(below.group(1), 1) if below else 0
    return tuple(
        _operand(dtype, dims, values, place, limit)
        for place, (dtype, dims) in enumerate(types_of(kernel, call))
    )


def _operand(dtype: DType, dims: Dims, values: str, place: int, below: int) -> Any:
    """One input; integers are below a limit, if that is not 0."""
    count = prod(dims)
    match dtype:
        case DType.F32 if not dims:
            return _F32(0.5 if values in (ORDINARY, "sorted", "equal") else _pool(values)[place])
        case DType.F32:
            return _cut(_pool(values), count, place).reshape(dims)
        case DType.U64 | DType.I64:
            return 7 + place
        case DType.I8:
            return _cut(_integers(0), count, place).astype(np.int8).reshape(dims)
        case DType.BOOL:
            bits = _cut(_integers(0), count, place) & (0 if values == "equal" else 1)
            return bits.astype(np.bool_).reshape(dims) if dims else bool(bits[0])
    numbers = _cut(_integers(below), count, place)
    numbers = {"equal": lambda: numbers * 0, "sorted": lambda: np.sort(numbers)}.get(
        values, lambda: numbers
    )()
    return numbers.reshape(dims) if dims else 1


def _sizes(kernel: Kernel, dims: Sequence[Dims]) -> dict[str, int]:
    """The dimension variables of a call by name; a rest is the product of its list."""
    found: dict[str, int] = {}
    for o, d in zip(kernel.signature.inputs, dims, strict=True):
        split = len(d) - len(o.tail)
        found |= dict.fromkeys(o.rests, prod(d[:split]))
        found |= dict(zip(o.tail, d[split:], strict=True))
    return found


def _cut(pool: NDArray[Any], count: int, place: int) -> NDArray[Any]:
    start = place * _STRIDE % len(pool)
    whole = np.resize(pool, start + count) if start + count > len(pool) else pool
    return whole[start : start + count]


@cache
def _pool(values: str) -> NDArray[np.float32]:
    """Many f32 of a class; flushed, as all that the machine holds is."""
    random = np.random.default_rng(11)
    normal = random.standard_normal((1 << 22) + 3, _F32)
    signs = np.copysign(_F32(1), normal)
    match values:
        case "zeros":
            return signs * _F32(0)
        case "tiny":
            return signs * (_F32(2.0**-126) * (1 + np.abs(normal)))
        case "huge":
            return signs * (np.minimum(np.abs(normal), _F32(3)) * _F32(1e38))
        case "NaN":
            return np.full_like(normal, np.nan)
        case "equal":
            return np.full_like(normal, 1.5)
        case "sorted":
            return np.sort(normal)
        case "mixed":
            scales = np.array([1, 1e-38, 1e38, 1e8, 0, np.nan, np.inf], _F32)
            with np.errstate(all="ignore"):
                mixed: NDArray[np.float32] = normal * random.choice(scales, len(normal))
            mixed[np.abs(mixed) < 2.0**-126] = 0
            return mixed
    return normal


@cache
def _integers(below: int) -> NDArray[np.int32]:
    """Many i32: of all sizes where `below` is 0, else in [0, below)."""
    random = np.random.default_rng(13)
    low, high = (0, below) if below else (-(1 << 31), 1 << 31)
    return random.integers(low, high, (1 << 20) + 7, np.int64).astype(np.int32)
