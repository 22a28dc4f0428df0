"""The expression language of `program` and `gradient` in the kernel table.

    program     NAME = EXPR ; NAME = EXPR ...      each output is one of the NAMEs
    EXPR        NAME | FLOAT | KERNEL(EXPR, ..., MASK, ..., [COUNTS])
    MASK        an integer, an attribute of the row, or of the call's own axes: all, last, lead;
                or ``inverse`` of the attribute `order` of the row
    COUNTS      the trailing scalars of the row, by their name: handed on as they are

A FLOAT is an f32 scalar, rounded once.  The masks of a call follow its operands, one for each
attribute of the kernel called; ``all``, ``last`` and ``lead`` are every axis, the last one and all
but the last of the operand whose axes the attribute speaks of.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from anhvm.kernels.regions import inverse
from anhvm.kernels.signature import Rest
from anhvm.kernels.table import BY_NAME, Kernel


@dataclass(frozen=True)
class Name:
    """An operand, an output, an intermediate, or ``g``."""

    name: str


@dataclass(frozen=True)
class Literal:
    """An f32 scalar."""

    value: float


@dataclass(frozen=True)
class Call:
    """A call of a kernel; `masks` are unevaluated, see `mask_value`.

    `counts` is the name of the trailing scalars that are handed on, or "".
    """

    kernel: Kernel
    operands: tuple[Expr, ...]
    masks: tuple[str | int, ...]
    counts: str = ""

    @property
    def axes_operand(self) -> int | None:
        """Index of the operand whose axes the masks speak of."""
        return axes_operand(self.kernel)


Expr = Name | Literal | Call


@dataclass(frozen=True)
class Assign:
    """One statement of a program."""

    name: str
    value: Expr


def axes_operand(kernel: Kernel) -> int | None:
    """Index of the input that binds the first rest variable, or None if there is none."""
    wholes = [i for i, o in enumerate(kernel.signature.inputs) if o.rest is Rest.WHOLE]
    return wholes[0] if wholes else None


@cache
def parse_program(text: str) -> tuple[Assign, ...]:
    """Parse a `program`; raises ValueError (a mistake in the table, not of a user)."""
    result = []
    for statement in text.split(";"):
        name, _, value = statement.partition("=")
        result.append(Assign(name.strip(), parse_expression(value)))
    return tuple(result)


@cache
def parse_expression(text: str) -> Expr:
    """Parse one expression, of a `gradient` say; raises ValueError."""
    return _expression(ast.parse(text.strip(), mode="eval").body)


def mask_value(mask: str | int, rank: int, own: Mapping[str, int]) -> int:
    """The mask as a number: `rank` of the call's axes operand, `own` attributes of the row."""
    if isinstance(mask, int):
        return mask
    if mask == "all":
        return (1 << rank) - 1
    if mask == "last":
        return 1 << (rank - 1)
    if mask == "lead":
        return (1 << (rank - 1)) - 1
    if mask == "inverse":
        return inverse(own["order"], rank)
    return own[mask]


def calls(expression: Expr) -> Iterator[Call]:
    """Every call in an expression, inner ones first."""
    if isinstance(expression, Call):
        for operand in expression.operands:
            yield from calls(operand)
        yield expression


def _expression(node: ast.expr) -> Expr:
    if isinstance(node, ast.Name):
        return Name(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _expression(node.operand)
        if isinstance(inner, Literal):
            return Literal(-inner.value)
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        return Literal(node.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        kernel = BY_NAME[node.func.id]
        split = len(kernel.signature.inputs)
        end = split + len(kernel.attrs)
        if len(node.args) == end + (kernel.signature.counts is not None):
            operands = tuple(_expression(a) for a in node.args[:split])
            masks = tuple(_mask(a) for a in node.args[split:end])
            return Call(kernel, operands, masks, *(str(_mask(a)) for a in node.args[end:]))
    raise ValueError(f"not an expression of the kernel table: {ast.unparse(node)}")


def _mask(node: ast.expr) -> str | int:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    raise ValueError(f"not a mask: {ast.unparse(node)}")
