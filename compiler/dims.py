"""Sizes of dimensions: integer polynomials over named dimensions.

Two dimensions are equal, different, or it cannot be known before the run: then the compiler writes
a check that names both.  A polynomial is kept in one canonical form, so equality is equality.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import reduce

MAX_TERMS = 64
MAX_COEFFICIENT = 1 << 62


class TooComplexError(ValueError):
    """A polynomial beyond `MAX_TERMS` or `MAX_COEFFICIENT`; no real shape comes near."""


@dataclass(frozen=True, order=True)
class DimVar:
    """A named dimension; `owner` is the function that names it."""

    name: str
    owner: str


Monomial = tuple[DimVar, ...]


class Relation(Enum):
    EQUAL = auto()
    DIFFERENT = auto()
    UNKNOWN = auto()


@dataclass(frozen=True)
class Dim:
    """A sum of `coefficient * product of variables`, sorted, without zero terms."""

    terms: tuple[tuple[Monomial, int], ...]

    @property
    def constant(self) -> int | None:
        """The value, where no variable takes part."""
        if not self.terms:
            return 0
        if len(self.terms) == 1 and not self.terms[0][0]:
            return self.terms[0][1]
        return None

    @property
    def variable(self) -> DimVar | None:
        """The variable, where the polynomial is nothing else."""
        if len(self.terms) == 1:
            monomial, coefficient = self.terms[0]
            if coefficient == 1 and len(monomial) == 1:
                return monomial[0]
        return None

    @property
    def variables(self) -> tuple[DimVar, ...]:
        return tuple(dict.fromkeys(v for monomial, _ in self.terms for v in monomial))

    def __add__(self, other: Dim) -> Dim:
        return _collect([*self.terms, *other.terms])

    def __sub__(self, other: Dim) -> Dim:
        return self + const(-1) * other

    def __mul__(self, other: Dim) -> Dim:
        return _collect(
            (tuple(sorted(m + n)), a * b) for m, a in self.terms for n, b in other.terms
        )

    def substitute(self, values: Mapping[DimVar, Dim]) -> Dim:
        """The polynomial with variables replaced; those that `values` lacks stay."""
        total = const(0)
        for monomial, coefficient in self.terms:
            factors = [values.get(v, var(v)) for v in monomial]
            total += reduce(Dim.__mul__, factors, const(coefficient))
        return total

    def relation(self, other: Dim) -> Relation:
        """What is known about `self == other` for every value of the variables."""
        if self == other:
            return Relation.EQUAL
        left, right = (Dim(tuple(t for t in d.terms if t[0])) for d in (self, other))
        return Relation.DIFFERENT if left == right else Relation.UNKNOWN

    def __str__(self) -> str:
        text = ""
        for monomial, coefficient in self.terms:
            size = abs(coefficient)
            factors = [str(size)] if size != 1 or not monomial else []
            word = "*".join([*factors, *(v.name for v in monomial)])
            sign = "-" if coefficient < 0 else "+"
            text += f" {sign} {word}" if text else word if coefficient > 0 else f"-{word}"
        return text or "0"


def const(value: int) -> Dim:
    return Dim((((), value),)) if value else Dim(())


def var(variable: DimVar) -> Dim:
    return Dim((((variable,), 1),))


def _collect(terms: Iterable[tuple[Monomial, int]]) -> Dim:
    sums: dict[Monomial, int] = {}
    for monomial, coefficient in terms:
        sums[monomial] = sums.get(monomial, 0) + coefficient
    kept = [(m, c) for m, c in sums.items() if c]
    large = any(abs(c) > MAX_COEFFICIENT or len(m) > MAX_TERMS for m, c in kept)
    if large or len(kept) > MAX_TERMS:
        raise TooComplexError
    return Dim(tuple(sorted(kept, key=lambda term: (-len(term[0]), term[0]))))
