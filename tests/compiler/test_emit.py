"""What a program looks like: loops, registers, drops, constants, lines, and what is left out."""

from __future__ import annotations

import pytest

from anhvm.compiler import ir
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.emit import emit, steps_of
from anhvm.compiler.emit_flat import LABEL, Step
from anhvm.errors import Bug
from anhvm.isa.opcodes import BY_CODE
from anhvm.isa.types import Type
from anhvm.program import abi
from anhvm.program.model import Function, Init, Kind, Program
from anhvm.verifier import verify
from tests.compiler.build import Fn, code, execute, f32, text, u64, unit


def emitted(*functions: Fn | ir.Function) -> Program:
    program = emit(unit(*functions))
    verify(program)
    return program


def ops(function: Function) -> list[str]:
    return [BY_CODE[instr.op].name for instr in function.code]


def steps(fn: Fn) -> list[str]:
    """The steps as ``op``, ``op:label``."""
    return [s.op if s.label < 0 else f"{s.op}:{s.label}" for s in steps_of(fn.done())]


def fibonacci() -> Fn:
    """`a, b = b, a + b`, written with the temporaries that a front end makes."""
    fn = Fn("fibonacci", Kind.VIEW, n="u64")
    a, b = fn.set(fn.var("a", "u64"), u64(0)), fn.set(fn.var("b", "u64"), u64(1))

    def body(i: ir.Var) -> None:
        old = fn.set(fn.var("old", "u64"), b)
        total = fn.op("u64.add", "u64", a, b)
        fn.set(a, old)
        fn.set(b, total)

    fn.count(fn.n, body)
    fn.ret(a)
    return fn


def test_a_loop_is_its_work_one_step_one_test() -> None:
    function = emitted(fibonacci()).functions[0]
    assert ops(function) == [
        *("mov", "mov", "mov", "u64.lt", "jifnot"),
        *("u64.add", "mov", "mov", "u64.add", "u64.lt", "jif"),
        "ret",
    ]
    assert function.code[-2].target == 5
    assert execute(emitted(fibonacci()), "fibonacci", [50]).returns == (12586269025,)


def test_a_result_goes_straight_where_it_is_assigned() -> None:
    fn = Fn("f", Kind.VIEW, x="f32[1]")
    y = fn.set(fn.var("y", "f32[1]"), fn.k("add", fn.x, fn.x))
    z = fn.set(fn.var("z", "f32[1]"), y)
    fn.ret(fn.k("mul", z, z))
    assert ops(emitted(fn).functions[0]) == ["kernel", "kernel", "ret"]


def test_a_copy_of_what_changes_is_kept() -> None:
    fn = Fn("f", Kind.VIEW, n="u64")
    a = fn.set(fn.var("a", "u64"), u64(0))

    def body(i: ir.Var) -> None:
        before = fn.set(fn.var("before", "u64"), a)
        fn.set(a, fn.op("u64.add", "u64", a, u64(1)))
        again = fn.set(fn.var("again", "u64"), before)
        fn.set(a, fn.op("u64.add", "u64", a, again))

    fn.count(fn.n, body)
    fn.ret(a)
    assert execute(emitted(fn), "f", [4]).returns == (15,)


def test_a_handle_is_dropped_behind_its_last_use_in_a_loop_too() -> None:
    fn = Fn("f", Kind.VIEW, x="f32[1]", n="u64")
    y = fn.set(fn.var("y", "f32[1]"), fn.x)
    fn.count(fn.n, lambda i: fn.set(y, fn.k("exp", fn.k("neg", fn.k("exp", y)))))
    fn.ret(y)
    inside = ops(emitted(fn).functions[0])
    assert inside[inside.index("kernel") : inside.index("u64.add")] == [
        *("kernel", "drop", "kernel", "drop", "kernel", "drop")
    ]


def test_what_only_one_branch_needs_is_dropped_in_the_other() -> None:
    fn = Fn("f", Kind.VIEW, x="f32[1]", p="bool")
    y, z = fn.k("exp", fn.x), fn.var("z", "f32[1]")
    fn.when(fn.p, lambda: fn.set(z, fn.k("add", y, y)), lambda: fn.set(z, fn.k("exp", fn.x)))
    fn.ret(fn.k("neg", z))
    names = [(s.op, s.writes[0].name) for s in steps_of(fn.done()) if s.op == "drop"]
    assert names == [("drop", "exp"), ("drop", "exp")]


def test_a_value_that_nobody_reads_is_not_computed() -> None:
    fn = Fn("f", Kind.VIEW, x="f32[1]")
    fn.op("t.dim", "u64", fn.x)
    fn.op("f32.add", "f32", f32(1.0), f32(2.0))
    fn.op("u64.add", "u64", u64(1), u64(2))  # may trap
    fn.ret()
    assert ops(emitted(fn).functions[0]) == ["u64.add", "ret"]


def test_registers_are_shared_within_a_type() -> None:
    fn = Fn("f", Kind.VIEW, n="u64", x="f32")
    number, value = fn.n, fn.x
    for _ in range(40):
        number = fn.op("u64.add", "u64", number, fn.n)
        value = fn.op("f32.add", "f32", value, fn.x)
    fn.ret(number, value)
    assert len(emitted(fn).functions[0].registers) == 4


def test_sites_and_constants_stand_once() -> None:
    fn = Fn("f", Kind.CALL, p="bool")
    other = Fn("g", Kind.CALL, p="bool")
    for each in (fn, other):
        for _ in range(3):
            each.store("total", u64(7))
            each.add(ir.Assert(each.p, text(b"no"), each.span))
        each.ret()
    fields = [ir.FieldDecl("total", Type.U64, initial=u64(7))]
    program = emit(unit(fn, other, fields=fields))
    verify(program)
    assert [c.data for c in program.consts] == [bytes([7, *bytes(7)]), b"no"]
    assert program.fields[0].initial == 0
    assert all(len(f.sites) == 2 for f in program.functions)


def test_a_condition_that_is_known_needs_no_branch() -> None:
    fn = Fn("f", Kind.VIEW, n="u64")
    fn.when(ir.Lit(Type.BOOL, True), lambda: fn.ret(fn.n), lambda: fn.ret(u64(1)))
    assert ops(emitted(fn).functions[0]) == ["ret"]


def test_an_endless_loop_needs_no_return() -> None:
    true = ir.Lit(Type.BOOL, True)
    fn = Fn("f", Kind.VIEW, p="bool")
    jump = ir.If(fn.p, (ir.Continue(fn.span),), (ir.Continue(fn.span),), fn.span)
    inner = ir.Loop((), true, (jump,), fn.span)
    fn.add(ir.Loop((), true, (ir.Continue(fn.span),), fn.span, (inner,)))
    fn.returns = (Type.U64,)
    program = emitted(fn)
    done = execute(program, "f", [True], gas=1000)
    assert done.failure is not None and done.failure.trap.name == "OUT_OF_GAS"


def test_a_missing_return_is_ours() -> None:
    fn = Fn("f", Kind.VIEW, p="bool")
    fn.when(fn.p, lambda: fn.ret(u64(1)))
    with pytest.raises(Bug, match="without returning"):
        emit(unit(fn))


def test_break_and_continue_are_single_branches() -> None:
    fn = Fn("f", Kind.VIEW, n="u64", p="bool", q="bool")
    total = fn.set(fn.var("total", "u64"), u64(0))

    def body(i: ir.Var) -> None:
        fn.when(fn.p, lambda: fn.add(ir.Break(fn.span)))
        fn.when(fn.q, lambda: fn.add(ir.Continue(fn.span)))
        fn.set(total, fn.op("u64.add", "u64", total, i))

    fn.count(fn.n, body)
    fn.ret(total)
    program = emitted(fn)
    assert ops(program.functions[0])[4:10] == ["jif", "jif", "u64.add", "u64.add", "u64.lt", "jif"]
    assert execute(program, "f", [5, False, False]).returns == (10,)
    assert execute(program, "f", [5, False, True]).returns == (0,)
    assert execute(program, "f", [5, True, False]).returns == (0,)


def test_internal_functions_that_nothing_calls_are_left_out_and_the_abi_follows() -> None:
    unused, used = Fn("unused", Kind.INTERNAL), Fn("used", Kind.INTERNAL, n="u64")
    unused.ret()
    used.ret(used.n)
    main = Fn("main", Kind.VIEW, n="u64")
    main.ret(main.call("used", "u64", main.n))
    interface = abi.Abi("Test", functions=(abi.Function("main", "view", 9),))
    made = ir.Unit("Test", (), (), tuple(f.done() for f in (unused, used, main)), interface)
    program = emit(made)
    verify(program)
    assert [f.name for f in program.functions] == ["used", "main"]
    assert abi.load(program.abi).functions[0].index == 1


def test_lines_say_where_each_instruction_comes_from() -> None:
    fn = Fn("f", Kind.VIEW, n="u64")
    here, there = ir.Span("a.anh", 3, 5, 3, 9), ir.Span("b.anh", 7, 1, 7, 2)
    x, y = fn.var("x", "u64"), fn.var("y", "u64")
    fn.add(ir.Op(x, "u64.add", (fn.n, fn.n), here))
    fn.add(ir.Op(y, "u64.mul", (x, x), here))
    fn.add(ir.Return((y,), there))
    fn.returns = (Type.U64,)
    program = emitted(fn)
    assert program.files == ("test.anh", "a.anh", "b.anh")
    found = [(x.pc, x.file, x.line, x.column) for x in program.functions[0].lines]
    assert found == [(0, 1, 3, 5), (2, 2, 7, 1)]


@pytest.mark.parametrize(
    ("literal", "data"),
    [
        (ir.Lit(Type.I64, -2), b"\xfe" + b"\xff" * 7),
        (ir.Lit(Type.I32, -2), b"\xfe" + b"\xff" * 7),
        (ir.Lit(Type.BOOL, True), b"\x01" + bytes(7)),
        (ir.Lit(Type.F32, 0x80000001), b"\0\0\0\x80" + bytes(4)),  # a subnormal is flushed
        (ir.Lit(Type.F32, 0xFFC12345), b"\0\0\xc0\x7f" + bytes(4)),  # the one NaN
        (ir.Lit(Type.BYTES, b"text"), b"text"),
        (ir.Lit(code("i32[1]"), bytes(8), (2,)), bytes(8)),
    ],
)
def test_constants_are_what_registers_hold(literal: ir.Lit, data: bytes) -> None:
    fn = Fn("f", Kind.VIEW)
    fn.ret(literal)
    program = emitted(fn)
    assert program.consts[0].data == data
    assert program.functions[0].registers[0].init is Init.CONST


def test_a_function_with_too_many_registers_is_refused() -> None:
    fn = Fn("f", Kind.VIEW, n="u64")
    fn.ret(*(fn.op("u64.add", "u64", fn.n, u64(i)) for i in range(4100)))
    with pytest.raises(Fault, match="'f' needs 8201 registers"):
        emit(unit(fn))


def test_no_label_or_jump_is_left_that_is_not_needed() -> None:
    fn = Fn("f", Kind.VIEW, p="bool", q="bool")
    inner = fn.var("x", "u64")
    fn.set(inner, u64(0))
    fn.when(
        fn.p,
        lambda: fn.when(fn.q, lambda: fn.set(inner, u64(1)), lambda: fn.set(inner, u64(2))),
        lambda: fn.set(inner, u64(3)),
    )
    fn.ret(inner)
    listed: list[Step] = steps_of(fn.done())
    jumps = [s.label for s in listed if s.op in ("jmp", "jif", "jifnot")]
    labels = [s.label for s in listed if s.op == LABEL]
    assert sorted(set(jumps)) == sorted(labels) and len(jumps) == 4


def test_a_counter_that_only_feeds_itself_is_not_computed() -> None:
    fn = Fn("f", Kind.VIEW, n="u64", x="f32")
    turns = fn.set(fn.var("turns", "f32"), fn.x)
    fn.count(fn.n, lambda i: fn.set(turns, fn.op("f32.add", "f32", turns, fn.x)))
    fn.ret()
    assert "f32.add" not in ops(emitted(fn).functions[0])


def test_a_long_row_of_dead_steps_goes_in_one_pass() -> None:
    fn = Fn("f", Kind.VIEW, x="f32")
    value = fn.x
    for _ in range(3000):
        value = fn.op("f32.add", "f32", value, fn.x)
    fn.ret()
    assert ops(emitted(fn).functions[0]) == ["ret"]


def test_an_element_is_set_in_place_where_the_variable_is_its_own_source() -> None:
    fn = Fn("f", Kind.VIEW, x="f32[1]", i="u64", v="f32")
    x, i, v = fn.x, fn.i, fn.v
    y = fn.set(fn.var("y", "f32[1]"), x)
    fn.add(ir.Special(y, "t.set", (y, i, v), fn.span))
    z = fn.special("t.set", "f32[1]", y, i, v)
    fn.ret(y, z)
    (function,) = emitted(fn).functions
    assert ops(function) == ["copy", "t.put", "t.set", "ret"]
