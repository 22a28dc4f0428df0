"""Runs IR directly, as its docstrings say: the twin of everything behind the lowering.

With `exact` arithmetic values are those of the machine; with `smooth` they are float64, for finite
differences.  Integers are checked by width; a fault raises `Trapped`.
"""

from __future__ import annotations

import operator
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anhvm.compiler import ir
from anhvm.isa.types import Type, dtype_of, is_handle, is_tensor
from anhvm.kernels.definitions import floats
from anhvm.kernels.definitions.call import NUMPY
from anhvm.kernels.definitions.call import call as define
from anhvm.kernels.table import BY_NAME

RANGES = {"u64": (0, 1 << 64), "i64": (-(1 << 63), 1 << 63), "i32": (-(1 << 31), 1 << 31)}
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
}
INTEGER: dict[str, Callable[..., int]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "neg": operator.neg,
}
LOGIC: dict[str, Callable[..., bool]] = {
    "and": operator.and_,
    "or": operator.or_,
    "xor": operator.xor,
    "not": operator.not_,
}


class Trapped(Exception):
    """The program would trap."""


@dataclass(frozen=True)
class Arithmetic:
    """How floats are computed: one function for kernels, one for scalar opcodes."""

    kernel: Callable[[str, Sequence[Any], Sequence[int], Sequence[int]], list[Any]]
    scalar: Mapping[str, Callable[..., Any]]
    constant: Callable[[float], Any]


def _exact(name: str) -> Callable[..., Any]:
    plain = {"max": "maximum", "min": "minimum"}.get(name, name)
    if name in ("neg", "abs"):
        return lambda x: np.float32(operator.neg(x) if name == "neg" else abs(x))
    compute = getattr(floats, plain)
    return lambda *args: np.float32(compute(*(np.asarray(a, np.float32) for a in args)))


def _define(
    name: str, args: Sequence[Any], attrs: Sequence[int], counts: Sequence[int]
) -> list[Any]:
    operands = zip(BY_NAME[name].signature.inputs, args, strict=True)
    arrays = [np.asarray(x, NUMPY.get(operand.dtype)) for operand, x in operands]
    return list(define(name, arrays, attrs, counts))


EXACT = Arithmetic(
    _define,
    {n: _exact(n) for n in ("add", "sub", "mul", "div", "sqrt", "neg", "abs", "max", "min")},
    np.float32,
)


class _Leave(Exception):
    def __init__(self, how: type[ir.Stmt], values: tuple[Any, ...] = ()) -> None:
        self.how = how
        self.values = values


class Interpreter:
    """One run; `storage` maps a field name and the keys to a value."""

    def __init__(
        self,
        unit: ir.Unit,
        arithmetic: Arithmetic = EXACT,
        sources: Mapping[int, Any] | None = None,
    ) -> None:
        self.functions = {f.name: f for f in unit.functions}
        self.arithmetic = arithmetic
        self.sources = sources or {}
        self.storage: dict[tuple[Any, ...], Any] = {}
        self.steps = 0

    def call(self, name: str, args: Sequence[Any]) -> tuple[Any, ...]:
        """The results of a function; raises `Trapped`."""
        function = self.functions[name]
        env: dict[ir.Var, Any] = dict(zip(function.params, args, strict=True))
        try:
            self.block(function.body, env)
        except _Leave as leave:
            return leave.values
        return ()

    def block(self, stmts: Sequence[ir.Stmt], env: dict[ir.Var, Any]) -> None:
        for stmt in stmts:
            self.stmt(stmt, env)

    def value(self, atom: ir.Atom, env: Mapping[ir.Var, Any]) -> Any:
        match atom:
            case ir.Var():
                return env[atom]
            case ir.Source(_, init):
                return self.sources[init]
            case ir.Lit(Type.F32, bits):
                return self.arithmetic.constant(struct.unpack("<f", struct.pack("<I", bits))[0])
            case ir.Lit(kind, data, dims) if is_tensor(kind):
                assert isinstance(data, bytes)
                dtype = dtype_of(kind).name.lower()
                array = np.frombuffer(data, {"f32": "f4", "bool": "?"}.get(dtype, dtype))
                return array.reshape(dims)
            case ir.Lit():
                return atom.value

    def stmt(self, stmt: ir.Stmt, env: dict[ir.Var, Any]) -> None:
        self.steps += 1
        if self.steps > 100_000:
            raise Trapped("too long")

        def values(atoms: Sequence[ir.Atom]) -> list[Any]:
            return [self.value(a, env) for a in atoms]

        match stmt:
            case ir.Op(dst, op, args, _, imm):
                env[dst] = self.op(op, values(args), imm)
            case ir.Assign(dst, src):
                env[dst] = self.value(src, env)
            case ir.Kernel(dsts, name, args, _, attrs):
                fixed = len(BY_NAME[name].signature.inputs)
                inputs, counts = values(args[:fixed]), values(args[fixed:])
                found = self.arithmetic.kernel(name, inputs, attrs, counts)
                for dst, result in zip(dsts, found, strict=True):
                    env[dst] = result if is_handle(dst.type) else result[()]
            case ir.Special(dst, op, args):
                env[dst] = _special(op, values(args))
            case ir.Call(dsts, name, args):
                results = self.call(name, values(args))
                env.update(zip(dsts, results, strict=True))
            case ir.Load(dst, field, keys):
                env[dst] = self.storage[(field, *values(keys))]
            case ir.Store(field, keys, src):
                self.storage[(field, *values(keys))] = self.value(src, env)
            case ir.Assert(cond, message):
                if not self.value(cond, env):
                    raise Trapped(self.value(message, env))
            case ir.If(cond, then, orelse):
                self.block(then if self.value(cond, env) else orelse, env)
            case ir.Loop():
                self.loop(stmt, env)
            case ir.Return(atoms):
                raise _Leave(ir.Return, tuple(values(atoms)))
            case ir.Break() | ir.Continue():
                raise _Leave(type(stmt))
            case _:
                raise AssertionError(f"no statement of the IR: {stmt}")

    def loop(self, stmt: ir.Loop, env: dict[ir.Var, Any]) -> None:
        while True:
            self.block(stmt.head, env)
            if not self.value(stmt.cond, env):
                return
            try:
                self.block(stmt.body, env)
            except _Leave as leave:
                if leave.how is ir.Break:
                    return
                if leave.how is ir.Return:
                    raise
            self.block(stmt.step, env)

    def op(self, op: str, args: list[Any], imm: int) -> Any:
        kind, _, name = op.partition(".")
        if op == "t.dim":
            return args[0].shape[imm]
        if kind == "f32" and name in self.arithmetic.scalar:
            return self.arithmetic.scalar[name](*args)
        if name in COMPARE:
            return bool(COMPARE[name](*args))
        if kind == "bool":
            return bool(LOGIC[name](*args)) if name in LOGIC else int(args[0])
        if name == "to_f32":
            return self.arithmetic.constant(args[0])
        low, high = RANGES[name.removeprefix("to_") if name.startswith("to_") else kind]
        result = int(args[0]) if name.startswith("to_") else INTEGER[name](*args)
        if not low <= result < high:
            raise Trapped(op)
        return result


def _special(op: str, args: list[Any]) -> Any:
    if op == "bytes.slice":
        return args[0][args[1] : args[2]]
    tensor = args[0]
    index = tuple(args[1 : 1 + tensor.ndim])
    if any(not 0 <= i < size for i, size in zip(index, tensor.shape, strict=True)):
        raise Trapped(op)
    if op == "t.get":
        return tensor[index]
    copy = tensor.copy()
    copy[index] = args[-1]
    return copy
