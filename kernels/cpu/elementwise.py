"""Elementwise kernels with broadcasting: one contiguous loop for each operation.

A tile is TILE elements of the flat output.  An operand of the output's shape is read in place; any
other is first laid out in workspace, a scalar once for all tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from anhvm.kernels.cpu.broadcast import WALK_BYTES, expand_bool, expand_f32, expand_i8
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import (
    address,
    load_bool,
    load_f32,
    load_i8,
    load_i32,
    load_i64,
    numel,
    planned,
    store_bool,
    store_f32,
    store_i8,
)
from anhvm.kernels.cpu.scalar_math import exp32, f32_fma, log32, max32, min32, relu32, tanh32

TILE = 2048
_BUFFER = 4 * TILE
_WORKSPACE = WALK_BYTES + 3 * _BUFFER
LONG = 4
"""Vectors that go together through a long chain of operations: alone, one leaves units idle."""

_ZERO = np.float32(0)
_ONE = np.float32(1)


def plan(p: Any) -> Any:
    output = load_i64(p, 2) - 1
    return planned(p, (numel(p, output) + TILE - 1) // TILE, _WORKSPACE)


# How elements of one byte are laid out; all others are moved like f32.
_LAID_OUT = {load_bool: (expand_bool, 1), load_i8: (expand_i8, 1)}


@cache
def _operand(expand: Any, size: int, index: int, output: int) -> Any:
    """The address of a tile of an operand, contiguous."""
    buffer = WALK_BYTES + index * _BUFFER

    @njit(error_model="numpy")
    def tile(p: Any, start: Any, count: Any, first: Any, ws: Any) -> Any:
        held = numel(p, index)
        if held == numel(p, output):
            return address(p, index) + size * start
        if held != 1 or first:
            expand(p, index, output, start, count, ws + buffer, ws)
        return ws + buffer

    return tile


def unary(operation: Any, load: Any = load_f32, interleave: int = 0) -> Functions:
    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        x, y = address(p, 0), address(p, 1)
        for i in range(lo * TILE, min(hi * TILE, numel(p, 1))):
            store_f32(y, i, operation(load(x, i)))
        return 1

    return Functions(plan, run, interleave=interleave)


@intrinsic
def narrow(typingctx: Any) -> Any:
    """Vectors of 256 bits at most in this function: streams of wider ones are slower."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        # llvmlite's own `add` refuses attributes that have values
        set.add(builder.function.attributes, '"prefer-vector-width"="256"')
        return context.get_dummy_value()

    return types.void(), codegen


@njit(error_model="numpy")
def _wide() -> None:
    """Vectors of any width."""


def binary(
    operation: Any, load: Any = load_f32, store: Any = store_f32, interleave: int = 0
) -> Functions:
    size = 1 if store is store_bool else 4
    tile_a, tile_b = _operand(expand_f32, 4, 0, 2), _operand(expand_f32, 4, 1, 2)
    width = _wide if interleave else narrow

    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        width()
        count = numel(p, 2)
        if numel(p, 0) == count and numel(p, 1) == count:  # nothing to lay out
            x, w, y = address(p, 0), address(p, 1), address(p, 2)
            for i in range(lo * TILE, min(hi * TILE, count)):
                store(y, i, operation(load(x, i), load(w, i)))
            return 1
        for t in range(lo, hi):
            start = t * TILE
            length = min(TILE, count - start)
            a = tile_a(p, start, length, t == lo, ws)
            b = tile_b(p, start, length, t == lo, ws)
            y = address(p, 2) + size * start
            for i in range(length):
                store(y, i, operation(load(a, i), load(b, i)))
        return 1

    return Functions(plan, run, interleave=interleave)


def ternary(operation: Any, loads: Sequence[Any], store: Any = store_f32) -> Functions:
    """An operation of three operands, each read by its load."""
    laid_out = [_LAID_OUT.get(load, (expand_f32, 4)) for load in loads]
    tile_c, tile_a, tile_b = (_operand(*how, index, 3) for index, how in enumerate(laid_out))
    size = 1 if store is store_i8 else 4
    load_c, load_a, load_b = loads

    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        count = numel(p, 3)
        for t in range(lo, hi):
            start = t * TILE
            length = min(TILE, count - start)
            c = tile_c(p, start, length, t == lo, ws)
            a = tile_a(p, start, length, t == lo, ws)
            b = tile_b(p, start, length, t == lo, ws)
            y = address(p, 3) + size * start
            for i in range(length):
                store(y, i, operation(load_c(c, i), load_a(a, i), load_b(b, i)))
        return 1

    return Functions(plan, run)


def _inline(function: Callable[..., Any]) -> Any:
    return njit(error_model="numpy")(function)


@intrinsic
def root32(typingctx: Any, x: Any) -> Any:
    """The correctly rounded square root: np.sqrt would call a library."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.FloatType(), (ir.FloatType(),))
        root = builder.module.declare_intrinsic("llvm.sqrt", (ir.FloatType(),), kind)
        return builder.call(root, args)

    return types.float32(types.float32), codegen


FUNCTIONS: Mapping[str, Functions] = {
    "add": binary(_inline(lambda a, b: a + b)),
    "sub": binary(_inline(lambda a, b: a - b)),
    "mul": binary(_inline(lambda a, b: a * b)),
    "div": binary(_inline(lambda a, b: a / b)),
    "maximum": binary(max32),
    "minimum": binary(min32),
    "less": binary(_inline(lambda a, b: a < b), store=store_bool),
    "less_equal": binary(_inline(lambda a, b: a <= b), store=store_bool),
    "equal": binary(_inline(lambda a, b: a == b), store=store_bool),
    "not_equal": binary(_inline(lambda a, b: a != b), store=store_bool),
    "equal_i32": binary(_inline(lambda a, b: a == b), load_i32, store_bool),
    "select": ternary(_inline(lambda c, a, b: a if c else b), (load_bool, load_f32, load_f32)),
    "fma": ternary(_inline(lambda a, b, c: f32_fma(a, b, c)), (load_f32,) * 3),
    "neg": unary(_inline(lambda x: -x)),
    "relu": unary(relu32),
    "exp": unary(exp32),
    "log": unary(log32, interleave=LONG),
    "tanh": unary(tanh32, interleave=LONG),
    "sqrt": unary(root32),
    "relu_grad": binary(_inline(lambda x, u: u if x > _ZERO else _ZERO)),
    "tanh_grad": binary(_inline(lambda y, u: u * (_ONE - y * y))),
    "f32_of_i32": unary(_inline(lambda x: np.float32(x)), load_i32),
    "f32_of_bool": unary(_inline(lambda x: _ONE if x else _ZERO), load_bool),
}
