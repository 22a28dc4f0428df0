"""The explainer names the fault that was put in, on the side where it was put in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from anhvm.errors import Bug, UserError
from anhvm.kernels.causes import CAUSES
from anhvm.kernels.definitions.call import call as define
from anhvm.kernels.diverge import Divergence, explain, ulps
from anhvm.kernels.otherlaw import under
from tests.kernels.numbers import F32

BY_NAME = {cause.name: cause for cause in CAUSES}


def normal(*dims: int, seed: int = 0, scale: float = 1.0) -> F32:
    return (np.random.default_rng(seed).normal(size=dims) * scale).astype(np.float32)


def floats(*values: float) -> F32:
    return np.array(values, np.float32)


ZEROS_AND_NANS = [floats(np.nan, 1, -0.0, 0.0), floats(1, np.nan, 0.0, -0.0)]
EDGE = [floats(1 + 2.0**-13, 3) * 2.0**-63, floats(1 - 2.0**-13, 3) * 2.0**-63]
SUMS = [normal(4, 4200)]
PRODUCT = [normal(3, 530), normal(530, 4, seed=1)]
LINE = [normal(3000)]

# Each fault in a kernel that shows it, on operands that show it.
INJECTED: dict[str, tuple[str, Sequence[Any], tuple[int, ...]]] = {
    "subnormal": ("mul", [normal(50, scale=2.0**-64), normal(50, seed=1, scale=2.0**-64)], ()),
    "subnormal-input": ("add", [floats(2.0**-130, 1), floats(2.0**-130, 1)], ()),
    "early-flush": ("mul", EDGE, ()),
    "split-fma": ("matmul", PRODUCT, ()),
    "contraction": ("tanh_grad", [normal(3000), normal(3000, seed=1)], ()),
    "reciprocal": ("div", [normal(3000), normal(3000, seed=1)], ()),
    "rounding-zero": ("sum", SUMS, (2, 0)),
    "rounding-up": ("add", [normal(300), normal(300, seed=1)], ()),
    "rounding-down": ("sqrt", [np.abs(normal(300))], ()),
    "max-second": ("maximum", ZEROS_AND_NANS, ()),
    "max-number": ("max", [floats(np.nan, 2, 1)], (1, 0)),
    "relu-nan": ("relu", [floats(np.nan, 1, -1, 0.0)], ()),
    "relu-zero": ("relu", [floats(-0.0, 1, -1, 0.0)], ()),
    "ties": ("argmax", [floats(2, 1, 2)], (1, 0)),
    "library": ("tanh", LINE, ()),
    "library-32": ("exp", LINE, ()),
    **{n: ("sum", SUMS, (2, 0)) for n in BY_NAME if n.startswith("sum-")},
    **{
        n: ("matmul_nt", [PRODUCT[0], PRODUCT[1].T], ()) for n in BY_NAME if n.startswith("matmul-")
    },
    # What is padded can only be seen in the sign of a flushed zero.
    "matmul-padded": ("matmul", [floats(-(2.0**-70))[None], floats(2.0**-70)[None]], ()),
}


def faulty(cause: str) -> list[Any]:
    name, inputs, attrs = INJECTED[cause]
    return under(BY_NAME[cause].changes)(name, inputs, attrs, ())


def test_every_cause_has_an_injected_fault() -> None:
    assert INJECTED.keys() == BY_NAME.keys()


@pytest.mark.parametrize("cause", list(BY_NAME))
def test_an_injected_fault_is_named(cause: str) -> None:
    name, inputs, attrs = INJECTED[cause]
    ours, truth = faulty(cause), define(name, [flushed(x) for x in inputs], attrs)
    found = explain(name, inputs, attrs, ours, truth)
    assert found is not None
    assert found.wrong_sides == ("left",)
    exact = [f.cause for f in found.causes if f.exact]
    assert cause in exact, found.sentence
    assert len(exact) <= 3, "a finding that names everything says nothing"


def flushed(x: F32) -> F32:
    tiny = np.abs(x) < 2.0**-126
    return np.where(tiny, np.copysign(np.float32(0), x), x)


def test_the_library_of_sine_is_known_too() -> None:
    bent_sine = under(BY_NAME["library"].changes)("sin", LINE, (), ())
    found = explain("sin", LINE, (), bent_sine, define("sin", LINE))
    assert found is not None
    assert [f.cause for f in found.causes] == ["library"]


def test_the_wrong_side_may_be_the_right_one() -> None:
    name, inputs, attrs = INJECTED["contraction"]
    found = explain(name, inputs, attrs, define(name, inputs, attrs), faulty("contraction"))
    assert found is not None
    assert [(f.side, f.cause) for f in found.causes] == [("right", "contraction")]


def test_equal_results_have_no_divergence() -> None:
    x = normal(9)
    (y,) = define("exp", [x])
    assert explain("exp", [x], (), [y], [y.copy()]) is None


def bent(index: int, steps: int = 1) -> Divergence:
    """exp of a line against itself with one element some ulps away."""
    truth = define("exp", LINE)
    ours = truth[0].copy()
    ours.view(np.int32)[index] += steps
    found = explain("exp", LINE, (), [ours], truth)
    assert found is not None
    return found


@pytest.mark.parametrize(("index", "steps"), [(0, 1), (2999, -3), (1234, 70000)])
def test_the_first_element_and_its_distance(index: int, steps: int) -> None:
    found = bent(index, steps)
    assert (found.index, found.ulps, found.differing) == ((index,), abs(steps), 1)
    assert (found.elements, found.wrong_sides) == (3000, ("left",))
    assert int(found.left_bits, 16) - int(found.right_bits, 16) == steps
    assert np.float32(found.left) != np.float32(found.right) == np.float32(found.expected)


def test_a_fault_of_no_known_cause_is_told_as_such() -> None:
    assert bent(7).causes == ()
    assert "no cause we know explains it" in bent(7).sentence


def test_a_cause_that_gives_most_of_it_is_called_the_best() -> None:
    (ours,) = faulty("library-32")
    ours[5] = 7
    found = explain("exp", LINE, (), [ours], define("exp", LINE))
    assert found is not None
    (cause,) = found.causes
    assert (cause.cause, cause.exact) == ("library-32", False)
    assert cause.reproduced == cause.wrong - 1
    assert "is best explained if" in found.sentence


def test_both_sides_may_be_wrong() -> None:
    found = explain("sum", SUMS, (2, 0), faulty("sum-plain"), faulty("sum-numpy"))
    assert found is not None
    assert found.wrong_sides == ("left", "right")
    assert [(f.side, f.cause) for f in found.causes] == [
        ("left", "sum-plain"),
        ("right", "sum-numpy"),
    ]


def test_payloads_of_nans_are_no_difference_in_value() -> None:
    left = [np.array([0x7FC00001, 0x3F800000], np.uint32).view(np.float32)]
    right = [np.array([0xFFC00000, 0x3F800000], np.uint32).view(np.float32)]
    found = explain("neg", [floats(np.nan, -1)], (), left, right)
    assert found is not None
    assert found.only_payloads and found.wrong_sides == () and found.ulps is None
    assert "only bits of NaNs differ" in found.sentence


def test_a_payload_does_not_hide_a_real_difference() -> None:
    left = [np.array([0x7FC00001, 0x3F800001], np.uint32).view(np.float32)]
    right = [np.array([0xFFC00000, 0x3F800000], np.uint32).view(np.float32)]
    found = explain("neg", [floats(np.nan, -1)], (), left, right)
    assert found is not None
    assert (found.index, found.differing, found.only_payloads) == ((1,), 1, False)


def test_signs_of_zeros_are_told() -> None:
    found = explain("relu", [floats(-0.0)], (), [floats(-0.0)], [floats(0.0)])
    assert found is not None
    assert found.only_zero_signs and found.ulps == 0
    assert "only the signs of zeros differ" in found.sentence


def test_booleans_and_integers_have_no_ulps() -> None:
    left, right = np.array([True, False]), np.array([True, True])
    found = explain("less", [floats(0, 0), floats(1, 1)], (), [left], [right])
    assert found is not None
    assert (found.index, found.left, found.right, found.ulps) == ((1,), "False", "True", None)


def test_the_finding_is_json() -> None:
    text = json.dumps(bent(3).to_json(), allow_nan=False)
    assert json.loads(text)["sentence"] == bent(3).sentence


@pytest.mark.parametrize("wrong", [[], [np.zeros(3, np.float32)], [np.zeros(2, np.int32)]])
def test_what_is_no_result_of_the_call_is_refused(wrong: list[Any]) -> None:
    right = define("neg", [floats(1, 2)])
    for pair in ((wrong, right), (right, wrong)):
        with pytest.raises(UserError, match="no result of this call") as caught:
            explain("neg", [floats(1, 2)], (), *pair)
        assert caught.value.code == "kernel.compare"


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (1.0, 1.0 + 2.0**-23, 1),
        (0.0, -0.0, 0),
        (2.0**-126, -(2.0**-126), 2 << 23),
        (3.4028235e38, np.inf, 1),
        (np.nan, 1.0, None),
    ],
)
def test_ulps(left: float, right: float, expected: int | None) -> None:
    assert ulps(left, right) == ulps(right, left) == expected


def test_another_law_leaves_the_law_alone() -> None:
    """Even while both run at once."""
    name, inputs, attrs = INJECTED["sum-plain"]
    truth = define(name, inputs, attrs)[0].tobytes()
    other = faulty("sum-plain")[0].tobytes()
    assert truth != other
    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            bent_law = pool.submit(faulty, "sum-plain")
            law = pool.submit(define, name, inputs, attrs)
            assert law.result()[0].tobytes() == truth
            assert bent_law.result()[0].tobytes() == other


@pytest.mark.parametrize(("module", "name"), [("floats", "absent"), ("absent", "add")])
def test_a_change_of_nothing_is_a_bug(module: str, name: str) -> None:
    with pytest.raises(Bug):
        under({module: lambda _: {name: None}})
