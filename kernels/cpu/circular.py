"""sin and cos, bit for bit those of `definitions.circular`.

A tile whose arguments are all below FAR takes the short loop; any other does both reductions for
every element and chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import address, load_f32, numel, planned, store_f32
from anhvm.kernels.cpu.scalar_math import bits_f32, f32_bits, f32_fma
from anhvm.kernels.definitions.circular import (
    COS,
    FAR,
    HALF_PI,
    MINUS_HALF,
    SIN,
    TURN,
    TURN_REST,
    TWO_OVER_PI,
    WINDOW,
    WORDS,
)
from anhvm.kernels.definitions.transcendental import ONE, ROUNDER

TILE = 2048
_P0, _P1, _P2 = (np.float32(-part) for part in HALF_PI)
_INF = np.float32(np.inf)
_NAN = np.float32(np.nan)
_ZERO = np.float32(0)
_EXPONENT = np.int32(0x7F800000)
_MAGNITUDE = np.int32(0x7FFFFFFF)
_SIGN = np.int32(-0x80000000)
_TABLE = np.array(WORDS, np.uint64)
_LOW = np.uint64(0xFFFFFFFF)
_WORD = np.uint64(32)
_NEXT = np.uint64(1)


@njit(error_model="numpy")
def _value(quarter: Any, r: Any) -> Any:
    """sin(quarter pi/2 + r), |r| <= pi/4."""
    z = r * r
    q = f32_fma(f32_fma(f32_fma(SIN[3], z, SIN[2]), z, SIN[1]), z, SIN[0])
    sine = f32_fma(z * r, q, r)
    q = f32_fma(f32_fma(COS[2], z, COS[1]), z, COS[0])
    cosine = f32_fma(z * z, q, f32_fma(z, MINUS_HALF, ONE))
    value = cosine if quarter & 1 else sine
    return -value if quarter & 2 else value


@njit(error_model="numpy")
def _reduce_near(x: Any) -> Any:
    """Quarter turns and the rest, for |x| < FAR."""
    k = f32_fma(x, TWO_OVER_PI, ROUNDER) - ROUNDER
    return np.int32(k), f32_fma(k, _P2, f32_fma(k, _P1, f32_fma(k, _P0, x)))


@njit(error_model="numpy")
def _near(x: Any, ahead: Any) -> Any:
    """sin(x + ahead pi/2) for |x| < FAR."""
    k, r = _reduce_near(x)
    return _value(np.int32(k + ahead), r)


@njit(error_model="numpy")
def _window(word: Any, shift: Any) -> Any:
    """32 bits of 2/pi."""
    pair = _TABLE[word] << _WORD | _TABLE[word + _NEXT]
    return pair >> (_WORD - shift) & _LOW


@njit(error_model="numpy")
def _reduce_far(x: Any) -> Any:
    """Quarter turns and the rest, for FAR <= x < inf."""
    bits = np.int64(f32_bits(x))
    significand = np.uint64((bits & 0x7FFFFF) | 0x800000)
    first = (bits >> 23) - WINDOW
    word, shift = np.uint64(first >> 5), np.uint64(first & 31)
    turns = significand * _window(word, shift) << _WORD
    turns += significand * _window(word + _NEXT, shift)
    turns += significand * _window(word + _NEXT + _NEXT, shift) >> _WORD
    quarter = turns + np.uint64(1 << 61) >> np.uint64(62)
    rest = np.int64(turns - (quarter << np.uint64(62)))
    head = np.float32(rest)
    tail = np.float32(rest - np.int64(head))
    return np.int32(quarter), f32_fma(head, TURN, f32_fma(head, TURN_REST, tail * TURN))


@njit(error_model="numpy")
def _any(x: Any, ahead: Any) -> Any:
    """sin(x + ahead pi/2) without a branch: both reductions, and a choice."""
    a = bits_f32(np.int32(f32_bits(x) & _MAGNITUDE))
    far = a >= FAR
    k, r = _reduce_near(ONE if far else x)
    distant = a if far and a < _INF else FAR
    k_far, r_far = _reduce_far(distant)
    k_far, r_far = (np.int32(-k_far), -r_far) if x < _ZERO else (k_far, r_far)
    k, r = (k_far, r_far) if far else (k, r)
    value = _value(np.int32(k + ahead), r)
    return value if a < _INF else _NAN


@njit(error_model="numpy")
def _odd(x: Any, y: Any, ahead: Any) -> Any:
    """y, but a zero of the sign of x where sin is one."""
    bits = f32_bits(x)
    small = np.int32(bits & _EXPONENT) == 0
    return bits_f32(np.int32(bits & _SIGN)) if small and ahead == 0 else y


@njit(error_model="numpy")
def sin32(x: Any) -> Any:
    """Sine, within 2 ulp (N9); sin(-0) = -0."""
    return _odd(x, _any(x, np.int32(0)), np.int32(0))


@njit(error_model="numpy")
def cos32(x: Any) -> Any:
    """Cosine, within 2 ulp (N9)."""
    return _any(x, np.int32(1))


def plan(p: Any) -> Any:
    return planned(p, (numel(p, 1) + TILE - 1) // TILE, 0)


@njit(error_model="numpy")
def _turn(p: Any, lo: Any, hi: Any, ahead: Any) -> Any:
    count = numel(p, 1)
    for t in range(lo, hi):
        x, y = address(p, 0) + 4 * t * TILE, address(p, 1) + 4 * t * TILE
        length = min(TILE, count - t * TILE)
        far = 0
        for i in range(length):
            far |= 0 if abs(load_f32(x, i)) < FAR else 1  # NaN too
        if far:
            for i in range(length):
                value = load_f32(x, i)
                store_f32(y, i, _odd(value, _any(value, ahead), ahead))
        else:
            for i in range(length):
                value = load_f32(x, i)
                store_f32(y, i, _odd(value, _near(value, ahead), ahead))
    return 1


def sin(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    return _turn(p, lo, hi, np.int32(0))


def cos(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    return _turn(p, lo, hi, np.int32(1))


FUNCTIONS: Mapping[str, Functions] = {"sin": Functions(plan, sin), "cos": Functions(plan, cos)}
