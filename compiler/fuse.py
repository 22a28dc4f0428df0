"""Two kernels that are one row of the table: ``w - rate * d`` is sgd, ``beta * v + d`` momentum.

The program of a row says what it is made of (N10), so no bit changes.  What goes away is a pass
over memory, and the products: of a whole network they would all be live at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import replace

from anhvm.compiler import ir
from anhvm.compiler.autodiff_rules import ones, rank
from anhvm.compiler.walk import reads, statements, writes


def fuse(function: ir.Function) -> ir.Function:
    """`function` with the products by a number that only a sum or difference reads moved there."""
    inside = list(statements(function.body))
    read = Counter(a for s in inside for a in reads(s) if isinstance(a, ir.Var))
    made = Counter(v for s in inside for v in writes(s))
    passing = {v for v, times in made.items() if times == 1 and read[v] == 1}
    return replace(function, body=_block(function.body, passing))


def _block(stmts: Iterable[ir.Stmt], passing: Set[ir.Var]) -> tuple[ir.Stmt, ...]:
    result: list[ir.Stmt] = []
    products: dict[ir.Atom, ir.Kernel] = {}  # whose operands are still what they were
    for stmt in stmts:
        made = stmt
        match stmt:
            case ir.If(_, then, orelse):
                made = replace(stmt, then=_block(then, passing), orelse=_block(orelse, passing))
            case ir.Loop(head, _, body, _, step):
                head, body, step = (_block(part, passing) for part in (head, body, step))
                made = replace(stmt, head=head, body=body, step=step)
            case ir.Kernel((var,), "mul", (a, b)) if var in passing and not rank(a) * rank(b):
                products[var] = stmt
            case ir.Kernel(_, "sub", (other, var)) if _fits(products.get(var), other):
                made = _moved(result, products[var], stmt, "sgd", other)
            case ir.Kernel(_, "add", (other, var)) if _fits(products.get(var), other):
                made = _moved(result, products[var], stmt, "momentum", other)
            case ir.Kernel(_, "add", (var, other)) if _fits(products.get(var), other):
                made = _moved(result, products[var], stmt, "momentum", other)
            case _:
                pass
        result.append(made)
        changed = {v for s in statements((stmt,)) for v in writes(s)}
        products = {v: p for v, p in products.items() if not changed & set(p.args)}
    return tuple(result)


def _fits(product: ir.Kernel | None, other: ir.Atom) -> bool:
    """Whether the tensor of a product and the other operand have the same dims."""
    if product is None:
        return False
    tensor = max(product.args, key=rank)
    return (rank(tensor), ones(tensor)) == (rank(other), ones(other))


def _moved(
    result: list[ir.Stmt], product: ir.Kernel, stmt: ir.Kernel, name: str, other: ir.Atom
) -> ir.Stmt:
    result.remove(product)
    scalar, tensor = sorted(product.args, key=rank)
    first, second = (other, tensor) if name == "sgd" else (tensor, other)
    return replace(stmt, name=name, args=(first, second, scalar))
