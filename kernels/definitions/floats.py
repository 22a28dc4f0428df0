"""The binary32 primitives of every definition, element by element over arrays (N2, N3).

f32 arrays of any broadcastable shapes in, f32 arrays out.  They work in binary64 and round once
more: harmless for + - * / sqrt, as 53 >= 2*24 + 2 bits, and made harmless for fma by rounding the
binary64 step to odd.  No result depends on the floating-point mode of the thread.  `scalars` is
the same in exact rational arithmetic.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]

CANONICAL_NAN = 0x7FC00000
LEAST_NORMAL = 2.0**-126
# Halfway (and to even: up) between the least normal and its 24-bit neighbour of smaller exponent.
_FLUSHED_BELOW = 2.0**-126 - 2.0**-151


def _wide(x: Any) -> F64:
    return np.asarray(x, dtype=np.float32).astype(np.float64)


def settle(wide: F64) -> F32:
    """Rounds binary64 to binary32 and flushes as N2 says."""
    with np.errstate(all="ignore"):
        tiny = np.abs(wide) < _FLUSHED_BELOW
        return np.where(tiny, np.copysign(0.0, wide), wide).astype(np.float32)


def flush(x: Any) -> F32:
    """Bytes that enter: a subnormal becomes zero of its sign."""
    given = np.asarray(x, dtype=np.float32)
    bits = given.view(np.uint32)
    tiny = (bits & np.uint32(0x7F800000)) == 0
    return np.where(tiny, bits & np.uint32(0x80000000), bits).astype(np.uint32).view(np.float32)


def canonical(x: Any) -> F32:
    """Where bytes are seen: every NaN becomes 0x7fc00000."""
    given = np.asarray(x, dtype=np.float32)
    nan = np.uint32(CANONICAL_NAN)
    return np.where(given != given, nan, given.view(np.uint32)).astype(np.uint32).view(np.float32)


def add(a: Any, b: Any) -> F32:
    with np.errstate(all="ignore"):
        return settle(_wide(a) + _wide(b))


def sub(a: Any, b: Any) -> F32:
    with np.errstate(all="ignore"):
        return settle(_wide(a) - _wide(b))


def mul(a: Any, b: Any) -> F32:
    with np.errstate(all="ignore"):
        return settle(_wide(a) * _wide(b))


def div(a: Any, b: Any) -> F32:
    with np.errstate(all="ignore"):
        return settle(_wide(a) / _wide(b))


def sqrt(a: Any) -> F32:
    with np.errstate(all="ignore"):
        return settle(np.sqrt(_wide(a)))


def fma(a: Any, b: Any, c: Any) -> F32:
    """a * b + c, rounded once."""
    with np.errstate(all="ignore"):
        product, term = np.broadcast_arrays(_wide(a) * _wide(b), _wide(c))  # the product is exact
        total = product + term
        # What the sum lost, exactly (two-sum).
        back = total - product
        lost = (product - (total - back)) + (term - back)
        # Round to odd: an even, inexact sum moves one unit towards what was lost.
        even = (total.view(np.uint64) & np.uint64(1)) == 0
        inexact = np.isfinite(total) & (lost != 0)
        towards = np.nextafter(total, np.copysign(np.inf, lost))
        return settle(np.where(even & inexact, towards, total))


def maximum(a: Any, b: Any) -> F32:
    """N3: NaN if an operand is NaN, and -0 below +0."""
    a, b = np.broadcast_arrays(np.asarray(a, np.float32), np.asarray(b, np.float32))
    greater = np.where((a > b) | ((a == b) & ~np.signbit(a)), a, b)
    return np.where((a != a) | (b != b), np.float32(np.nan), greater)


def minimum(a: Any, b: Any) -> F32:
    """N3: NaN if an operand is NaN, and -0 below +0."""
    a, b = np.broadcast_arrays(np.asarray(a, np.float32), np.asarray(b, np.float32))
    lesser = np.where((a < b) | ((a == b) & np.signbit(a)), a, b)
    return np.where((a != a) | (b != b), np.float32(np.nan), lesser)


def relu(x: Any) -> F32:
    """max(x, +0)."""
    return maximum(x, np.float32(0))
