"""Activations and their adjoints, each the program of its row in one loop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.elementwise import LONG, TILE, binary, plan, root32, unary
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import address, load_f32, numel, store_f32
from anhvm.kernels.cpu.scalar_math import erf32, exp32, log32, max32, min32, sigmoid32, tanh32

_ZERO = np.float32(0)
_ONE = np.float32(1)
_HALF = np.float32(0.5)
_MINUS_HALF = np.float32(-0.5)
_ROOT_HALF = np.float32(0.70710678)
_DENSITY = np.float32(0.3989423)
_SLOPE = np.float32(0.7978846)
_CUBE = np.float32(0.044715)
_CUBES = np.float32(0.134145)


@njit(error_model="numpy")
def _sigmoid_grad(y: Any, u: Any) -> Any:
    return u * (y * (_ONE - y))


@njit(error_model="numpy")
def _rsqrt(x: Any) -> Any:
    return _ONE / root32(x)


@njit(error_model="numpy")
def _abs(x: Any) -> Any:
    return max32(x, -x)


@njit(error_model="numpy")
def _silu(x: Any) -> Any:
    return x * sigmoid32(x)


@njit(error_model="numpy")
def _silu_grad(x: Any, u: Any) -> Any:
    s = sigmoid32(x)
    return u * (s * (_ONE + x * (_ONE - s)))


@njit(error_model="numpy", forceinline=True)
def _softplus(x: Any) -> Any:
    return max32(x, _ZERO) + log32(_ONE + exp32(-_abs(x)))


@njit(error_model="numpy")
def _gelu(x: Any) -> Any:
    return (_HALF * x) * (_ONE + erf32(x * _ROOT_HALF))


@njit(error_model="numpy")
def _gelu_grad(x: Any, u: Any) -> Any:
    share = _HALF * (_ONE + erf32(x * _ROOT_HALF))
    return u * (share + x * (_DENSITY * exp32((_MINUS_HALF * x) * x)))


@njit(error_model="numpy")
def _bent(x: Any) -> Any:
    return tanh32((_SLOPE * x) * (_ONE + (_CUBE * x) * x))


@njit(error_model="numpy")
def _gelu_tanh(x: Any) -> Any:
    return (_HALF * x) * (_ONE + _bent(x))


@njit(error_model="numpy")
def _gelu_tanh_grad(x: Any, u: Any) -> Any:
    t = _bent(x)
    v = _SLOPE * (_ONE + (_CUBES * x) * x)
    return u * (_HALF * (_ONE + t) + ((_HALF * x) * (_ONE - t * t)) * v)


def clip(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
    x, y = address(p, 0), address(p, 3)
    low, high = load_f32(address(p, 1), 0), load_f32(address(p, 2), 0)
    for i in range(lo * TILE, min(hi * TILE, numel(p, 3))):
        store_f32(y, i, min32(max32(load_f32(x, i), low), high))
    return 1


FUNCTIONS: Mapping[str, Functions] = {
    "sigmoid": unary(sigmoid32, interleave=LONG),
    "sigmoid_grad": binary(_sigmoid_grad),
    "erf": unary(erf32, interleave=LONG),
    "rsqrt": unary(_rsqrt),
    "abs": unary(_abs),
    "silu": unary(_silu, interleave=LONG),
    "silu_grad": binary(_silu_grad, interleave=LONG),
    "softplus": unary(_softplus, interleave=LONG),
    "gelu": unary(_gelu, interleave=LONG),
    "gelu_grad": binary(_gelu_grad, interleave=LONG),
    "gelu_tanh": unary(_gelu_tanh, interleave=LONG),
    "gelu_tanh_grad": binary(_gelu_tanh_grad, interleave=LONG),
    "clip": Functions(plan, clip),
}
