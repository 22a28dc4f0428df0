"""The state of one function while it is lowered: its variables, sizes, and open block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from anhvm.compiler import entities, ir
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.dims import Dim, DimVar, Monomial
from anhvm.compiler.ir import Span
from anhvm.compiler.signatures import sources
from anhvm.isa.types import Type


class Lowering:
    """`mutable` are the variables that a later statement may assign again: an atom of one is
    copied before it is kept.  `start` holds what runs first: the sizes that the body asks for.
    """

    def __init__(self, function: entities.Function, fields: Mapping[str, entities.Field]) -> None:
        self.fields = fields
        self.place = function.signature.span
        self.locals: dict[t.Local, tuple[ir.Atom, ...]] = {}
        self.mutable: set[ir.Var] = set()
        self.holes: list[tuple[tuple[ir.Atom, ...], ...]] = []
        self.start: list[ir.Stmt] = []
        self.out: list[ir.Stmt] = []
        self._held: list[set[tuple[Dim, Dim]]] = [set()]
        self._sizes: dict[DimVar, ir.Atom] = {}
        signature = function.signature
        self._sources = sources(signature.params, signature.name)
        self.given: list[tuple[ir.Var, ...]] = []
        for param in function.params:
            given = tuple(self.var(param.name + path, leaf) for path, leaf in ty.leaves(param.type))
            self.given.append(given)
            self.locals[param] = given
        self.hidden = tuple(ir.Var(v.name, Type.U64) for v in signature.hidden)
        self._sizes.update(zip(signature.hidden, self.hidden, strict=True))

    def var(self, name: str, leaf: ty.Leaf) -> ir.Var:
        return ir.Var(name, ty.code(leaf), ty.ones(leaf))

    def temp(self, leaf: ty.Leaf) -> ir.Var:
        """A new variable for a value in passing; it is assigned at one place only."""
        return self.var("t", leaf)

    def result(self, type_: ty.Type) -> ir.Var:
        assert isinstance(type_, ty.Prim | ty.Tensor)
        return self.temp(type_)

    def emit(self, stmt: ir.Stmt) -> None:
        self.out.append(stmt)

    @contextmanager
    def block(self) -> Iterator[list[ir.Stmt]]:
        """Statements emitted inside go to a list of their own."""
        outer, self.out = self.out, []
        self._held.append(set(self._held[-1]))
        try:
            yield self.out
        finally:
            self.out = outer
            self._held.pop()

    def cells(self, field: str, first: int, count: int) -> list[tuple[str, ty.Leaf]]:
        """Flattened field names of some leaves of a field."""
        found = ty.leaves(self.fields[field].cells()[1])
        return [(field + path, leaf) for path, leaf in found[first : first + count]]

    def size(self, dim: Dim, span: Span) -> ir.Atom:
        """The value of a dimension, a u64; traps where it would be negative."""
        if dim.variable is not None:
            return self._named(dim.variable)
        if dim.constant is not None:
            return ir.Lit(Type.U64, dim.constant)
        total: ir.Atom | None = None
        for monomial, coefficient in sorted(dim.terms, key=lambda term: term[1] < 0):
            value = self._product(monomial, abs(coefficient), span)
            if total is None and coefficient > 0:
                total = value
            else:
                op = "u64.add" if coefficient > 0 else "u64.sub"
                total = self._op(op, total or ir.Lit(Type.U64, 0), value, span)
        assert total is not None
        return total

    def _product(self, monomial: Monomial, factor: int, span: Span) -> ir.Atom:
        value: ir.Atom = ir.Lit(Type.U64, factor)
        for i, variable in enumerate(monomial):
            named = self._named(variable)
            value = named if i == 0 and factor == 1 else self._op("u64.mul", value, named, span)
        return value

    def _op(self, op: str, left: ir.Atom, right: ir.Atom, span: Span) -> ir.Var:
        dst = self.temp(ty.U64)
        self.emit(ir.Op(dst, op, (left, right), span))
        return dst

    def _named(self, variable: DimVar) -> ir.Atom:
        if variable not in self._sizes:
            param, leaf, axis = self._sources[variable]
            self._sizes[variable] = self.given[param][leaf]
            if axis is not None:
                dst = ir.Var(variable.name, Type.U64)
                given = self.given[param][leaf]
                self.start.append(ir.Op(dst, "t.dim", (given,), self.place, axis))
                self._sizes[variable] = dst
        return self._sizes[variable]

    def same(self, left: Dim, right: Dim, message: str, span: Span) -> None:
        """A check that two sizes are equal, unless one already holds on every way to here."""
        if (left, right) in self._held[-1] or (right, left) in self._held[-1]:
            return
        self._held[-1].add((left, right))
        self.demand(self.size(left, span), self.size(right, span), message, span)

    def demand(self, left: ir.Atom, right: ir.Atom, message: str, span: Span) -> None:
        equal = self.temp(ty.BOOL)
        self.emit(ir.Op(equal, "u64.eq", (left, right), span))
        self.emit(ir.Assert(equal, ir.Lit(Type.BYTES, message.encode()), span))

    def check_params(self, function: entities.Function) -> None:
        """What a caller from outside passes must have the declared sizes."""
        for number, param in enumerate(function.params):
            for place, (path, leaf) in enumerate(ty.leaves(param.type)):
                for axis, dim in enumerate(leaf.dims if isinstance(leaf, ty.Tensor) else ()):
                    source = self._sources.get(dim.variable) if dim.variable else None
                    if source == (number, place, axis):
                        continue
                    found = self.temp(ty.U64)
                    given = self.given[number][place]
                    self.emit(ir.Op(found, "t.dim", (given,), param.span, axis))
                    message = (
                        f"{param.name}{path}: axis {axis} must be {self._shown(dim, function)}"
                    )
                    self.demand(found, self.size(dim, param.span), message, param.span)

    def _shown(self, dim: Dim, function: entities.Function) -> str:
        source = self._sources.get(dim.variable) if dim.variable else None
        if source is None:
            return str(dim)
        param = function.params[source[0]]
        path = ty.leaves(param.type)[source[1]][0]
        where = f"{param.name}{path}"
        return f"{dim}, which is {where if source[2] is None else f'axis {source[2]} of {where}'}"
