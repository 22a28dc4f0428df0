"""Reverse-mode differentiation: every `ir.Grad` becomes straight code over kernels.

`autodiff_trace` puts the call on a tape, `autodiff_adjoint` walks it back by the rules of the
kernel table (`autodiff_rules`), and both stand where the gradient was asked for.  So a training
step is the kernels of the value, then those of the adjoints, and nothing else.  Gradients inside a
differentiated function are replaced first: second derivatives need no further rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from anhvm.compiler import ir
from anhvm.compiler.autodiff_adjoint import Reverse
from anhvm.compiler.autodiff_rules import f32, is_float, ones
from anhvm.compiler.autodiff_trace import Tape
from anhvm.compiler.diagnostics import Fault
from anhvm.isa.types import Type, show


def differentiate(unit: ir.Unit) -> ir.Unit:
    """`unit` without `Grad`.

    Raises `Fault` with the place: E0701 where a gradient cannot go through, E0702 for a gradient
    with respect to what is no f32, E0703 for a function whose first result is no f32 scalar.
    """
    differentiator = _Differentiator(unit.functions)
    functions = (differentiator.function(f.name, f.span) for f in unit.functions)
    return replace(unit, functions=tuple(functions))


class _Differentiator:
    def __init__(self, functions: Iterable[ir.Function]) -> None:
        self.sources = {f.name: f for f in functions}
        self.done: dict[str, ir.Function] = {}
        self.busy: set[str] = set()

    def function(self, name: str, span: ir.Span) -> ir.Function:
        """The function without `Grad`; `span` is where it was asked for."""
        if name not in self.done:
            source = self.sources[name]
            if name in self.busy:
                raise Fault(
                    "E0701",
                    span,
                    f"'{name}' takes a gradient through itself",
                    "take the gradient of a function that does not call the one around it",
                )
            self.busy.add(name)
            self.done[name] = replace(source, body=self.block(source.body))
            self.busy.remove(name)
        return self.done[name]

    def block(self, stmts: Iterable[ir.Stmt]) -> tuple[ir.Stmt, ...]:
        result: list[ir.Stmt] = []
        for stmt in stmts:
            match stmt:
                case ir.Grad():
                    result += self.grad(stmt)
                case ir.If(_, then, orelse):
                    result.append(replace(stmt, then=self.block(then), orelse=self.block(orelse)))
                case ir.Loop(head, _, body, _, step):
                    head, body, step = map(self.block, (head, body, step))
                    result.append(replace(stmt, head=head, body=body, step=step))
                case _:
                    result.append(stmt)
        return tuple(result)

    def grad(self, stmt: ir.Grad) -> list[ir.Stmt]:
        """The statements that `stmt` stands for."""
        span = stmt.span
        tape = Tape(self.function)
        args = list(stmt.args)
        entry: list[ir.Stmt] = []
        for at in stmt.wrt:
            if not is_float(args[at].type):
                raise Fault(
                    "E0702",
                    span,
                    f"there is no gradient with respect to {show(args[at].type)}",
                    "name variables of f32 scalars and tensors, or structs of them, after 'wrt'",
                )
            # A name of its own, so that what is passed twice is told apart.
            proxy = ir.Var(_name(args[at]), args[at].type, ones(args[at]))
            entry.append(ir.Assign(proxy, args[at], span))
            tape.active.add(proxy)
            args[at] = proxy
        function, values = tape.call(stmt.function, args, span)
        if not values or values[0].type != Type.F32:
            found = ", ".join(map(show, function.returns)) or "nothing"
            raise Fault(
                "E0703",
                span,
                f"'{stmt.function}' returns {found}, and a gradient needs one f32",
                "let it return a single f32 scalar, such as a loss",
            )
        value = values[0]
        seed = {value: f32(1.0)} if isinstance(value, ir.Var) and value in tape.active else {}
        back = Reverse(tape.active, dict(seed))
        back.run(tape.block.stmts)
        results: list[ir.Stmt] = [ir.Assign(stmt.value, value, span)]
        for at, target in zip(stmt.wrt, stmt.grads, strict=True):
            own = args[at]
            assert isinstance(own, ir.Var)
            g = back.adjoints.get(own) or back.block.zeros_like(own, span)
            results.append(ir.Assign(target, g, span))
        return [*entry, *tape.block.stmts, *back.block.stmts, *results]


def _name(atom: ir.Atom) -> str:
    return atom.name if isinstance(atom, ir.Var) else "constant"
