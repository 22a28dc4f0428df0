"""What becomes one kernel, and what has to stay two."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from anhvm.compiler import ir
from anhvm.compiler.fuse import fuse
from anhvm.compiler.ir_text import function_text
from anhvm.compiler.walk import statements
from anhvm.program.model import Kind
from tests.compiler.build import Fn, f32, unit


def function() -> Fn:
    fn = Fn(
        "f", Kind.CALL, w="f32[2]", d="f32[2]", row="f32[2]", bias="f32[1]", rate="f32", p="bool"
    )
    fn.params["row"] = ir.Var("row", fn.row.type, ones=1)
    return fn


def kernels(fn: Fn) -> list[str]:
    (made,) = unit(fn).functions
    return [s.name for s in statements(fuse(made).body) if isinstance(s, ir.Kernel)]


def scaled(fn: Fn, d: ir.Var) -> ir.Var:
    return fn.k("mul", fn.rate, d)


ONE: dict[str, tuple[Callable[[Fn], ir.Var], str]] = {
    "w - rate * d": (lambda fn: fn.k("sub", fn.w, scaled(fn, fn.d)), "sgd(w, d, rate)"),
    "w - d * rate": (lambda fn: fn.k("sub", fn.w, fn.k("mul", fn.d, fn.rate)), "sgd(w, d, rate)"),
    "w - 2 * d": (lambda fn: fn.k("sub", fn.w, fn.k("mul", f32(2), fn.d)), "sgd(w, d, 2.0)"),
    "rate * w + d": (lambda fn: fn.k("add", scaled(fn, fn.w), fn.d), "momentum(w, d, rate)"),
    "d + rate * w": (lambda fn: fn.k("add", fn.d, scaled(fn, fn.w)), "momentum(w, d, rate)"),
    "row - rate * row": (lambda fn: fn.k("sub", fn.row, scaled(fn, fn.row)), "sgd(row, row, rate)"),
}


@pytest.mark.parametrize(("make", "text"), ONE.values(), ids=ONE)
def test_a_product_by_a_number_goes_into_the_sum(make: Callable[[Fn], ir.Var], text: str) -> None:
    fn = function()
    fn.ret(make(fn))
    (made,) = unit(fn).functions
    assert f" = {text}\n" in function_text(fuse(made))
    assert len(kernels(fn)) == 1


def twice(fn: Fn) -> ir.Var:
    t = scaled(fn, fn.d)
    return fn.k("mul", fn.k("sub", fn.w, t), t)


def changed_between(fn: Fn) -> ir.Var:
    d = fn.set(fn.var("d", "f32[2]"), fn.d)
    t = scaled(fn, d)
    fn.set(d, fn.w)
    return fn.k("sub", fn.w, t)


def changed_in_a_branch(fn: Fn) -> ir.Var:
    d = fn.set(fn.var("d", "f32[2]"), fn.d)
    t = scaled(fn, d)
    fn.when(fn.p, lambda: fn.set(d, fn.w))
    return fn.k("sub", fn.w, t)


def used_in_a_branch(fn: Fn) -> ir.Var:
    t, y = scaled(fn, fn.d), fn.set(fn.var("y", "f32[2]"), fn.w)
    fn.when(fn.p, lambda: fn.set(y, fn.k("sub", fn.w, t)))
    return y


TWO: dict[str, Callable[[Fn], ir.Var]] = {
    "rate * d - w": lambda fn: fn.k("sub", scaled(fn, fn.d), fn.w),
    "w - d * w": lambda fn: fn.k("sub", fn.w, fn.k("mul", fn.d, fn.w)),
    "a product read twice": twice,
    "an operand changed between": changed_between,
    "an operand changed in a branch": changed_in_a_branch,
    "a sum in a branch": used_in_a_branch,
    "a row that is repeated": lambda fn: fn.k("sub", fn.w, scaled(fn, fn.row)),
    "a repeated row less": lambda fn: fn.k("sub", fn.row, scaled(fn, fn.d)),
    "a bias that is repeated": lambda fn: fn.k("add", fn.w, scaled(fn, fn.bias)),
}


@pytest.mark.parametrize("make", TWO.values(), ids=TWO)
def test_everything_else_stays(make: Callable[[Fn], ir.Var]) -> None:
    fn = function()
    fn.ret(make(fn))
    found = kernels(fn)
    assert "mul" in found and not {"sgd", "momentum"} & set(found)


def test_inside_of_loops_and_branches_too() -> None:
    fn = function()
    y = fn.set(fn.var("y", "f32[2]"), fn.w)
    fn.when(fn.p, lambda: fn.set(y, fn.k("sub", y, scaled(fn, fn.d))))
    fn.ret(y)
    assert kernels(fn) == ["sgd"]
