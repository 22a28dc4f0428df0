"""`grad` in the language, against finite differences of the same function on real numbers."""

from __future__ import annotations

from textwrap import dedent, indent
from typing import Any

import numpy as np
import pytest

from anhvm.api import compile_source as build
from anhvm.api import open_machine, run
from anhvm.compiler.ir import Unit
from anhvm.compiler.phases import compile_source
from tests.compiler.interpret import Interpreter
from tests.gradients.smooth import SMOOTH, agree, difference

CASES = {
    "branch on data": (
        "x: f32[3], flag: u64",
        """
        y = x * x
        if flag > 1:
            y = y * x
        elif flag == 1:
            return sum(x)
        return sum(y)
        """,
    ),
    "branch on the value": (
        "x: f32[3], flag: u64",
        """
        norm = sum(x * x)
        if norm > 4.0:
            norm = norm / 4.0 + 3.0
        return norm * norm
        """,
    ),
    "loop": (
        "x: f32[3], flag: u64",
        """
        y = x
        for i in range(6):
            if i == 1:
                continue
            if i == 4:
                break
            y = tanh(y) * x + f32(i)
        return mean(y)
        """,
    ),
    "nested loops": (
        "x: f32[3], flag: u64",
        """
        total = 0.0
        for i in range(3):
            for j in range(i):
                total += x[i] * x[j] * f32(j + 1)
        return total
        """,
    ),
    "elements": (
        "x: f32[3], flag: u64",
        """
        y = x
        y[0] = x[1] * x[2]
        y[2] = y[0] * 2.0
        return sum(y * x)
        """,
    ),
    "while over data": (
        "x: f32[3], flag: u64",
        """
        turns = 0
        while turns < flag:
            turns += 1
        return sum(x * x) * f32(turns)
        """,
    ),
    "written 1": (
        "x: f32[3], flag: u64",
        """
        column: f32[3, 1] = reshape(x)
        row: f32[1, 3] = reshape(x)
        return sum(exp(column * row) / (1.0 + row * row))
        """,
    ),
    "calls": (
        "x: f32[3], flag: u64",
        """
        return half(sum(tanh(x))) + half(half(max(x))) * half(min_of(x))
        """,
    ),
    "a struct": (
        "x: f32[3], flag: u64",
        """
        p = Pair(x, 2.0)
        p.scale = p.scale * sum(x)
        return scaled(p) + p.scale
        """,
    ),
    "softmax": (
        "x: f32[3], flag: u64",
        """
        rows: f32[1, 3] = reshape(x)
        return sum(softmax(rows) * log_softmax(rows * 2.0)) + sqrt(sum(x * x))
        """,
    ),
    "of a gradient": (
        "x: f32[3], flag: u64",
        """
        value, d = grad cubes(x) wrt x
        return sum(d * x) + value
        """,
    ),
    "scalars": (
        "x: f32[3], flag: u64",
        """
        a = x[0]
        b = x[1]
        return max(a * b, a) - min(a, b) / (2.0 + abs(b)) + sqrt(a * a + 1.0)
        """,
    ),
}
HELPERS = """
struct Pair:
    values: f32[3]
    scale: f32

def half(x: f32) -> f32:
    return x / 2.0

def min_of(x: f32[N]) -> f32:
    return -max(-x)

def scaled(p: Pair) -> f32:
    return sum(p.values * p.values) * p.scale

def cubes(x: f32[N]) -> f32:
    return sum(x * x * x)
"""


def source(params: str, body: str) -> str:
    inner = indent(dedent(body).strip(), "    ")
    contract = f"""
    contract Test:
        @view
        def step({params}) -> (f32, f32[3]):
            value, d = grad f(x, flag) wrt x
            return value, d
        @view
        def plain({params}) -> f32:
            return f(x, flag)
    """
    return f"{HELPERS}\ndef f({params}) -> f32:\n{inner}\n{dedent(contract)}"


@pytest.mark.parametrize("name", CASES)
def test_the_gradient_is_that_of_finite_differences(name: str) -> None:
    # `plain` takes no gradient (or one inside, which is straight code by now).
    unit: Unit = compile_source(source(*CASES[name])).ir
    random = np.random.default_rng(5)
    for flag in range(3):
        args: list[Any] = [random.normal(size=3), flag]
        value, found = Interpreter(unit, SMOOTH).call("step", args)
        assert value == Interpreter(unit, SMOOTH).call("plain", args)[0]
        agree(found, difference(unit, "plain", args, 0))


@pytest.mark.parametrize("name", CASES)
def test_engines_agree_and_stay_near_the_real_gradient(name: str) -> None:
    text = source(*CASES[name])
    contract, unit = build(text), compile_source(text).ir
    x = np.random.default_rng(6).normal(size=3).astype(np.float32)
    results: list[Any] = [
        run(contract, "step", x, 2, machine=open_machine(1, engine)).value
        for engine in ("core", "reference")
    ]
    real = Interpreter(unit, SMOOTH).call("step", [x.astype(np.float64), 2])
    for value in results:
        assert value[0] == results[0][0] and value[1].tobytes() == results[0][1].tobytes()
        np.testing.assert_allclose(value[1], real[1], rtol=2e-5, atol=2e-5)


def test_storage_and_assertions_are_constants_to_a_gradient() -> None:
    contract = build(
        """contract Test:
    scale: f32 = 3.0

    def f(x: f32) -> f32:
        assert x > 0.0, "positive"
        return x * x * self.scale

    @view
    def step(x: f32) -> (f32, f32):
        value, d = grad f(x) wrt x
        return value, d
"""
    )
    assert run(contract, "step", 2.0).value == (12.0, 12.0)
    trap = run(contract, "step", -2.0).trap
    assert trap is not None and trap.message == "positive" and trap.place.line == 5
