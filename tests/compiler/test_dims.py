"""Polynomials of dimensions against plain integers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from anhvm.compiler.dims import Dim, DimVar, Relation, const, var

VARS = [DimVar(name, "f") for name in "ABC"]

atoms = st.one_of(st.integers(-5, 5).map(const), st.sampled_from(VARS).map(var))
dims = st.recursive(
    atoms,
    lambda inner: st.builds(
        lambda op, a, b: op(a, b),
        st.sampled_from([Dim.__add__, Dim.__sub__, Dim.__mul__]),
        inner,
        inner,
    ),
    max_leaves=8,
)
points = st.tuples(*[st.integers(-4, 4)] * 3)


def value(dim: Dim, point: tuple[int, ...]) -> int:
    found = dim.substitute({v: const(n) for v, n in zip(VARS, point, strict=True)})
    assert found.constant is not None
    return found.constant


@given(dims, dims, points)
def test_arithmetic_is_that_of_integers(a: Dim, b: Dim, point: tuple[int, ...]) -> None:
    assert value(a + b, point) == value(a, point) + value(b, point)
    assert value(a - b, point) == value(a, point) - value(b, point)
    assert value(a * b, point) == value(a, point) * value(b, point)


@given(dims, dims, dims)
def test_one_polynomial_has_one_form(a: Dim, b: Dim, c: Dim) -> None:
    assert a + b == b + a and a * b == b * a
    assert a * (b + c) == a * b + a * c
    assert (a - b) + b == a and a - a == const(0)


@given(dims, dims, st.lists(points, min_size=1, max_size=5))
def test_what_is_known_holds_everywhere(a: Dim, b: Dim, where: list[tuple[int, ...]]) -> None:
    relation = a.relation(b)
    for point in where:
        equal = value(a, point) == value(b, point)
        assert relation is Relation.UNKNOWN or equal == (relation is Relation.EQUAL)


@given(dims, dims, points)
def test_substitution_is_evaluation(a: Dim, b: Dim, point: tuple[int, ...]) -> None:
    inner = value(b, point)
    rest = dict(zip(VARS, point, strict=True))
    outer = (inner, rest[VARS[1]], rest[VARS[2]])
    assert value(a.substitute({VARS[0]: b}), point) == value(a, outer)


def test_the_text_is_what_a_person_would_write() -> None:
    a, b = (var(v) for v in VARS[:2])
    assert str(a * b + const(2) * a - const(3)) == "A*B + 2*A - 3"
    assert str(const(0) - a) == "-A" and str(const(0)) == "0"
    assert (a + const(1)).relation(a) is Relation.DIFFERENT
    assert a.relation(b) is Relation.UNKNOWN and (a + b).relation(b + a) is Relation.EQUAL
