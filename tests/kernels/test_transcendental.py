"""exp, sin and so on: the fast ones equal their definitions, and both are as near as N9 says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.kernels.cpu.fpmode import FLUSH, flush_mode, get_mode
from anhvm.kernels.cpu.ulp import evaluate, sweep
from anhvm.kernels.definitions import circular, curves, powers, transcendental
from anhvm.kernels.definitions.floats import F32, flush
from anhvm.kernels.definitions.minimax import coefficients
from tests.kernels.numbers import SPECIAL, floats32, same

HOMES = {
    "exp": transcendental, "log": transcendental, "tanh": transcendental,
    "sigmoid": curves, "erf": curves, "sin": circular, "cos": circular,
}  # fmt: skip
NAMES = list(HOMES)
BOUND = {"sigmoid": 2, "erf": 2, "sin": 2, "cos": 2}  # ulp; 1 for the others
SAMPLE = 2039  # every such argument is tried again here
RESULTS = Path(__file__).parents[2] / "benches" / "results"
FILES = ("ulp.json", "ulp-curves.json", "ulp-circular.json", "ulp-pow.json")
RECORDS = [RESULTS / name for name in FILES]


def definition(name: str) -> Callable[[F32], F32]:
    function: Callable[[F32], F32] = getattr(HOMES[name], name)
    return function


def corners() -> F32:
    """Every threshold of the definitions with its neighbours, powers of two, specials."""
    named = [
        value
        for home in (transcendental, curves, circular)
        for key, value in vars(home).items()
        if key.isupper() and isinstance(value, np.float32)
    ]
    powers = np.ldexp(np.float32(1), np.arange(-126, 128)).astype(np.float32)
    halves = (np.arange(-260, 260) * np.log(2) / 2).astype(np.float32)  # ends of the reductions
    base = np.concatenate([SPECIAL, np.array(named, np.float32), powers, -powers, halves])
    thirds = (powers * np.float32(2 / 3)).astype(np.float32)
    base = np.concatenate([base, thirds])
    with np.errstate(all="ignore"):
        around = [np.nextafter(base, np.float32(side)) for side in (np.inf, -np.inf)]
    return flush(np.concatenate([base, *around]))


@pytest.mark.parametrize("name", NAMES)
def test_fast_equals_definition_at_corners(name: str) -> None:
    x = corners()
    assert same(evaluate(name, x), definition(name)(x))


@pytest.mark.parametrize("name", NAMES)
def test_fast_equals_definition_on_any_bits(name: str) -> None:
    bits = np.random.default_rng(11).integers(0, 2**32, size=200_000, dtype=np.uint64)
    x = bits.astype(np.uint32).view(np.float32)
    assert same(evaluate(name, x), definition(name)(flush(x)))


@given(st.sampled_from(NAMES), st.lists(floats32, min_size=1, max_size=40))
def test_fast_equals_definition_at_every_length(name: str, values: list[float]) -> None:
    x = np.array(values, np.float32)  # the tail of a vector loop is other code than its body
    assert same(evaluate(name, x), definition(name)(x))


@pytest.mark.parametrize("name", [*NAMES, "pow"])
def test_within_the_bound(name: str) -> None:
    rows = {
        row["stride"]: row
        for record in RECORDS
        for row in json.loads(record.read_text())["rows"]
        if row["function"] == name
    }
    bound = BOUND.get(name, 1)
    assert rows[1]["arguments_tried"] == 2**32
    assert rows[1]["ulp"] <= bound
    # The record is of this code: the sample has the very bits and the very error written there.
    sample = sweep(name, stride=SAMPLE)
    assert sample.ulp <= bound
    assert asdict(sample) == rows[SAMPLE]


def test_the_tables_are_those_that_the_tool_derives() -> None:
    for name, table in coefficients().items():
        homes = (transcendental, curves, circular, powers)
        (held,) = (np.array(vars(home)[name]) for home in homes if name in vars(home))
        # Another linear algebra library may round the smallest ones otherwise.
        assert held == pytest.approx(np.array(table), rel=1e-3)


def test_special_values() -> None:
    inf, nan = np.inf, np.nan
    expected = {
        "exp": ([-inf, inf, 0, -0.0, nan, 1000, -1000], [0, inf, 1, 1, nan, inf, 0]),
        "log": ([0, -0.0, 1, inf, -1, -inf, nan], [-inf, -inf, 0, inf, nan, nan, nan]),
        "tanh": ([0, -0.0, inf, -inf, nan, 50, -50], [0, -0.0, 1, -1, nan, 1, -1]),
        "erf": ([0, -0.0, inf, -inf, nan, 5, -5], [0, -0.0, 1, -1, nan, 1, -1]),
        "sigmoid": ([0, -0.0, inf, -inf, nan, 90, -90], [0.5, 0.5, 1, 0, nan, 1, 0]),
        "sin": ([0, -0.0, inf, -inf, nan], [0, -0.0, nan, nan, nan]),
        "cos": ([0, -0.0, inf, -inf, nan], [1, 1, nan, nan, nan]),
    }
    for name, (x, y) in expected.items():
        given_x, wanted = np.array(x, np.float32), np.array(y, np.float32)
        assert same(definition(name)(given_x), wanted), name
        assert same(evaluate(name, given_x), wanted), name


def test_flush_mode_is_set_and_restored() -> None:
    before = get_mode()
    with pytest.raises(KeyError), flush_mode():
        assert get_mode() & 0xFFC0 == FLUSH
        raise KeyError
    assert get_mode() == before
