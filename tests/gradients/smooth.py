"""Gradients of the compiler against central differences, both on real numbers.

The IR before and after `differentiate` is interpreted in binary64, so that only a wrong adjoint can
differ, not a rounding.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from anhvm.compiler import ir
from anhvm.compiler.autodiff import differentiate
from tests.compiler.interpret import Arithmetic, Interpreter
from tests.kernels.real import call

STEP = 1e-5

SMOOTH = Arithmetic(
    call,
    {
        "add": operator.add,
        "sub": operator.sub,
        "mul": operator.mul,
        "div": operator.truediv,
        "sqrt": np.sqrt,
        "neg": operator.neg,
        "abs": abs,
        "max": np.maximum,
        "min": np.minimum,
    },
    np.float64,
)


def value(unit: ir.Unit, function: str, args: Sequence[Any]) -> float:
    """The first result of a function on real numbers."""
    return float(Interpreter(unit, SMOOTH).call(function, args)[0])


def gradients(unit: ir.Unit, function: str, args: Sequence[Any]) -> tuple[Any, ...]:
    """What the differentiated `function` returns on real numbers: value and gradients."""
    return Interpreter(differentiate(unit), SMOOTH).call(function, args)


def difference(unit: ir.Unit, function: str, args: Sequence[Any], at: int) -> np.ndarray[Any, Any]:
    """d function / d args[at]; NaN where the two sides disagree, so that a kink lies near."""
    shape = np.shape(args[at])
    result = np.zeros(shape)
    middle = value(unit, function, args)
    for index in np.ndindex(shape):
        sides = []
        for step in (STEP, -STEP):
            moved = np.array(args[at], np.float64)
            moved[index] += step
            changed = moved if shape else moved[()]
            sides.append(
                (value(unit, function, [*args[:at], changed, *args[at + 1 :]]) - middle) / step
            )
        left, right = sides
        close = abs(left - right) <= 1e-2 * max(1.0, abs(left), abs(right))
        result[index] = (left + right) / 2 if close else np.nan
    return result


def agree(found: Any, expected: np.ndarray[Any, Any]) -> None:
    """Fails unless the gradient is the expected one wherever that is known."""
    assert np.shape(found) == expected.shape
    known = np.isfinite(expected)
    scale = max(1.0, float(np.abs(expected[known]).max(initial=0.0)))
    np.testing.assert_allclose(
        np.asarray(found)[known], expected[known], rtol=1e-4, atol=1e-6 * scale
    )
