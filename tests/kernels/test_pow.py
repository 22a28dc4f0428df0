"""pow: special values by IEEE 754, exact powers, and the fast one against the definition."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anhvm.kernels.cpu.ulp import evaluate
from anhvm.kernels.definitions.floats import F32, flush, settle
from anhvm.kernels.definitions.powers import ATANH, POW_HIGH, POW_LOW, WHOLE, power
from tests.kernels.numbers import SPECIAL, floats32, same

INF, NAN = math.inf, math.nan

# x, y, x^y: every case of IEEE 754-2019, 9.2.1, and both signs of what has one.
CASES = [
    (NAN, 0, 1), (NAN, -0.0, 1), (INF, 0, 1), (0, -0.0, 1), (-2, 0, 1), (1, NAN, 1), (1, INF, 1),
    (1, -INF, 1), (-1, INF, 1), (-1, -INF, 1), (-1, NAN, NAN), (NAN, 1, NAN), (2, NAN, NAN),
    (0, -3, INF), (-0.0, -3, -INF), (0, -2, INF), (-0.0, -2, INF), (-0.0, -2.5, INF),
    (-0.0, -INF, INF), (0, -INF, INF), (0, 3, 0), (-0.0, 3, -0.0), (-0.0, 2, 0), (-0.0, 2.5, 0),
    (-0.0, INF, 0), (0.5, INF, 0), (-0.5, INF, 0), (2, INF, INF), (-2, INF, INF), (0.5, -INF, INF),
    (-0.5, -INF, INF), (2, -INF, 0), (-2, -INF, 0), (INF, 0.5, INF), (INF, -0.5, 0),
    (-INF, 3, -INF), (-INF, 2, INF), (-INF, 2.5, INF), (-INF, -3, -0.0), (-INF, -2, 0),
    (-INF, -2.5, 0), (-INF, INF, INF), (-INF, -INF, 0), (-2, 0.5, NAN), (-2, -1.5, NAN),
    (-2, 3, -8), (-2, 4, 16), (-2, -1, -0.5), (-1, 16777215, -1), (-1, 16777216, 1),
    (-1, -3e38, 1), (2, 128, INF), (-2, 129, -INF), (-2, 127, -(2.0**127)), (2, -126, 2.0**-126),
    (2, -127, 0), (-2, -127, -0.0), (2, -149, 0), (1 + 2**-23, 3e38, INF), (1 - 2**-24, 3e38, 0),
]  # fmt: skip


def both(x: F32, y: F32) -> F32:
    """The definition, once the fast one is seen to agree."""
    truth = power(x, y)
    assert same(evaluate("pow", x, y), truth)
    return truth


def test_special_values() -> None:
    x, y, z = (np.array(column, np.float32) for column in zip(*CASES, strict=True))
    assert same(both(x, y), z)


def test_representable_powers_are_exact() -> None:
    x = np.arange(-300, 301, dtype=np.float32)
    assert same(both(x, np.ones_like(x)), x)
    assert same(both(x, np.full_like(x, 2)), x * x)
    n = np.arange(-126, 128, dtype=np.float32)
    assert same(both(np.full_like(n, 2), n), np.ldexp(np.float32(1), n.astype(int)))
    roots = np.arange(1, 4096, dtype=np.float32)
    assert same(both(roots * roots, np.full_like(roots, 0.5)), roots)


def test_fast_equals_definition_at_corners() -> None:
    named = np.array([POW_HIGH, POW_LOW, WHOLE, *ATANH, 2 / 3, 4 / 3, 2, 3, 0.1], np.float32)
    base = np.concatenate([SPECIAL, named, -named, np.array([126, 127, 128, -149], np.float32)])
    with np.errstate(all="ignore"):
        around = [np.nextafter(base, np.float32(side)) for side in (np.inf, -np.inf)]
    corners = flush(np.concatenate([base, *around]))
    x, y = (np.ascontiguousarray(g).reshape(-1) for g in np.meshgrid(corners, corners))
    with np.errstate(all="ignore"):
        exact = settle(np.power(x.astype(np.float64), y.astype(np.float64)))
        found = both(x, y)
        finite = np.isfinite(exact) & (exact != 0)
    np.testing.assert_array_equal(found[~finite], exact[~finite])
    np.testing.assert_allclose(found[finite], exact[finite], rtol=1.3e-7)


def test_fast_equals_definition_on_any_bits() -> None:
    bits = np.random.default_rng(5).integers(0, 2**32, (2, 200_000), np.uint32)
    x, y = flush(bits.view(np.float32))
    both(x, y)
    with np.errstate(all="ignore"):
        both(x, (np.frexp(y)[0] * 64).astype(np.float32))  # most results are numbers


@given(st.lists(st.tuples(floats32, floats32), min_size=1, max_size=40))
def test_fast_equals_definition_at_every_length(values: list[tuple[float, float]]) -> None:
    x, y = np.array(values, np.float32).T.copy()
    both(x, y)
