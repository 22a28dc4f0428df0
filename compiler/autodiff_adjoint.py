"""The way back: adjoints of a straight tape, by law N13.

Contributions to a variable are added in reverse program order, the first taken as it is.  An `If`
counts as one contribution to each variable that either branch uses: +0 where the taken branch does
not use it.  Only what reaches a variable that is asked for is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from anhvm.compiler import ir
from anhvm.compiler.autodiff_rules import ABS_GRADIENT, KERNEL_OF, Block, adjoint_of_operand, f32
from anhvm.compiler.walk import statements, writes
from anhvm.kernels.table import BY_NAME


class Reverse:
    """Adjoints of the variables of a tape; `active` are those that depend on the asked ones.

    Each variable of the tape is assigned once (in each branch, where an `If` assigns it).
    """

    def __init__(self, active: Set[ir.Var], adjoints: dict[ir.Var, ir.Atom]) -> None:
        self.active = active
        self.adjoints = adjoints
        self.block = Block()

    def run(self, tape: Iterable[ir.Stmt]) -> None:
        """Adds the adjoint statements of `tape` to `block`."""
        for stmt in reversed(tuple(tape)):
            if isinstance(stmt, ir.If):
                self._branch(stmt)
                continue
            results = [v for v in writes(stmt) if v in self.adjoints]
            if results:
                self._statement(stmt, results[0], self.adjoints.pop(results[0]))

    def _statement(self, stmt: ir.Stmt, result: ir.Var, g: ir.Atom) -> None:
        match stmt:
            case ir.Assign(_, src, span):
                self._contribute(src, g, span)
            case ir.Op(_, "f32.abs", args, span):
                names = {"x": args[0], "g": g}
                self._contribute(args[0], self.block.evaluate(ABS_GRADIENT, names, {}, span), span)
            case ir.Op(_, op, args, span) if op in KERNEL_OF:
                self._kernel(ir.Kernel((result,), KERNEL_OF[op], args, span), result, g)
            case ir.Kernel():
                self._kernel(stmt, result, g)
            case ir.Special(_, "t.get", (tensor, *index), span):
                if tensor in self.active:
                    zeros = self.block.zeros_like(tensor, span)
                    self._contribute(tensor, self._update(tensor, (zeros, *index, g), span), span)
            case ir.Special(_, "t.set", (tensor, *index, element), span):
                if tensor in self.active:
                    others = self._update(tensor, (g, *index, f32(0.0)), span)
                    self._contribute(tensor, others, span)
                if element in self.active:
                    part = ir.Var("element", element.type)
                    self.block.add(ir.Special(part, "t.get", (g, *index), span))
                    self._contribute(element, part, span)
            case _:
                pass

    def _update(self, like: ir.Atom, args: tuple[ir.Atom, ...], span: ir.Span) -> ir.Var:
        var = ir.Var("update", like.type, like.ones if isinstance(like, ir.Var) else 0)
        self.block.add(ir.Special(var, "t.set", args, span))
        return var

    def _kernel(self, stmt: ir.Kernel, result: ir.Var, g: ir.Atom) -> None:
        row = BY_NAME[stmt.name]
        with self.block.sharing():  # the weights of attention serve all its operands
            for at, arg in enumerate(stmt.args):
                if arg in self.active:
                    value = adjoint_of_operand(
                        self.block, row, at, stmt.args, stmt.attrs, result, g, stmt.span
                    )
                    if value is not None:
                        self._contribute(arg, value, stmt.span)

    def _contribute(self, atom: ir.Atom, value: ir.Atom, span: ir.Span) -> None:
        if not isinstance(atom, ir.Var) or atom not in self.active:
            return
        if atom in self.adjoints:
            value = self.block.kernel(BY_NAME["add"], (self.adjoints[atom], value), (), span)
        self.adjoints[atom] = value

    def _branch(self, stmt: ir.If) -> None:
        inside = {v for s in statements((stmt,)) for v in writes(s)}
        ways = [Reverse(self.active, dict(self.adjoints)) for _ in range(2)]
        for way, tape in zip(ways, (stmt.then, stmt.orelse), strict=True):
            way.run(tape)
        reached = dict.fromkeys(v for way in ways for v in way.adjoints if v not in inside)
        self.adjoints = {v: g for v, g in self.adjoints.items() if v not in inside}
        for var in reached:
            if ways[0].adjoints.get(var) == ways[1].adjoints.get(var):
                continue
            merged = ir.Var(var.name, var.type, var.ones)
            for way in ways:
                g = way.adjoints.get(var) or way.block.zeros_like(var, stmt.span)
                way.block.add(ir.Assign(merged, g, stmt.span))
            self.adjoints[var] = merged
        then, orelse = (tuple(way.block.stmts) for way in ways)
        if then or orelse:
            self.block.add(ir.If(stmt.cond, then, orelse, stmt.span))
