"""Scalar device functions of the exact CPU kernels, bit for bit those of `definitions`.

Every function is free of branches, so that a loop over contiguous arrays vectorises once the
function is inlined.  All of them assume the mode that the machine sets: MXCSR with FTZ and DAZ
(`fpmode.flush_mode` in tests).  Bit tricks never let a NaN's bits through: they end in a select.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from anhvm.kernels.definitions.curves import ERF, ERF_HIGH, ERF_SPLIT, ERFC, SIGMOID_HIGH
from anhvm.kernels.definitions.transcendental import (
    EXP,
    EXP_HIGH,
    EXP_LOW,
    LN2,
    LN2_HIGH,
    LN2_LOW,
    LN2_REST,
    LOG,
    LOG2_E,
    LOG_SPLIT,
    ONE,
    ROUNDER,
    ROUNDER_BITS,
    TANH,
    TANH_HIGH,
    TANH_SPLIT,
)

# The negations are constants of their own: an fma of a negated constant needs no extra rounding.
_MINUS_LN2 = np.float32(-LN2)
_MINUS_LN2_REST = np.float32(-LN2_REST)
_ZERO = np.float32(0)
_MINUS_TWO = np.float32(-2)
_INF = np.float32(np.inf)
_MINUS_INF = np.float32(-np.inf)
_NAN = np.float32(np.nan)
_MAGNITUDE = np.int32(0x7FFFFFFF)
_SIGN = np.int32(-0x80000000)
_EXPONENT_ONE = np.int32(127)
_ONE_BITS = np.int32(0x3F800000)
_MANTISSA = np.int32(23)


@intrinsic
def f32_fma(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """a * b + c rounded once: f32, f32, f32 -> f32."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        f32 = ir.FloatType()
        kind = ir.FunctionType(f32, (f32, f32, f32))
        fma = builder.module.declare_intrinsic("llvm.fma", (f32,), kind)
        return builder.call(fma, args)

    return types.float32(types.float32, types.float32, types.float32), codegen


@intrinsic
def f32_bits(typingctx: Any, x: Any) -> Any:
    """The bits of an f32 as i32."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(32))

    return types.int32(types.float32), codegen


@intrinsic
def bits_f32(typingctx: Any, bits: Any) -> Any:
    """The f32 of the bits in an i32; the caller keeps subnormals out."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), codegen


@intrinsic
def pick32(typingctx: Any, condition: Any, a: Any, b: Any) -> Any:
    """a if the condition holds, else b, and never a branch: bool, f32, f32 -> f32."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(*args)

    return types.float32(types.boolean, types.float32, types.float32), codegen


@njit(error_model="numpy")
def max32(a: Any, b: Any) -> Any:
    """N3: NaN if an operand is NaN, and -0 below +0."""
    # Equal operands differ at most in the sign of zero: `and` keeps the sign only if both have it.
    tie = bits_f32(f32_bits(a) & f32_bits(b))
    greater = a if a > b else (b if b > a else tie)
    return greater if a == a and b == b else _NAN


@njit(error_model="numpy")
def min32(a: Any, b: Any) -> Any:
    """N3: NaN if an operand is NaN, and -0 below +0."""
    tie = bits_f32(f32_bits(a) | f32_bits(b))
    lesser = a if a < b else (b if b < a else tie)
    return lesser if a == a and b == b else _NAN


@njit(error_model="numpy")
def relu32(x: Any) -> Any:
    """N3: max(x, +0); NaN stays NaN, -0 becomes +0."""
    return _ZERO if x <= _ZERO else x


@njit(error_model="numpy")
def exp_tail(head: Any, lost: Any) -> Any:
    """exp(head + lost) - 1, of which `lost` is small."""
    r = head + lost
    q = f32_fma(EXP[4], r, EXP[3])
    q = f32_fma(q, r, EXP[2])
    q = f32_fma(q, r, EXP[1])
    q = f32_fma(q, r, EXP[0])
    return head + f32_fma(q, r * r, lost)


@njit(error_model="numpy")
def _reduce_exp(x: Any) -> Any:
    """k (i32) and tail (f32) with exp(x) = 2^k (1 + tail)."""
    shifted = f32_fma(x, LOG2_E, ROUNDER)
    k = shifted - ROUNDER
    tail = exp_tail(f32_fma(k, _MINUS_LN2, x), k * _MINUS_LN2_REST)
    return np.int32(f32_bits(shifted) - ROUNDER_BITS), tail


@njit(error_model="numpy")
def _reduce_short(x: Any) -> Any:
    """2^k (f32) and head with exp(x) = 2^k exp(head), less exactly."""
    shifted = f32_fma(x, LOG2_E, ROUNDER)
    head = f32_fma(shifted - ROUNDER, _MINUS_LN2, x)
    # The low bits of `shifted` are k; the rest is shifted out.
    power = np.int32(np.int32(f32_bits(shifted) << _MANTISSA) + _ONE_BITS)
    return bits_f32(power), head


@njit(error_model="numpy")
def exp32(x: Any) -> Any:
    """e to the power x, within 1 ulp (N9)."""
    k, tail = _reduce_exp(x)
    y = bits_f32(np.int32(f32_bits(ONE + tail) + np.int32(k << _MANTISSA)))
    y = _INF if x > EXP_HIGH else y
    y = _ZERO if x < EXP_LOW else y
    return y if x == x else _NAN


@njit(error_model="numpy")
def log32(x: Any) -> Any:
    """Natural logarithm, within 1 ulp (N9); log(0) = -inf, log of less is NaN."""
    bits = f32_bits(x)
    e = np.int32(np.int32(bits - LOG_SPLIT) >> _MANTISSA)
    f = bits_f32(np.int32(bits - np.int32(e << _MANTISSA))) - ONE
    k = np.float32(e)
    q = f32_fma(LOG[8], f, LOG[7])
    q = f32_fma(q, f, LOG[6])
    q = f32_fma(q, f, LOG[5])
    q = f32_fma(q, f, LOG[4])
    q = f32_fma(q, f, LOG[3])
    q = f32_fma(q, f, LOG[2])
    q = f32_fma(q, f, LOG[1])
    q = f32_fma(q, f, LOG[0])
    # k * LN2_HIGH is exact; what the sum with f loses goes to the small part.
    high = k * LN2_HIGH
    head = high + f
    lost = f - (head - high)
    y = head + f32_fma(q, f * f, f32_fma(k, LN2_LOW, lost))
    y = y if x < _INF else _INF
    y = y if x > _ZERO else _NAN
    y = _MINUS_INF if x == _ZERO else y
    return y if x == x else _NAN


@njit(error_model="numpy")
def tanh32(x: Any) -> Any:
    """Hyperbolic tangent, within 1 ulp (N9); tanh(-0) = -0."""
    bits = f32_bits(x)
    a = bits_f32(np.int32(bits & _MAGNITUDE))
    a = TANH_HIGH if a > TANH_HIGH else a
    # One polynomial serves both sides: an odd one near zero, and the tail of exp elsewhere.
    near, z = a < TANH_SPLIT, a * a
    scale, head = _reduce_short(a + a)
    v, w = pick32(near, z, head), pick32(near, a, head)
    q = f32_fma(f32_fma(TANH[6], z, TANH[5]), z, TANH[4])
    q = f32_fma(pick32(near, q, EXP[4]), v, pick32(near, TANH[3], EXP[3]))
    q = f32_fma(q, v, pick32(near, TANH[2], EXP[2]))
    q = f32_fma(q, v, pick32(near, TANH[1], EXP[1]))
    q = f32_fma(q, v, pick32(near, TANH[0], EXP[0]))
    tail = f32_fma(q, v * w, w)
    # Elsewhere: 1 - 2 / (exp(2a) + 1), where 2^k (1 + tail) + 1 is rounded once.
    far = ONE + _MINUS_TWO / f32_fma(scale, tail, scale + ONE)
    y = tail if near else far
    return bits_f32(np.int32(f32_bits(y) | np.int32(bits & _SIGN)))  # NaN has come through


@njit(error_model="numpy")
def sigmoid32(x: Any) -> Any:
    """1 / (1 + exp(-x)), within 2 ulp (N9)."""
    t = SIGMOID_HIGH if x > SIGMOID_HIGH else (-SIGMOID_HIGH if x < -SIGMOID_HIGH else x)
    k, tail = _reduce_exp(-t)
    scale = bits_f32(np.int32(np.int32(k + _EXPONENT_ONE) << _MANTISSA))
    # What the two roundings of the sum lose is taken off the quotient.
    whole = scale + ONE
    total = f32_fma(scale, tail, whole)
    lost = f32_fma(scale, tail, whole - total) + (ONE - (whole - scale))
    y = ONE / total
    y = f32_fma(-y, y * lost, y)
    return y if x == x else _NAN


@njit(error_model="numpy")
def erf32(x: Any) -> Any:
    """The error function, within 2 ulp (N9); erf(-0) = -0."""
    bits = f32_bits(x)
    a = bits_f32(np.int32(bits & _MAGNITUDE))
    a = ERF_HIGH if a > ERF_HIGH else a
    # One polynomial serves both sides, in a^2 below the split and in a from there on.
    near = a < ERF_SPLIT
    v = pick32(near, a * a, a)
    q = f32_fma(pick32(near, ERF[5], ERFC[5]), v, pick32(near, ERF[4], ERFC[4]))
    q = f32_fma(q, v, pick32(near, ERF[3], ERFC[3]))
    q = f32_fma(q, v, pick32(near, ERF[2], ERFC[2]))
    q = f32_fma(q, v, pick32(near, ERF[1], ERFC[1]))
    q = f32_fma(q, v, pick32(near, ERF[0], ERFC[0]))
    # 1 - 2^k (1 + tail), where 1 - 2^k is exact.
    scale, head = _reduce_short(q)
    p = f32_fma(EXP[4], head, EXP[3])
    p = f32_fma(p, head, EXP[2])
    p = f32_fma(p, head, EXP[1])
    p = f32_fma(p, head, EXP[0])
    tail = f32_fma(p, head * head, head)
    far = f32_fma(-scale, tail, ONE - scale)
    y = f32_fma(a, q, a) if near else far
    return bits_f32(np.int32(f32_bits(y) | np.int32(bits & _SIGN)))  # NaN has come through
