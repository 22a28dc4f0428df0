"""Builds IR by hand, tersely, and runs it on the reference interpreter."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from anhvm.compiler import ir
from anhvm.compiler.autodiff import differentiate
from anhvm.compiler.autodiff_rules import Block
from anhvm.compiler.emit import emit
from anhvm.isa.types import DType, Type, tensor
from anhvm.kernels.ranks import infer_ranks
from anhvm.kernels.table import BY_NAME
from anhvm.program.abi import Abi
from anhvm.program.encode import encode
from anhvm.program.engine import Done, Engine, Env, Need, Value
from anhvm.program.kernel_types import machine_type, static_type
from anhvm.program.model import Init, Kind, Mode, Program
from anhvm.runtime.engines import EngineName, make_engine

SPAN = ir.Span("test.anh", 1, 1, 1, 2)
SENDER = ir.Source(Type.BYTES, Init.SENDER)


def code(text: str) -> int:
    """A machine type from words: ``u64``, ``bytes``, ``f32[2]`` (rank)."""
    match = re.fullmatch(r"(\w+)\[(\d)\]", text)
    if match and int(match[2]):
        return tensor(DType[match[1].upper()], int(match[2]))
    return Type[(match[1] if match else text).upper()]


def u64(value: int) -> ir.Lit:
    return ir.Lit(Type.U64, value)


def f32(value: float) -> ir.Lit:
    return ir.Lit(Type.F32, struct.unpack("<I", struct.pack("<f", value))[0])


def text(value: bytes) -> ir.Lit:
    return ir.Lit(Type.BYTES, value)


class Fn:
    """A function in the making; its methods append statements and return what they assign."""

    def __init__(self, name: str, kind: Kind = Kind.CALL, **params: str) -> None:
        self.name = name
        self.kind = kind
        self.params = {n: ir.Var(n, code(t)) for n, t in params.items()}
        self.block = Block()
        self.returns: tuple[int, ...] = ()
        self.line = 0

    def __getattr__(self, name: str) -> ir.Var:
        try:
            return self.__dict__["params"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def span(self) -> ir.Span:
        self.line += 1
        return ir.Span("test.anh", self.line, 1, self.line, 2)

    def var(self, name: str, kind: str, ones: int = 0) -> ir.Var:
        return ir.Var(name, code(kind), ones)

    def add(self, stmt: ir.Stmt) -> None:
        self.block.add(stmt)

    def k(self, name: str, *args: ir.Atom, attrs: Sequence[int] = ()) -> ir.Var:
        """A kernel."""
        return self.block.kernel(BY_NAME[name], args, attrs, self.span)

    def ks(self, name: str, *args: ir.Atom, attrs: Sequence[int] = ()) -> list[ir.Var]:
        """All outputs of a kernel."""
        row = BY_NAME[name]
        if len(row.signature.outputs) == 1:
            return [self.k(name, *args, attrs=attrs)]
        types = [t for a in args if (t := static_type(a.type)) is not None]
        made = [ir.Var(name, machine_type(t)) for t in infer_ranks(row, types, attrs)]
        self.add(ir.Kernel(tuple(made), name, args, self.span, tuple(attrs)))
        return made

    def op(self, name: str, kind: str, *args: ir.Atom, imm: int = 0) -> ir.Var:
        return self.block.op(name, code(kind), args, self.span, imm)

    def set(self, dst: ir.Var, src: ir.Atom) -> ir.Var:
        self.add(ir.Assign(dst, src, self.span))
        return dst

    def special(self, name: str, kind: str, *args: ir.Atom) -> ir.Var:
        dst = self.var(name, kind)
        self.add(ir.Special(dst, name, args, self.span))
        return dst

    def call(self, function: str, kind: str, *args: ir.Atom) -> ir.Var:
        dst = self.var(function, kind)
        self.add(ir.Call((dst,), function, args, self.span))
        return dst

    def load(self, field: str, kind: str, *keys: ir.Atom) -> ir.Var:
        dst = self.var(field, kind)
        self.add(ir.Load(dst, field, keys, self.span))
        return dst

    def store(self, field: str, src: ir.Atom, *keys: ir.Atom) -> None:
        self.add(ir.Store(field, keys, src, self.span))

    def grad(self, function: str, args: Sequence[ir.Atom], wrt: Sequence[int]) -> list[ir.Var]:
        """Value and gradients."""
        value = self.var("value", "f32")
        grads = [ir.Var(f"d{i}", args[i].type) for i in wrt]
        self.add(ir.Grad(value, tuple(grads), function, tuple(args), tuple(wrt), self.span))
        return [value, *grads]

    def ret(self, *values: ir.Atom) -> None:
        self.returns = tuple(v.type for v in values)
        self.add(ir.Return(values, self.span))

    @contextmanager
    def _inside(self) -> Iterator[Block]:
        outer, self.block = self.block, Block()
        yield self.block
        self.block = outer

    def when(
        self, cond: ir.Atom, then: Callable[[], object], orelse: Callable[[], object] | None = None
    ) -> None:
        with self._inside() as one:
            then()
        with self._inside() as two:
            (orelse or (lambda: None))()
        self.add(ir.If(cond, tuple(one.stmts), tuple(two.stmts), self.span))

    def count(self, stop: ir.Atom, body: Callable[[ir.Var], object]) -> None:
        """``for i in range(stop)``, as the front end lowers it."""
        i = self.set(self.var("i", "u64"), u64(0))
        with self._inside() as head:
            cond = self.op("u64.lt", "bool", i, stop)
        with self._inside() as inner:
            body(i)
        with self._inside() as step:
            self.set(i, self.op("u64.add", "u64", i, u64(1)))
        blocks = (tuple(b.stmts) for b in (head, inner, step))
        first, second, third = blocks
        self.add(ir.Loop(first, cond, second, self.span, third))

    def done(self) -> ir.Function:
        body = tuple(self.block.stmts)
        params = tuple(self.params.values())
        return ir.Function(self.name, self.kind, params, self.returns, body, SPAN)


def unit(*functions: Fn | ir.Function, fields: Sequence[ir.FieldDecl] = ()) -> ir.Unit:
    made = tuple(f.done() if isinstance(f, Fn) else f for f in functions)
    return ir.Unit("Test", tuple(fields), (), made, Abi("Test"), ("test.anh",))


def program(made: ir.Unit) -> Program:
    return emit(differentiate(made))


@cache
def engine(name: EngineName = "reference") -> Engine:
    return make_engine(name, threads=1)


def execute(
    made: Program,
    function: int | str,
    args: Sequence[Value],
    cells: Mapping[int, Value] | None = None,
    gas: int = 1 << 40,
    on: EngineName = "reference",
) -> Done:
    """Runs to the end; `cells` are the values of plain fields by index."""
    names = [f.name for f in made.functions]
    index = names.index(function) if isinstance(function, str) else function
    loaded = engine(on).load(encode(made))
    run = engine(on).start(loaded, index, args, Env(sender=b"me"), gas)
    outcome = run.resume()
    while isinstance(outcome, Need):
        if outcome.mode is Mode.READ:
            outcome = run.provide((cells or {}).get(outcome.cell.field))
        else:
            outcome = run.permit()
    assert isinstance(outcome, Done)
    return outcome


def returns(made: ir.Unit, function: str, *args: Any) -> list[Any]:
    """What `function` returns; fails on a trap."""
    done = execute(program(made), function, [_value(a) for a in args])
    assert done.failure is None, done.failure
    return list(done.returns)


def _value(value: Any) -> Value:
    return np.float32(value) if isinstance(value, float) else value
