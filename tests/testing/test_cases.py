"""Arguments of tests: the same for a seed, of every size, and simpler step by step."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.isa.types import Type
from anhvm.program.abi import Abi, Function, Named
from anhvm.program.values import RANGES
from anhvm.testing.cases import SIZES, Case, Parameters

KINDS = ("u64", "i64", "i32", "f32", "bool", "bytes", "str", "address", "f32[N, 3]", "i8[N]",
         "i32[M, N]", "bool[2]")  # fmt: skip
ACCOUNTS = tuple(bytes([1]) * 33 for _ in range(3))


def parameters(*kinds: str) -> Parameters:
    params = tuple(Named(f"p{i}", kind) for i, kind in enumerate(kinds))
    function = Function("test_it", "call", 0, params)
    return Parameters.of(Abi("Tests", functions=(function,)), function, ACCOUNTS)


def bits(case: Case) -> list[object]:
    return [(v.shape, v.tobytes()) if isinstance(v, np.ndarray) else repr(v) for v in case]


@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4), st.text(max_size=3))
def test_a_seed_gives_the_same_cases(kinds: list[str], seed: str) -> None:
    made = parameters(*kinds)
    first, again = (list(islice(made.cases(seed), 12)) for _ in range(2))
    assert list(map(bits, first)) == list(map(bits, again))


@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4), st.text(max_size=3))
def test_leaves_agree_on_sizes_and_steps_end(kinds: list[str], seed: str) -> None:
    made = parameters(*kinds)
    for case in islice(made.cases(seed), 4):
        steps = 0
        while (other := next(made.simpler(case), None)) is not None:
            assert bits(case) != bits(other)
            case, steps = other, steps + 1
            assert steps < 1000
        sizes: dict[str, int] = {}
        for leaf, value in zip(made.leaves, case, strict=True):
            if isinstance(value, np.ndarray):
                names = leaf.type.partition("[")[2].rstrip("]").split(", ")
                for name, size in zip(names, value.shape, strict=True):
                    assert sizes.setdefault(name, size) == size


def test_the_corners_come_first() -> None:
    made = parameters("u64", "i64", "f32[N, N]")
    first = list(islice(made.cases("0"), len(SIZES)))
    ends = [RANGES[kind] for kind in (Type.U64, Type.I64)]
    assert [case[:2] for case in first[:3]] == [
        (0, 0), (ends[0][1], ends[1][1]), (ends[0][0], ends[1][0])
    ]  # fmt: skip
    assert [np.shape(case[2]) for case in first] == [(size, size) for size in SIZES]


def test_a_size_that_is_a_parameter_is_the_size() -> None:
    params = (Named("n", "u64"), Named("x", "f32[n]"))
    function = Function("test_it", "call", 0, params)
    made = Parameters.of(Abi("Tests", functions=(function,)), function, ACCOUNTS)
    for case in islice(made.cases("0"), 20):
        assert np.shape(case[1]) == (case[0],)
        for other in made.simpler(case):
            assert np.shape(other[1]) == (other[0],)


@pytest.mark.parametrize("kinds", [(), ("u64",)])
def test_only_parameters_make_cases(kinds: tuple[str, ...]) -> None:
    assert len(list(islice(parameters(*kinds).cases("0"), 9))) == (9 if kinds else 1)
