"""Declared effects: where keys come from, through calls, recursion, and beyond the limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.compiler import ir
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.emit import emit
from anhvm.isa.types import Type
from anhvm.program.model import MAX_EFFECTS, Effect, Init, Key, Kind, Mode
from anhvm.verifier import verify
from tests.compiler.build import SENDER, Fn, text, u64, unit

FIELDS = [
    ir.FieldDecl("plain", Type.U64),
    ir.FieldDecl("owned", Type.U64, (Type.BYTES,)),
    ir.FieldDecl("pairs", Type.U64, (Type.U64, Type.U64)),
]
ANY = Key(Init.ZERO)


def effects(*functions: Fn, fields: list[ir.FieldDecl] = FIELDS) -> dict[str, tuple[Effect, ...]]:
    program = emit(unit(*functions, fields=fields))
    verify(program)
    return {f.name: f.effects for f in program.functions}


def test_keys_are_known_where_the_bytes_of_a_transaction_show_them() -> None:
    fn = Fn("f", Kind.CALL, n="u64")
    fn.load("plain", "u64")
    fn.load("owned", "u64", SENDER)
    fn.load("owned", "u64", text(b"vault"))
    computed = fn.op("u64.add", "u64", fn.n, u64(1))
    fn.store("pairs", fn.n, fn.n, computed)
    fn.ret()
    assert effects(fn)["f"] == (
        Effect(Mode.READ, 0),
        Effect(Mode.READ, 1, (Key(Init.CONST, 0),)),
        Effect(Mode.READ, 1, (Key(Init.SENDER),)),
        Effect(Mode.WRITE, 2, (Key(Init.ARG, 0), ANY)),
    )


def test_a_copy_of_a_source_is_that_source() -> None:
    fn = Fn("f", Kind.CALL)
    who = fn.set(fn.var("who", "bytes"), SENDER)
    fn.load("owned", "u64", fn.set(fn.var("again", "bytes"), who))
    fn.ret()
    assert effects(fn)["f"] == (Effect(Mode.READ, 1, (Key(Init.SENDER),)),)


def test_a_key_that_is_assigned_twice_may_be_any() -> None:
    fn = Fn("f", Kind.CALL, p="bool")
    who = fn.set(fn.var("who", "bytes"), SENDER)
    fn.when(fn.p, lambda: fn.set(who, text(b"vault")))
    fn.load("owned", "u64", who)
    fn.ret()
    assert effects(fn)["f"] == (Effect(Mode.READ, 1, (ANY,)),)


def test_a_callee_s_effects_are_its_caller_s_with_the_arguments_put_in() -> None:
    inner = Fn("inner", Kind.INTERNAL, who="bytes", a="u64", b="u64")
    inner.load("owned", "u64", inner.who)
    inner.store("pairs", inner.a, inner.a, inner.b)
    inner.ret()
    outer = Fn("outer", Kind.CALL, n="u64")
    computed = outer.op("u64.add", "u64", outer.n, u64(1))
    outer.add(ir.Call((), "inner", (SENDER, computed, outer.n), outer.span))
    outer.ret()
    found = effects(inner, outer)
    assert found["outer"] == (
        Effect(Mode.READ, 1, (Key(Init.SENDER),)),
        Effect(Mode.WRITE, 2, (ANY, Key(Init.ARG, 0))),
    )


def test_recursion_is_a_fixed_point() -> None:
    """The arguments change places on the way down: both orders are reached."""
    fn = Fn("f", Kind.CALL, a="u64", b="u64")
    fn.load("pairs", "u64", fn.a, fn.b)
    fn.add(ir.Call((), "f", (fn.b, fn.a), fn.span))
    fn.ret()
    a, b = Key(Init.ARG, 0), Key(Init.ARG, 1)
    assert effects(fn)["f"] == (Effect(Mode.READ, 2, (a, b)), Effect(Mode.READ, 2, (b, a)))


def test_a_known_cell_stays_declared_beside_its_whole_field() -> None:
    fn = Fn("f", Kind.CALL, a="u64")
    fn.load("pairs", "u64", fn.a, u64(1))
    fn.load("pairs", "u64", fn.a, fn.op("u64.add", "u64", fn.a, u64(1)))
    fn.ret()
    one = Key(Init.CONST, 0)
    assert effects(fn)["f"] == (
        Effect(Mode.READ, 2, (Key(Init.ARG, 0), ANY)),
        Effect(Mode.READ, 2, (Key(Init.ARG, 0), one)),
    )


@pytest.mark.parametrize("count", [MAX_EFFECTS - 1, MAX_EFFECTS, MAX_EFFECTS + 40])
def test_too_many_cells_become_their_whole_field(count: int) -> None:
    fn = Fn("f", Kind.CALL)
    fn.load("plain", "u64")
    for i in range(count - 1):
        fn.load("owned", "u64", text(bytes([i])))
    fn.ret()
    found = effects(fn)["f"]
    if count <= MAX_EFFECTS:
        assert len(found) == count
    else:
        assert found == (Effect(Mode.READ, 0), Effect(Mode.READ, 1, (ANY,)))


def test_too_many_fields_are_a_located_error() -> None:
    fields = [ir.FieldDecl(f"f{i}", Type.U64) for i in range(MAX_EFFECTS + 1)]
    fn = Fn("f", Kind.CALL)
    for field in fields:
        fn.load(field.name, "u64")
    fn.ret()
    with pytest.raises(Fault, match=f"touches {MAX_EFFECTS + 1} cells") as caught:
        effects(fn, fields=fields)
    assert caught.value.diagnostic.code == "E0610"


@given(st.data())
def test_a_program_with_calls_in_all_directions_verifies(data: st.DataObject) -> None:
    """The verifier checks by itself that each caller declares what its callees do."""
    names = ["f", "g", "h"]
    functions = []
    for name in names:
        fn = Fn(name, Kind.CALL, a="u64", b="u64", who="bytes")
        atoms: list[ir.Atom] = [fn.a, fn.b, u64(1), u64(2), fn.op("u64.xor", "u64", fn.a, fn.b)]
        number = st.sampled_from(atoms)
        people: list[ir.Atom] = [fn.who, SENDER, text(b"x")]
        who = st.sampled_from(people)
        for _ in range(data.draw(st.integers(0, 4))):
            match data.draw(st.integers(0, 3)):
                case 0:
                    fn.load("pairs", "u64", data.draw(number), data.draw(number))
                case 1:
                    fn.store("pairs", fn.a, data.draw(number), data.draw(number))
                case 2:
                    fn.load("owned", "u64", data.draw(who))
                case _:
                    args = (data.draw(number), data.draw(number), data.draw(who))
                    callee = data.draw(st.sampled_from(names))
                    fn.add(ir.Call((), callee, args, fn.span))
        fn.ret()
        functions.append(fn)
    effects(*functions)
