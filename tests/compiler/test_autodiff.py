"""Differentiation: text before, text after; the laws of adjoints; what is refused, and where."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import numpy as np
import pytest

from anhvm.compiler import ir
from anhvm.compiler.autodiff import differentiate
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.ir_text import function_text
from anhvm.program.model import Kind
from tests.compiler.build import Fn, f32, returns, u64, unit


def wanted(text: str) -> str:
    return dedent(text).lstrip("\n")


def step_of(f: Fn, *more: Fn, wrt: tuple[int, ...] = (0,)) -> ir.Unit:
    """A unit with ``step``, which returns value and gradients of `f` at its own parameters."""
    step = Fn("step", Kind.CALL)
    step.params = {v.name: ir.Var(v.name, v.type, v.ones) for v in f.params.values()}
    step.ret(*step.grad(f.name, list(step.params.values()), wrt))
    return unit(f, *more, step)


def text_of(made: ir.Unit) -> str:
    return function_text(differentiate(made).functions[-1])


def test_a_layer_becomes_the_kernels_of_the_value_and_of_the_adjoints() -> None:
    f = Fn("f", Kind.INTERNAL, w="f32[2]", b="f32[1]", x="f32[2]", y="i32[1]")
    z = f.k("add", f.k("matmul", f.x, f.w), f.b)
    f.ret(f.k("cross_entropy", f.k("relu", z), f.y))
    assert text_of(step_of(f, wrt=(0, 1))) == wanted("""
        call step(w: f32[2], b: f32[1], x: f32[2], y: i32[1]) -> (f32, f32[2], f32[1])
          w'2 = w
          b'2 = b
          matmul = matmul(x, w'2)
          add = add(matmul, b'2)
          relu = relu(add)
          cross_entropy = cross_entropy(relu, y)
          cross_entropy_grad = cross_entropy_grad(relu, y, 1.0)
          relu_grad = relu_grad(add, cross_entropy_grad)
          sum = sum(relu_grad, 1, 0)
          matmul_tn = matmul_tn(x, relu_grad)
          value = cross_entropy
          d0 = matmul_tn
          d1 = sum
          return value, d0, d1
    """)


def test_contributions_are_added_in_reverse_order_and_the_first_is_taken_as_it_is() -> None:
    f = Fn("f", Kind.INTERNAL, x="f32")
    a = f.op("f32.mul", "f32", f.x, f32(2.0))
    b = f.op("f32.mul", "f32", f.x, f32(3.0))
    c = f.op("f32.mul", "f32", f.x, f32(5.0))
    f.ret(f.op("f32.add", "f32", f.op("f32.add", "f32", a, b), c))
    assert text_of(step_of(f)).split("\n")[7:-4] == [
        "  mul'4 = f32.mul(1.0, 5.0)",
        "  mul'5 = f32.mul(1.0, 3.0)",
        "  add'3 = f32.add(mul'4, mul'5)",
        "  mul'6 = f32.mul(1.0, 2.0)",
        "  add'4 = f32.add(add'3, mul'6)",
    ]


def test_the_operands_of_a_kernel_share_what_their_adjoints_compute() -> None:
    f = Fn("f", Kind.INTERNAL, q="f32[2]", c="f32[2]", v="f32[2]")
    y = f.k("attention_causal", f.q, f.c, f.v, f32(0.5))
    f.ret(f.k("sum", y, attrs=(3, 0)))
    text = text_of(step_of(f, wrt=(0, 1, 2)))
    assert [text.count(f"= {name}(") for name in ("softmax", "softmax_grad", "matmul_nt")] == [
        1,
        1,
        2,
    ]


def test_nothing_is_computed_for_what_needs_no_gradient() -> None:
    f = Fn("f", Kind.INTERNAL, x="f32[2]", w="f32[2]")
    data = f.k("tanh", f.x)
    f.ret(f.k("sum", f.k("matmul", data, f.w), attrs=(3, 0)))
    text = text_of(step_of(f, wrt=(1,)))
    assert "matmul_tn(tanh" in text
    assert "matmul_nt" not in text and "tanh_grad" not in text


def test_an_unused_variable_has_zeros_of_its_shape() -> None:
    f = Fn("f", Kind.INTERNAL, x="f32", w="f32[2]")
    f.ret(f.x)
    value, dx, dw = returns(step_of(f, wrt=(0, 1)), "step", 4.0, np.ones((2, 3), np.float32))
    assert (value, dx) == (4.0, 1.0)
    assert dw.shape == (2, 3) and not dw.any() and not np.signbit(dw).any()


@pytest.mark.parametrize(
    ("op", "at", "expected"),
    [
        ("f32.max", (2.0, 2.0), (1.0, 0.0)),
        ("f32.min", (2.0, 2.0), (1.0, 0.0)),
        ("f32.max", (0.0, -0.0), (1.0, 0.0)),
        ("f32.max", (1.0, 2.0), (0.0, 1.0)),
    ],
)
def test_ties_go_to_the_first(
    op: str, at: tuple[float, float], expected: tuple[float, ...]
) -> None:
    f = Fn("f", Kind.INTERNAL, a="f32", b="f32")
    f.ret(f.op(op, "f32", f.a, f.b))
    assert tuple(returns(step_of(f, wrt=(0, 1)), "step", *at)[1:]) == expected


@pytest.mark.parametrize(("x", "slope"), [(0.0, 0.0), (-0.0, 0.0), (3.0, 1.0), (-3.0, 0.0)])
def test_relu_is_flat_at_zero(x: float, slope: float) -> None:
    f = Fn("f", Kind.INTERNAL, x="f32[1]")
    f.ret(f.k("sum", f.k("relu", f.x), attrs=(1, 0)))
    assert returns(step_of(f), "step", np.array([x], np.float32))[1].tolist() == [slope]


@pytest.mark.parametrize(("x", "slope"), [(0.0, 1.0), (2.0, 1.0), (-2.0, -1.0)])
def test_the_size_of_a_number_has_the_slope_of_its_first_tie(x: float, slope: float) -> None:
    f = Fn("f", Kind.INTERNAL, x="f32")
    f.ret(f.op("f32.abs", "f32", f.x))
    assert returns(step_of(f), "step", x)[1] == slope


def test_the_same_variable_twice_is_two_arguments() -> None:
    f = Fn("f", Kind.INTERNAL, a="f32", b="f32")
    f.ret(f.op("f32.mul", "f32", f.a, f.op("f32.mul", "f32", f.b, f.b)))
    step = Fn("step", Kind.CALL, x="f32")
    step.ret(*step.grad("f", [step.x, step.x], (0, 1)))
    assert returns(unit(f, step), "step", 3.0) == [27.0, 9.0, 18.0]


@pytest.mark.parametrize(("flag", "expected"), [(True, 18.0), (False, 5.0)])
def test_a_branch_is_reversed_under_its_own_condition(flag: bool, expected: float) -> None:
    f = Fn("f", Kind.INTERNAL, x="f32", flag="bool")
    y = f.set(f.var("y", "f32"), f.op("f32.mul", "f32", f.x, f32(5.0)))
    f.when(
        f.flag, lambda: f.set(y, f.op("f32.mul", "f32", f.x, f.op("f32.mul", "f32", f.x, f32(3.0))))
    )
    f.ret(y)
    assert returns(step_of(f), "step", 3.0, flag)[1] == expected


@pytest.mark.parametrize(("flag", "expected"), [(True, 2.0), (False, 36.0)])
def test_a_branch_may_return(flag: bool, expected: float) -> None:
    f = Fn("f", Kind.INTERNAL, x="f32", flag="bool")
    f.when(f.flag, lambda: f.ret(f.op("f32.mul", "f32", f.x, f32(2.0))))
    square = f.op("f32.mul", "f32", f.x, f.x)
    f.ret(f.op("f32.add", "f32", square, f.op("f32.mul", "f32", square, f32(5.0))))
    assert returns(step_of(f), "step", 3.0, flag)[1] == expected


def test_a_loop_of_known_length_is_unrolled() -> None:
    f = Fn("f", Kind.INTERNAL, x="f32")
    y = f.set(f.var("y", "f32"), f32(1.0))
    f.count(u64(5), lambda i: f.set(y, f.op("f32.mul", "f32", y, f.x)))
    f.ret(y)
    assert returns(step_of(f), "step", 2.0) == [32.0, 80.0]
    assert "loop" not in text_of(step_of(f))


def test_a_loop_over_data_stays_a_loop() -> None:
    f = Fn("f", Kind.INTERNAL, x="f32", n="u64")
    total = f.set(f.var("total", "u64"), u64(0))
    f.count(f.n, lambda i: f.set(total, f.op("u64.add", "u64", total, i)))
    f.ret(f.op("f32.mul", "f32", f.x, f.op("u64.to_f32", "f32", total)))
    assert "loop" in text_of(step_of(f))
    assert returns(step_of(f), "step", 2.0, 5) == [20.0, 10.0]


def test_second_derivatives_need_no_further_rule() -> None:
    f = Fn("f", Kind.INTERNAL, x="f32")
    f.ret(f.op("f32.mul", "f32", f.x, f.op("f32.mul", "f32", f.x, f.x)))
    slope = Fn("slope", Kind.INTERNAL, x="f32")
    slope.ret(slope.grad("f", [slope.x], (0,))[1])
    assert returns(step_of(slope, f), "step", 2.0) == [12.0, 12.0]


@pytest.mark.parametrize("written", [0, 1])
def test_only_an_axis_that_is_written_1_is_summed(written: int) -> None:
    f = Fn("f", Kind.INTERNAL, a="f32[2]", b="f32[2]")
    f.params["a"] = ir.Var("a", f.a.type, written)
    f.ret(f.k("sum", f.k("mul", f.a, f.b), attrs=(3, 0)))
    made = step_of(f)
    assert ("sum(mul'2, 1, 1)" in text_of(made)) == bool(written)
    rows = np.ones((1 if written else 2, 3), np.float32)
    assert returns(made, "step", rows, np.ones((2, 3), np.float32))[1].shape == rows.shape


def test_an_axis_that_is_1_on_both_sides_is_not_summed() -> None:
    f = Fn("f", Kind.INTERNAL, a="f32[2]", b="f32[2]")
    f.params = {n: ir.Var(n, v.type, 1) for n, v in f.params.items()}
    f.ret(f.k("sum", f.k("mul", f.a, f.b), attrs=(3, 0)))
    assert text_of(step_of(f)).count("sum(") == 1


def test_a_parameter_that_is_written_1_broadcasts_whatever_is_passed() -> None:
    """The front end has checked the size; only the callee's type says that it is 1."""
    f = Fn("f", Kind.INTERNAL, a="f32[2]", b="f32[2]")
    f.params["a"] = ir.Var("a", f.a.type, 1)
    f.ret(f.k("sum", f.k("mul", f.a, f.b), attrs=(3, 0)))
    step = Fn("step", Kind.CALL, x="f32[2]", y="f32[2]")
    step.ret(*step.grad("f", [step.x, step.y], (0,)))
    one, three = np.ones((1, 2), np.float32), np.ones((3, 2), np.float32)
    assert returns(unit(f, step), "step", one, three)[1].tolist() == [[3.0, 3.0]]


def test_an_unrolled_loop_may_return_at_a_known_turn() -> None:
    f = Fn("f", Kind.INTERNAL, x="f32")
    y = f.set(f.var("y", "f32"), f.x)

    def body(i: ir.Var) -> None:
        f.set(y, f.op("f32.mul", "f32", y, f.x))
        f.when(f.op("u64.eq", "bool", i, u64(1)), lambda: f.ret(y))

    f.count(u64(5), body)
    f.ret(f32(0.0))
    assert returns(step_of(f), "step", 2.0) == [8.0, 12.0]


def _store(f: Fn) -> None:
    f.store("field", f.x)
    f.ret(f.x)


def _emit(f: Fn) -> None:
    f.add(ir.Emit("Seen", (f.x,), f.span))
    f.ret(f.x)


def _recurse(f: Fn) -> None:
    f.ret(f.call("f", "f32", f.x, f.n))


def _run_time_loop(f: Fn) -> None:
    y = f.set(f.var("y", "f32"), f.x)
    f.count(f.n, lambda i: f.set(y, f.op("f32.mul", "f32", y, y)))
    f.ret(y)


def _long_loop(f: Fn) -> None:
    y = f.set(f.var("y", "f32"), f.x)
    f.count(u64(1025), lambda i: f.set(y, f.op("f32.mul", "f32", y, y)))
    f.ret(y)


def _long_tape(f: Fn) -> None:
    y = f.x
    for _ in range(4097):
        y = f.op("f32.mul", "f32", y, f.x)
    f.ret(y)


def _leave_early(f: Fn) -> None:
    y = f.set(f.var("y", "f32"), f.x)

    def body(i: ir.Var) -> None:
        f.set(y, f.op("f32.mul", "f32", y, y))
        f.when(f.op("u64.eq", "bool", f.n, i), lambda: f.add(ir.Break(f.span)))

    f.count(u64(3), body)
    f.ret(y)


def _return_early(f: Fn) -> None:
    y = f.set(f.var("y", "f32"), f.x)

    def body(i: ir.Var) -> None:
        f.set(y, f.op("f32.mul", "f32", y, y))
        f.when(f.op("u64.eq", "bool", f.n, i), lambda: f.ret(y))

    f.count(u64(3), body)
    f.ret(y)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (_store, "writes storage"),
        (_emit, "emits an event"),
        (_recurse, "'f' calls itself"),
        (_run_time_loop, "known only when it runs"),
        (_long_loop, "more than 1024 turns"),
        (_long_tape, "more than 4096 operations"),
        (_leave_early, "'break' inside a loop"),
        (_return_early, "'return' inside a loop"),
    ],
)
def test_what_cannot_be_differentiated_is_a_located_error(
    body: Callable[[Fn], None], message: str
) -> None:
    f = Fn("f", Kind.INTERNAL, x="f32", n="u64")
    body(f)
    with pytest.raises(Fault) as caught:
        differentiate(step_of(f))
    found = caught.value.diagnostic
    assert found.code == "E0701" and message in found.message
    assert found.hint and found.span.file == "test.anh" and found.span.line >= 1


def test_writes_of_a_callee_that_takes_data_are_found() -> None:
    g = Fn("g", Kind.INTERNAL, n="u64")
    g.store("field", g.n)
    g.ret(g.n)
    f = Fn("f", Kind.INTERNAL, x="f32", n="u64")
    f.call("g", "u64", f.n)
    f.ret(f.x)
    with pytest.raises(Fault, match="writes storage"):
        differentiate(step_of(f, g))


def test_a_gradient_through_itself_is_refused() -> None:
    f = Fn("f", Kind.INTERNAL, x="f32")
    f.ret(f.grad("f", [f.x], (0,))[1])
    with pytest.raises(Fault, match="through itself"):
        differentiate(unit(f))


def test_integers_have_no_gradient() -> None:
    f = Fn("f", Kind.INTERNAL, x="f32", n="u64")
    f.ret(f.x)
    with pytest.raises(Fault, match="no gradient with respect to u64") as caught:
        differentiate(step_of(f, wrt=(1,)))
    assert caught.value.diagnostic.code == "E0702"


def test_the_value_is_one_f32() -> None:
    f = Fn("f", Kind.INTERNAL, x="f32[1]")
    f.ret(f.x)
    with pytest.raises(Fault, match=r"'f' returns f32\[1\]") as caught:
        differentiate(step_of(f))
    assert caught.value.diagnostic.code == "E0703"
