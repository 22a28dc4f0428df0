"""Every gradient of the table agrees with central finite differences in binary64.

The forward kernel and the expression of its gradient both run on real numbers here, so that only a
wrong formula can differ; that kernels equal their definitions is tested elsewhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from anhvm.kernels.definitions.call import evaluate
from anhvm.kernels.programs import parse_expression
from anhvm.kernels.signature import DType
from anhvm.kernels.table import BY_NAME, KERNELS
from tests.kernels.cases import Case, draw
from tests.kernels.real import call, summed_to

Array = NDArray[Any]
STEP = 1e-5
POSITIVE = ("eps", "v", "c2", "p", "var", "b2")
APART = {"b": 0.003, "low": 0.0017, "high": 0.0029}  # so that no two operands tie
FLOATS = (DType.F32, DType.ANY)
PAIRS = [(k.name, o.name) for k in KERNELS for o in k.signature.inputs if o.dtype in FLOATS]


def smooth(name: str, case: Case, random: np.random.Generator) -> list[Array]:
    """The operands of a case with real numbers far from kinks, ties and poles."""
    result: list[Array] = []
    for operand, x in zip(BY_NAME[name].signature.inputs, case.inputs, strict=True):
        if operand.dtype not in FLOATS:
            result.append(x)
            continue
        distinct = 0.3 + 0.7 * random.permutation(x.size).reshape(x.shape) / max(x.size, 1)
        positive = name in ("log", "sqrt", "rsqrt", "div", "pow") or operand.name in POSITIVE
        sign = 1.0 if positive else random.choice([-1.0, 1.0], x.shape)
        result.append(np.asarray(distinct * sign + APART.get(operand.name, 0.0)))
    return result


def difference(name: str, inputs: list[Array], case: Case, at: int, weight: Array) -> Array:
    """d sum(weight * kernel(inputs)) / d inputs[at], element by element."""
    result = np.zeros(inputs[at].shape)
    for index in np.ndindex(inputs[at].shape):
        sides = []
        for step in (STEP, -STEP):
            moved = [np.array(x) for x in inputs]
            moved[at][index] += step
            sides.append(float((weight * call(name, moved, case.attrs, case.counts)[0]).sum()))
        result[index] = (sides[0] - sides[1]) / (2 * STEP)
    return result


@pytest.mark.parametrize(("name", "operand"), PAIRS)
def test_gradient(name: str, operand: str) -> None:
    kernel = BY_NAME[name]
    if kernel.signature.outputs[0].dtype not in FLOATS or len(kernel.signature.outputs) > 1:
        assert operand not in kernel.gradient
        return
    random = np.random.default_rng(len(name))
    at = [o.name for o in kernel.signature.inputs].index(operand)
    for _ in range(8):
        case = draw(name, random, 30, DType.F32)
        inputs = smooth(name, case, random)
        (y,) = call(name, inputs, case.attrs, case.counts)
        weight = random.normal(size=y.shape)
        expected = difference(name, inputs, case, at, weight)
        ours = np.zeros(inputs[at].shape)
        if operand in kernel.gradient:
            names = [o.name for o in kernel.signature.inputs]
            values = dict(zip(names, inputs, strict=True))
            values |= {kernel.signature.outputs[0].name: y, "g": weight}
            own = dict(zip(kernel.attrs, case.attrs, strict=True))
            full = evaluate(
                parse_expression(kernel.gradient[operand]), values, own, call, case.counts
            )
            ours = summed_to(np.asarray(full), inputs[at].shape)
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)
