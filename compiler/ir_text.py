"""The IR as text, for people and for tests of passes: text before, text after.

Variables show as their name, numbered where a function has several of one name (``x``, ``x'2``).
Nothing reads this text back.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from anhvm.compiler import ir
from anhvm.isa.types import Type, is_tensor, show


def dump(functions: Iterable[ir.Function]) -> str:
    """The text of `functions`; ends in a newline."""
    return "\n".join(function_text(function) for function in functions)


def function_text(function: ir.Function) -> str:
    """The text of one function; ends in a newline."""
    writer = _Writer()
    params = ", ".join(f"{writer.atom(p)}: {show(p.type)}" for p in function.params)
    returns = ", ".join(map(show, function.returns))
    head = f"{function.kind.name.lower()} {function.name}({params}) -> ({returns})"
    return "\n".join([head, *writer.block(function.body, 1)]) + "\n"


class _Writer:
    def __init__(self) -> None:
        self.names: dict[ir.Var, str] = {}
        self.used: dict[str, int] = {}

    def atom(self, atom: ir.Atom) -> str:
        match atom:
            case ir.Var():
                if atom not in self.names:
                    count = self.used[atom.name] = self.used.get(atom.name, 0) + 1
                    self.names[atom] = atom.name if count == 1 else f"{atom.name}'{count}"
                return self.names[atom]
            case ir.Lit():
                return literal(atom)
            case ir.Source():
                return atom.init.name.lower()

    def block(self, stmts: Iterable[ir.Stmt], depth: int) -> Iterator[str]:
        for stmt in stmts:
            yield from (f"{'  ' * depth}{line}" for line in self.stmt(stmt))

    def stmt(self, stmt: ir.Stmt) -> Iterator[str]:
        match stmt:
            case ir.If(cond, then, orelse):
                yield f"if {self.atom(cond)}"
                yield from self.block(then, 1)
                if orelse:
                    yield "else"
                    yield from self.block(orelse, 1)
            case ir.Loop(head, cond, body, _, step):
                yield "loop"
                yield from self.block(head, 1)
                yield f"while {self.atom(cond)}"
                yield from self.block(body, 1)
                if step:
                    yield "step"
                    yield from self.block(step, 1)
            case _:
                yield self.line(stmt)

    def line(self, stmt: ir.Stmt) -> str:
        match stmt:
            case ir.Op(dst, op, args, _, imm):
                number = [str(imm)] if op == "t.dim" else []
                return f"{self.atom(dst)} = {op}({self.list(args, number)})"
            case ir.Assign(dst, src):
                return f"{self.atom(dst)} = {self.atom(src)}"
            case ir.Kernel(dsts, name, args, _, attrs):
                return f"{self.list(dsts)} = {name}({self.list(args, map(str, attrs))})"
            case ir.Special(dst, op, args):
                return f"{self.atom(dst)} = {op}({self.list(args)})"
            case ir.Call(dsts, function, args):
                return f"{self.list(dsts) or '()'} = call {function}({self.list(args)})"
            case ir.External(dsts, extern, args, told=told):
                outs = self.list(dsts if told is None else (told, *dsts)) or "()"
                return f"{outs} = {'call' if told is None else 'try'} {extern}({self.list(args)})"
            case ir.Grad(value, grads, function, args, wrt):
                targets = self.list((value, *grads))
                return f"{targets} = grad {function}({self.list(args)}) wrt {list(wrt)}"
            case ir.Load(dst, field, keys):
                return f"{self.atom(dst)} = self.{field}[{self.list(keys)}]"
            case ir.Store(field, keys, src):
                return f"self.{field}[{self.list(keys)}] = {self.atom(src)}"
            case ir.Emit(event, args):
                return f"emit {event}({self.list(args)})"
            case ir.Assert(cond, message):
                return f"assert {self.atom(cond)}, {self.atom(message)}"
            case ir.Return(values):
                return f"return {self.list(values)}".rstrip()
            case _:
                return type(stmt).__name__.lower()

    def list(self, atoms: Iterable[ir.Atom], more: Iterable[str] = ()) -> str:
        return ", ".join([*map(self.atom, atoms), *more])


def literal(lit: ir.Lit) -> str:
    """A constant: a number, true, a quoted text, or the type and dims of a tensor."""
    if is_tensor(lit.type):
        return f"{show(lit.type)}{list(lit.dims)}"
    if lit.type == Type.F32:
        return repr(struct.unpack("<f", struct.pack("<I", int(lit.value)))[0])
    if lit.type == Type.BOOL:
        return "true" if lit.value else "false"
    return repr(lit.value)
