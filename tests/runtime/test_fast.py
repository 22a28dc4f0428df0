"""The guard of the fast tier: @nondet functions go in, and exact code never meets it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from anhvm.api import compile_file
from anhvm.api import run as call
from anhvm.errors import UserError
from anhvm.kernels.blocks import Array
from anhvm.kernels.fast import registry
from anhvm.kernels.fast.blas import FUNCTIONS, Work
from anhvm.program import abi
from anhvm.program.encode import encode
from anhvm.program.engine import Cell, Value
from anhvm.program.model import Program
from anhvm.runtime.fast import NONDET, FastEngine
from anhvm.runtime.machine import Contract

DIGITS = Path(__file__).resolve().parents[2] / "examples" / "digits" / "digits.anh"


def marked(program: Program, name: str) -> bytes:
    """The program with one function of another kind."""
    known = abi.load(program.abi)
    functions = tuple(
        msgspec.structs.replace(f, kind=NONDET) if f.name == name else f for f in known.functions
    )
    return encode(
        replace(program, abi=abi.dump(msgspec.structs.replace(known, functions=functions)))
    )


def examples() -> tuple[Array, Array]:
    rng = np.random.default_rng(1)
    return rng.random((50, 64), np.float32), rng.integers(0, 10, 50, np.int32)


def test_training_is_near_the_exact_one_and_costs_the_same() -> None:
    digits = compile_file(DIGITS)
    fast = Contract(FastEngine(1), marked(digits.program, "train"))
    exact: dict[Cell, Value] = {}
    call(digits, "setup", 7, state=exact)
    other = dict(exact)
    plain = call(digits, "train", *examples(), 5, 0.1, state=exact)
    found = call(fast, "train", *examples(), 5, 0.1, state=other)
    assert (found.trap, found.gas_used) == (None, plain.gas_used)
    assert exact.keys() == other.keys()
    for cell, value in exact.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_allclose(np.asarray(other[cell]), value, rtol=1e-3, atol=1e-4)


def test_exact_functions_are_refused() -> None:
    digits = compile_file(DIGITS)
    for encoded, name, args in (
        (digits.encoded, "train", (*examples(), 1, 0.1)),
        (marked(digits.program, "train"), "predict", examples()[:1]),
        (marked(digits.program, "train"), "setup", (7,)),
    ):
        with pytest.raises(UserError) as caught:
            call(Contract(FastEngine(1), encoded), name, *args)
        assert caught.value.code == "tier.exact"


def test_an_exact_run_never_touches_it(monkeypatch: pytest.MonkeyPatch) -> None:
    touched: list[str] = []

    def spied(name: str) -> Work:
        def work(xs: Sequence[Array], y: Array, attrs: Sequence[int]) -> None:
            touched.append(name)
            FUNCTIONS[name](xs, y, attrs)

        return work

    monkeypatch.setattr(registry, "FUNCTIONS", {name: spied(name) for name in FUNCTIONS})
    digits = compile_file(DIGITS)
    encoded = marked(digits.program, "train")
    state: dict[Cell, Value] = {}
    call(digits, "setup", 7, state=state)
    call(replace(digits, encoded=encoded), "train", *examples(), 1, 0.1, state=dict(state))
    assert touched == []
    call(Contract(FastEngine(1), encoded), "train", *examples(), 1, 0.1, state=dict(state))
    assert {"matmul", "matmul_tn"} <= set(touched)


def test_the_front_door_does_not_import_it() -> None:
    code = "import sys, anhvm.api as api; api.default_machine(); print([*sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "anhvm.kernels.registry" in said.stdout and ".fast" not in said.stdout
