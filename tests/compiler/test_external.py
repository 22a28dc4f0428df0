"""Calls between compiled contracts: interfaces, ``try``, gas, views, shapes of results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np
import pytest

from anhvm.compiler.phases import compile_source
from anhvm.program.encode import encode
from anhvm.program.engine import Cell, Env, Value
from anhvm.runtime.engines import EngineName
from anhvm.runtime.machine import Contract, Machine, Result

TOKEN, FEED, ME = b"\2" * 33, b"\3" * 33, b"\1" * 33
FACE = """
interface Token:
    @view
    def held(who: address) -> u64
    @gas(3_000)
    def move(to: address, amount: u64) -> bool
struct Pair:
    left: u64
    right: f32[2]
interface Feed:
    @view
    def rows(x: f32[N, 2]) -> f32[N]
    @view
    def pair(p: Pair) -> (Pair, str)
"""
SHOP = (
    FACE
    + """
contract Shop:
    token: address
    sold: u64
    failed: u64
    event Sold(to: address, left: u64)

    @call
    def open(token: address):
        self.token = token
    @view
    def held(who: address) -> u64:
        return Token(self.token).held(who)
    @call
    def sell(to: address, amount: u64) -> u64:
        left = 1000
        try:
            fine = Token(self.token).move(to, amount)
        except:
            self.failed += 1
        else:
            assert fine, "refused"
            self.sold += amount
            left = Token(self.token).held(self.address)
        emit Sold(to, left)
        return left
    @call
    def rush(to: address, amount: u64, gas: u64) -> bool:
        return Token(self.token).move(amount=amount, to=to, gas=gas)
    @call
    def tries(tokens: u64, to: address) -> u64:
        good = 0
        for i in range(tokens):
            try:
                self.sold = Token(to).held(to)
            except:
                if i > 2:
                    break
                continue
            else:
                good += self.sold
        return good
    @view
    def total(feed: address, x: f32[N, 2]) -> f32:
        return sum(Feed(feed).rows(x))
    @view
    def both(feed: address, left: u64) -> (u64, f32, str):
        p, text = Feed(feed).pair(Pair(left, ones()))
        return p.left, p.right[1], text
"""
)
COIN = (
    FACE
    + """
contract Coin implements Token:
    held_by: map[address, u64]
    @call
    def mint(to: address, amount: u64):
        self.held_by[to] += amount
    @view
    def held(who: address) -> u64:
        return self.held_by[who]
    @call
    @gas(2_000)
    def move(to: address, amount: u64) -> bool:
        assert amount < 100, "too much"
        self.held_by[msg.sender] -= amount
        self.held_by[to] += amount
        return amount > 0
"""
)
ROWS = (
    FACE
    + """
contract Rows implements Feed:
    @view
    def rows(x: f32[N, 2]) -> f32[N]:
        return sum(x, axis=1)
    @view
    def pair(p: Pair) -> (Pair, str):
        return Pair(p.left + 1, p.right * 3.0), "text"
"""
)
LIAR = """
contract Liar:
    @view
    def rows(x: f32[N, 2]) -> f32[3]:
        return zeros()
"""


@pytest.fixture(params=["reference", "core"])
def on(request: pytest.FixtureRequest) -> Iterator[EngineName]:
    yield request.param


@cache
def machine(name: EngineName) -> Machine:
    return Machine(engine=name)


@cache
def loaded(name: EngineName, text: str) -> Contract:
    return machine(name).load(encode(compile_source(text).program))


class World:
    """A shop at ME, with others; all cells in one state."""

    def __init__(self, on: EngineName, others: Mapping[bytes, str]) -> None:
        self.on = on
        self.others = {where: loaded(on, text) for where, text in others.items()}
        self.cells: dict[Cell, Value] = {}
        self.env = Env(sender=b"\7" * 33, self=ME)

    def shop(self, name: str, *args: object, gas: int = 10**7) -> Result:
        contract = loaded(self.on, SHOP)
        return contract.run(name, args, env=self.env, gas=gas, state=self.cells, others=self.others)

    def give(self, who: bytes, amount: int) -> None:
        path = len(who).to_bytes(4, "big") + who
        self.cells[Cell(0, path, TOKEN)] = amount


def stocked(on: EngineName) -> World:
    world = World(on, {TOKEN: COIN, FEED: ROWS})
    world.shop("open", TOKEN)
    world.give(ME, 150)
    return world


def test_a_view_asks_another_contract(on: EngineName) -> None:
    world = stocked(on)
    assert world.shop("held", ME).value == 150
    assert world.shop("held", FEED).value == 0


def test_a_call_that_is_tried_goes_well(on: EngineName) -> None:
    world = stocked(on)
    result = world.shop("sell", FEED, 60)
    assert result.value == 90 and result.events[0].values == {"to": FEED, "left": 90}
    assert world.shop("held", FEED).value == 60
    assert world.cells[Cell(1)] == 60 and Cell(2) not in world.cells


@pytest.mark.parametrize("amount", [100, 120])
def test_a_trap_that_is_tried_runs_the_handler(on: EngineName, amount: int) -> None:
    world = stocked(on)
    assert world.shop("sell", FEED, amount).value == 1000
    assert world.cells[Cell(2)] == 1 and Cell(1) not in world.cells
    assert world.shop("held", ME).value == 150


def test_a_trap_after_the_call_is_not_caught(on: EngineName) -> None:
    world = stocked(on)
    trap = world.shop("sell", FEED, 0).trap
    assert trap is not None and (trap.kind, trap.message) == ("ASSERT", "refused")
    assert world.shop("held", ME).value == 150


def test_nobody_there_is_caught_too(on: EngineName) -> None:
    world = World(on, {})
    world.shop("open", TOKEN)
    assert world.shop("sell", FEED, 1).value == 1000
    trap = world.shop("held", ME).trap
    assert trap is not None and trap.kind == "NOT_ALIVE"


def test_loops_are_left_from_a_handler(on: EngineName) -> None:
    world = stocked(on)
    assert world.shop("tries", 9, TOKEN).value == 0
    world.give(TOKEN, 5)
    assert world.shop("tries", 9, TOKEN).value == 45
    assert world.shop("tries", 9, FEED).value == 0


def test_gas_is_given_as_it_is_written_or_not_at_all(on: EngineName) -> None:
    world = stocked(on)
    assert world.shop("rush", FEED, 1, 100_000).value is True
    for gas in (2_999, 10**9):
        trap = world.shop("rush", FEED, 1, gas).trap
        assert trap is not None and trap.kind == "STIPEND"


def test_nobody_chooses_by_gas_which_call_fails(on: EngineName) -> None:
    ends, enough = set(), stocked(on).shop("sell", FEED, 1).gas_used
    for gas in range(0, 2 * enough, enough // 150):
        result = stocked(on).shop("sell", FEED, 1, gas=gas)
        ends.add(result.trap.kind if result.trap else result.value)
    assert ends == {"OUT_OF_GAS", "STIPEND", 149}, "1000 is what the handler leaves"


def test_tensors_structs_and_text_pass(on: EngineName) -> None:
    world = stocked(on)
    x = np.arange(8, dtype=np.float32).reshape(4, 2)
    assert world.shop("total", FEED, x).value == 28
    assert world.shop("both", FEED, 6).value == (7, 3.0, "text")


def test_a_result_of_another_size_traps(on: EngineName) -> None:
    world = World(on, {FEED: LIAR})
    assert world.shop("total", FEED, np.zeros((3, 2), np.float32)).value == 0
    trap = world.shop("total", FEED, np.zeros((2, 2), np.float32)).trap
    assert trap is not None and trap.message == "result of Feed.rows: axis 0 must be N"


def test_another_signature_is_no_function(on: EngineName) -> None:
    world = World(on, {TOKEN: COIN.replace("who: address) -> u64", "who: u64) -> u64")
                       .replace("[who]", "[self.address]")
                       .replace("Coin implements Token", "Coin")})  # fmt: skip
    world.shop("open", TOKEN)
    trap = world.shop("held", ME).trap
    assert trap is not None and trap.kind == "INTERFACE"


def test_the_caller_is_the_contract_and_not_the_account(on: EngineName) -> None:
    world = stocked(on)
    world.give(world.env.sender, 10)
    world.shop("sell", FEED, 7)
    assert world.shop("held", ME).value == 143
    assert world.shop("held", world.env.sender).value == 10
