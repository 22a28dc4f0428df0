"""Names: what a module, a contract and a function body can see, and what is known about a body."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from anhvm.compiler import entities
from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler.diagnostics import Diagnostic, Fault
from anhvm.compiler.dims import Dim, DimVar, Relation, TooComplexError
from anhvm.compiler.ir import Span
from anhvm.compiler.types import Leaf, Struct, Tensor, Type, Unknown, leaves


@dataclass(frozen=True)
class ConstSymbol:
    value: t.Literal
    span: Span


@dataclass(frozen=True)
class StructSymbol:
    type: Struct
    span: Span
    doc: str = ""


@dataclass(frozen=True, eq=False)
class FunctionSymbol:
    """A function with the names that its body sees."""

    signature: entities.Signature
    syntax: s.Function
    env: Env
    span: Span


@dataclass(frozen=True)
class EventSymbol:
    event: entities.Event
    span: Span


@dataclass(frozen=True)
class ModuleSymbol:
    env: Env
    span: Span


@dataclass(frozen=True, eq=False)
class InterfaceSymbol:
    """What other contracts are expected to have, by name."""

    name: str
    functions: dict[str, entities.Signature]
    span: Span


Symbol = ConstSymbol | StructSymbol | FunctionSymbol | EventSymbol | ModuleSymbol | InterfaceSymbol


@dataclass(eq=False)
class Env:
    """The names of a module, or of a contract inside of its module (`parent`).

    `prefix` stands before the names of its functions in the program, so that libraries do not
    collide; `fields` are those of the contract, None in a module.
    """

    file: str
    prefix: str = ""
    parent: Env | None = None
    symbols: dict[str, Symbol] = field(default_factory=dict)
    fields: dict[str, entities.Field] | None = None
    broken: set[str] = field(default_factory=set)  # declared, but at fault: stay silent on use

    def find(self, name: str) -> Symbol | None:
        """The symbol of that name, from the inside out; raises Silent for a broken one."""
        if name in self.broken:
            raise Silent
        found = self.symbols.get(name)
        if found is None and self.parent is not None:
            return self.parent.find(name)
        return found

    def names(self) -> Iterator[str]:
        yield from self.symbols
        if self.parent is not None:
            yield from self.parent.names()


class Silent(Exception):
    """The statement rests on something that has been reported already."""


@dataclass(eq=False)
class Body:
    """What the checker knows while it walks one function.

    `checks` collects the run-time checks of the expression at hand.  `infer` is the checker of
    expressions, given from outside so that its parts need not import each other.
    """

    symbol: FunctionSymbol
    infer_table: Callable[[Body, s.Expr, Type | None], t.Expr]
    dims: dict[str, DimVar]
    faults: list[Diagnostic]
    scopes: list[dict[str, t.Local]] = field(default_factory=lambda: [{}])
    gone: dict[str, t.Local] = field(default_factory=dict)
    checks: list[t.SameSize] = field(default_factory=list)
    calls: dict[FunctionSymbol, Span] = field(default_factory=dict)
    externs: dict[str, entities.Signature] = field(default_factory=dict)
    effect: tuple[str, Span] | None = None  # the first write, emit, or call that may
    loops: int = 0

    @property
    def env(self) -> Env:
        return self.symbol.env

    @property
    def signature(self) -> entities.Signature:
        return self.symbol.signature

    def infer(self, expr: s.Expr, hint: Type | None = None) -> t.Expr:
        """The checked expression.  `hint` is the type that the place wants, if it wants one."""
        outer, self.checks = self.checks, []
        try:
            found = self.infer_table(self, expr, None if isinstance(hint, Unknown) else hint)
            if isinstance(found.type, Unknown):
                raise Silent
            for _, leaf in leaves(found.type):
                _demand_sizes(leaf, expr.span)
            if self.checks:
                found = t.Checked(found.type, found, tuple(self.checks), expr.span)
        except TooComplexError:
            advice = "name sizes in parameters instead of computing them"
            raise Fault("E0610", expr.span, "this size is too complex", advice) from None
        finally:
            self.checks = outer
        return found

    def same(self, left: Dim, right: Dim, message: str, hint: str, span: Span) -> None:
        """Demands equal dimensions: known, refused with E0401, or checked at run time."""
        relation = left.relation(right)
        if relation is Relation.DIFFERENT:
            raise Fault("E0401", span, message, hint)
        if relation is Relation.UNKNOWN:
            self.checks.append(t.SameSize(left, right, message, span))

    def local(self, name: str) -> t.Local | None:
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)

    def declare(self, name: str, type_: Type, span: Span) -> t.Local:
        local = t.Local(name, type_, span)
        self.scopes[-1][name] = local
        return local

    def leave(self) -> None:
        """End a block: what was first assigned in it is gone."""
        self.gone.update(self.scopes.pop())

    def visible(self) -> list[str]:
        """Every name that could have been meant."""
        names = [name for scope in self.scopes for name in scope]
        return [*names, *self.dims, *self.env.names()]


def _demand_sizes(leaf: Leaf, span: Span) -> None:
    """A size that is known must be one; raises E0401."""
    for axis, dim in enumerate(leaf.dims if isinstance(leaf, Tensor) else ()):
        if dim.constant is not None and dim.constant < 0:
            message = f"axis {axis} of {leaf} is below zero"
            raise Fault("E0401", span, message, "make the tensors that come in larger")
