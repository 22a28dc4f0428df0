"""Gradients of random functions: right on real numbers, and the same bits on the machine."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from anhvm.compiler.autodiff import differentiate
from anhvm.compiler.emit import emit
from tests.compiler.build import execute
from tests.compiler.interpret import Interpreter
from tests.gradients.programs import arguments, make
from tests.gradients.smooth import agree, difference, gradients, value

SEEDS = st.integers(0, 1 << 32)


@settings(max_examples=60)
@given(SEEDS)
def test_gradients_are_those_of_finite_differences(seed: int) -> None:
    made, args = make(seed), arguments(seed)
    with np.errstate(all="ignore"):
        whole = value(made, "f", args)
        assume(abs(whole) < 1e4)
        found, *slopes = gradients(made, "step", args)
        assert found == whole
        for at, slope in enumerate(slopes, 1):
            agree(slope, difference(made, "f", args, at))


@settings(max_examples=40)
@given(SEEDS)
def test_both_engines_compute_the_bits_that_the_ir_says(seed: int) -> None:
    made = differentiate(make(seed))
    args = [a if isinstance(a, int) else a.astype(np.float32) for a in arguments(seed)]
    done = execute(emit(made), "step", args)
    assert done.failure is None
    expected = Interpreter(made).call("step", args)
    core = execute(emit(made), "step", args, on="core")
    assert core.gas_used == done.gas_used
    for ours, theirs in zip((*done.returns, *core.returns), expected * 2, strict=True):
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
