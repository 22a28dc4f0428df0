"""Emitted programs verify, and do on the machine what their IR says."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from anhvm.compiler import ir
from anhvm.compiler.emit import emit
from anhvm.isa.traps import Trap
from anhvm.isa.types import Type
from anhvm.program.encode import encode
from anhvm.program.model import Kind
from tests.compiler.build import Fn, execute, u64, unit
from tests.compiler.interpret import Interpreter, Trapped

NUMBERS, TENSORS, FLAGS = ("a", "b", "c"), ("t", "u", "v"), ("p", "q")
VARIABLES = {**dict.fromkeys(NUMBERS, "u64"), **dict.fromkeys(TENSORS, "f32[1]")}
VARIABLES |= dict.fromkeys(FLAGS, "bool")


class Maker:
    """Draws statements over a few variables that are all set at the start."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.fn = Fn("main", Kind.CALL, n="u64", x="f32[1]")
        self.vars = {name: self.fn.var(name, kind) for name, kind in VARIABLES.items()}
        self.loops = 0
        start: dict[str, ir.Atom] = {"u64": self.fn.n, "f32[1]": self.fn.x}
        start["bool"] = ir.Lit(Type.BOOL, False)
        for name, kind in VARIABLES.items():
            self.fn.set(self.vars[name], start[kind])

    def pick(self, names: tuple[str, ...]) -> ir.Var:
        return self.vars[self.draw(st.sampled_from(names))]

    def number(self) -> ir.Atom:
        return self.draw(
            st.one_of(
                st.sampled_from([*(self.vars[n] for n in NUMBERS), self.fn.n]),
                st.integers(0, 3).map(u64),
            )
        )

    def tensor(self) -> ir.Atom:
        return self.draw(st.sampled_from([*(self.vars[n] for n in TENSORS), self.fn.x]))

    def block(self, depth: int) -> None:
        for _ in range(self.draw(st.integers(1, 5))):
            self.statement(depth)

    def statement(self, depth: int) -> None:
        fn, kinds = self.fn, 7 if depth else 5
        kind = self.draw(st.integers(0, kinds))
        if kind == 0:
            fn.set(self.pick(NUMBERS), self.number())
        elif kind == 1:
            fn.set(self.pick(TENSORS), self.tensor())
        elif kind == 2:
            op = self.draw(st.sampled_from(["u64.add", "u64.mul", "u64.xor", "u64.sub"]))
            fn.set(self.pick(NUMBERS), fn.op(op, "u64", self.number(), self.number()))
        elif kind == 3:
            name = self.draw(st.sampled_from(["add", "mul", "maximum"]))
            fn.set(self.pick(TENSORS), fn.k(name, self.tensor(), self.tensor()))
        elif kind == 4:
            op = self.draw(st.sampled_from(["u64.lt", "u64.eq"]))
            fn.set(self.pick(FLAGS), fn.op(op, "bool", self.number(), self.number()))
        elif kind == 5:
            # A copy that is assigned nowhere else, of something that changes.
            names = self.draw(st.sampled_from([NUMBERS, TENSORS]))
            source = self.pick(names)
            kept = fn.set(ir.Var("kept", source.type), source)
            self.block(0)
            fn.set(self.pick(names), kept)
        elif kind == 6:
            self.branch(depth)
        else:
            self.repeat(depth)

    def branch(self, depth: int) -> None:
        leave = self.draw(st.sampled_from(["", "", "break", "continue", "return"]))

        def then() -> None:
            self.block(depth - 1)
            if leave == "return":
                self.give_back()
            elif leave and self.loops:
                span = self.fn.span
                self.fn.add(ir.Break(span) if leave == "break" else ir.Continue(span))

        self.fn.when(self.pick(FLAGS), then, lambda: self.block(depth - 1))

    def repeat(self, depth: int) -> None:
        self.loops += 1
        self.fn.count(u64(self.draw(st.integers(0, 3))), lambda i: self.body(i, depth))
        self.loops -= 1

    def body(self, i: ir.Var, depth: int) -> None:
        self.fn.set(self.pick(NUMBERS), i)
        self.block(depth - 1)

    def give_back(self) -> None:
        self.fn.ret(*(self.vars[name] for name in VARIABLES))


@st.composite
def units(draw: st.DrawFn) -> ir.Unit:
    maker = Maker(draw)
    maker.block(3)
    maker.give_back()
    return unit(maker.fn)


def same(a: Any, b: Any) -> bool:
    return bool(np.array_equal(np.asarray(a), np.asarray(b)))


@settings(max_examples=150)
@given(units(), st.integers(0, 4))
def test_both_engines_do_what_the_ir_says(made: ir.Unit, n: int) -> None:
    x = np.array([1.5, -2.0, 0.25], np.float32)
    done = execute(emit(made), "main", [n, x], gas=10_000_000)
    core = execute(emit(made), "main", [n, x], gas=10_000_000, on="core")
    assert core.gas_used == done.gas_used and core.high_water == done.high_water
    assert (core.failure is None) == (done.failure is None)
    assert all(same(a, b) for a, b in zip(core.returns, done.returns, strict=True))
    try:
        expected = Interpreter(made).call("main", [n, x])
    except Trapped:
        assert done.failure is not None and done.failure.trap is Trap.OVERFLOW
        return
    assert done.failure is None
    assert all(same(a, b) for a, b in zip(done.returns, expected, strict=True))


@settings(max_examples=40)
@given(units())
def test_the_same_unit_gives_the_same_bytes(made: ir.Unit) -> None:
    assert encode(emit(made)) == encode(emit(made))
