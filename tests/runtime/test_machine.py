"""Contracts called by name: values in and out, state, traps, and every fault a caller can make."""

from __future__ import annotations

import traceback
from typing import Any

import numpy as np
import pytest

from anhvm.api import Compiled, compile_source, open_machine, run
from anhvm.chain import address
from anhvm.errors import UserError
from anhvm.program.engine import Cell, Value
from anhvm.runtime.machine import Machine

SOURCE = """
struct Inner:
    w: f32[4, 2]
    b: f32

struct Net:
    first: Inner
    seen: u64

contract Shop:
    total: u64
    weights: f32[2, 3]
    paid: map[address, u64]
    marks: map[i64, map[bool, u64]]

    event Sold(who: address, amount: u64)
    event Empty()

    @call
    def buy(amount: u64):
        assert amount > 0, "buy something"
        self.total += amount
        self.paid[msg.sender] += amount
        self.marks[-3][True] = amount
        emit Sold(msg.sender, amount)
        emit Empty()

    @view
    def all() -> (u64, u64):
        return self.total, self.paid[msg.sender]

    @call
    def keep(w: f32[2, 3]):
        self.weights = w

    @view
    def kept() -> f32[2, 3]:
        return self.weights

    @view
    def scalars(a: u64, b: i64, c: i32, d: f32, e: bool) -> (u64, i64, i32, f32, bool):
        return a, b, c, d, e

    @view
    def texts(a: str, b: bytes, c: address) -> (str, bytes, address):
        return a, b, c

    @view
    def match(x: f32[N, 2], y: i32[N]) -> f32[N, 2]:
        return x + 1.0

    @view
    def twice(net: Net) -> Net:
        net.seen = net.seen + 1
        return net

    @view
    def now() -> (u64, u64, u64):
        return msg.value, block.height, block.time
"""
WHO = address.account(bytes(32))
MACHINES = [open_machine(1), open_machine(2), open_machine(engine="reference")]


@pytest.fixture(scope="module")
def shop() -> Compiled:
    return compile_source(SOURCE, "shop.anh")


@pytest.fixture(params=MACHINES, ids=["core", "two threads", "reference"])
def machine(request: pytest.FixtureRequest) -> Machine:
    made: Machine = request.param
    return made


def test_what_a_call_writes_is_there_for_the_next(shop: Compiled, machine: Machine) -> None:
    state: dict[Cell, Value] = {}
    for amount in (3, 4):
        done = run(shop, "buy", amount, sender=WHO, state=state, machine=machine)
        assert done.trap is None and done.value is None
        assert [e.name for e in done.events] == ["Sold", "Empty"]
        assert done.events[0].values == {"who": WHO, "amount": amount}
        assert done.events[1].values == {}
    assert done.writes == {"total": 7, f"paid[0x{WHO.hex()}]": 7, "marks[-3][true]": 4}
    assert run(shop, "all", sender=WHO, state=state, machine=machine).value == (7, 7)
    assert run(shop, "all", state=state, machine=machine).value == (7, 0)


def test_a_trap_is_a_result_with_its_place_and_writes_nothing(
    shop: Compiled, machine: Machine
) -> None:
    state: dict[Cell, Value] = {}
    done = run(shop, "buy", 0, state=state, machine=machine)
    assert done.trap is not None and not state and not done.writes and not done.events
    assert (done.trap.kind, done.trap.message) == ("ASSERT", "buy something")
    line = SOURCE.split("\n").index('        assert amount > 0, "buy something"') + 1
    where = done.trap.place
    assert (where.file, where.line, where.function) == ("shop.anh", line, "buy")
    assert str(done.trap).startswith(f"ASSERT: buy something (shop.anh:{line}:")


def test_short_of_gas_is_a_trap_that_used_it_all(shop: Compiled, machine: Machine) -> None:
    full = run(shop, "buy", 1, machine=machine).gas_used
    assert run(shop, "buy", 1, gas=full, machine=machine).trap is None
    short = run(shop, "buy", 1, gas=full - 1, machine=machine)
    assert short.trap is not None and short.trap.kind == "OUT_OF_GAS"
    assert short.gas_used == full - 1


def test_scalars_go_in_and_come_out(shop: Compiled, machine: Machine) -> None:
    given = (2**64 - 1, -(2**63), -(2**31), np.float32(0.1), True)
    done = run(shop, "scalars", *given, machine=machine)
    assert done.value == given
    assert isinstance(done.value, tuple) and isinstance(done.value[3], np.float32)


def test_texts_and_addresses(shop: Compiled, machine: Machine) -> None:
    done = run(shop, "texts", "naïve", b"\0\xff", address.show(WHO), machine=machine)
    assert done.value == ("naïve", b"\0\xff", WHO)


def test_tensors_are_arrays_or_lists_and_come_out_read_only(
    shop: Compiled, machine: Machine
) -> None:
    state: dict[Cell, Value] = {}
    run(shop, "keep", [[1, 2, 3], [4, 5, 6]], state=state, machine=machine)
    kept = run(shop, "kept", state=state, machine=machine).value
    assert isinstance(kept, np.ndarray) and kept.dtype == np.float32
    assert kept.tolist() == [[1, 2, 3], [4, 5, 6]]
    with pytest.raises(ValueError, match="read-only"):
        kept[0, 0] = 9
    empty = run(shop, "kept", machine=machine).value
    assert isinstance(empty, np.ndarray) and not empty.any()


def test_strided_arrays_are_taken_as_what_they_show(shop: Compiled, machine: Machine) -> None:
    x = np.arange(12, dtype=np.float32).reshape(2, 6)[:, ::3].T.copy().T
    found = run(shop, "match", x, np.zeros(2, np.int32), machine=machine).value
    np.testing.assert_array_equal(np.asarray(found), x + 1)


def test_structs_are_dicts_or_lists(shop: Compiled, machine: Machine) -> None:
    w = np.ones((4, 2), np.float32)
    given: Any
    for given in ({"first": {"w": w, "b": 0.5}, "seen": 1}, [[w, 0.5], 1]):
        found = run(shop, "twice", given, machine=machine).value
        assert isinstance(found, dict) and found["seen"] == 2
        assert found["first"]["b"] == 0.5 and found["first"]["w"].shape == (4, 2)


def test_the_contract_sees_what_it_is_told(shop: Compiled, machine: Machine) -> None:
    done = run(shop, "now", value=5, height=6, time=7, machine=machine)
    assert done.value == (5, 6, 7)


def test_arguments_by_name(shop: Compiled, machine: Machine) -> None:
    named = {"y": np.zeros(1, np.int32)}
    done = run(shop, "match", np.zeros((1, 2), np.float32), named=named, machine=machine)
    assert done.trap is None


X, Y = np.zeros((3, 2), np.float32), np.zeros(3, np.int32)


@pytest.mark.parametrize(
    ("function", "args", "code", "said", "hint"),
    [
        ("sell", [], "call.function", "no function 'sell'", "buy, all, keep"),
        ("buy", [], "argument.missing", "amount: u64 is missing", "buy(amount: u64)"),
        ("buy", [1, 2], "argument.count", "takes 1 argument, 2", "buy(amount: u64)"),
        ("match", [1, 2, 3], "argument.count", "takes 2 arguments, 3", "match(x: f32[N, 2]"),
        ("buy", ["one"], "argument.type", "amount: u64, given 'one'", "give an integer"),
        ("buy", [-1], "argument.type", "out of range", "give 0 to 18446744073709551615"),
        ("buy", [True], "argument.type", "no integer", "give an integer"),
        ("match", [X.astype(np.float64), Y], "argument.type", "dtype is float64", "astype"),
        ("match", [X[0], Y], "argument.type", "rank is 1", "give rank 2"),
        ("match", [X[:, :1], Y], "argument.type", "axis 1 is 1, expected 2", "that shape"),
        ("match", [X, Y[:2]], "argument.type", "axis 0 is 2, expected N = 3", "that shape"),
        ("match", [[[1, 2], [3]], Y], "argument.type", "x: f32[N, 2]", "rectangular"),
        ("match", [7, Y], "argument.type", "it is no tensor", "NumPy array"),
        ("texts", ["a", b"b", "anh1x"], "address.format", "", ""),
        ("twice", [{"seen": 1}], "argument.type", "missing or unknown: first", "first, seen"),
        ("scalars", [1, 1, 1, "x", True], "argument.type", "it is no number", "give a number"),
        ("scalars", [1, 1, 1, 1.0, 1], "argument.type", "it is no bool", "true or false"),
    ],
)
def test_a_wrong_call_is_one_clear_message(
    shop: Compiled, function: str, args: list[Any], code: str, said: str, hint: str
) -> None:
    with pytest.raises(UserError) as caught:
        run(shop, function, *args, machine=MACHINES[0])
    error = caught.value
    assert error.code == code or (error.code.startswith("address.") and code.startswith("address."))
    assert said in error.message and hint in error.hint and error.hint
    assert traceback.format_exception(error)[-1] == f"next: {error.hint}\n", "Python shows it too"


def test_a_wrong_program_is_refused_with_the_rule(shop: Compiled) -> None:
    broken = bytearray(shop.encoded)
    broken[20] ^= 1
    with pytest.raises(UserError, match="digest"):
        MACHINES[0].load(bytes(broken))
