"""Two contracts on a chain, one of which calls the other: deployed, called, asked, traced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Town

FACE = """interface Coin:
    @view
    def held(who: address) -> u64
    @gas(9_000)
    def move(to: address, amount: u64) -> u64
"""
COIN = (
    FACE
    + """contract Gold implements Coin:
    held_by: map[address, u64]
    event Moved(to: address, amount: u64)
    @init
    def setup(amount: u64):
        assert amount > 0, "nothing to hand out"
        self.held_by[msg.sender] = amount
    @view
    def held(who: address) -> u64:
        return self.held_by[who]
    @call
    def move(to: address, amount: u64) -> u64:
        self.held_by[msg.sender] -= amount
        self.held_by[to] += amount
        emit Moved(to, amount)
        return self.held_by[msg.sender]
"""
)
SHOP = (
    FACE
    + """contract Shop:
    coin: address
    failed: u64
    @init
    def setup(coin: address):
        self.coin = coin
    @view
    def till() -> u64:
        return Coin(self.coin).held(self.address)
    @call
    def pay(to: address, amount: u64) -> u64:
        left = 0
        try:
            left = Coin(self.coin).move(to, amount)
        except:
            self.failed += 1
        return left
    @call
    def insist(to: address, amount: u64):
        Coin(self.coin).move(to, amount)
    @view
    def failures() -> u64:
        return self.failed
"""
)


class Market:
    def __init__(self, town: Town) -> None:
        self.town = town
        Path("coin.anh").write_text(COIN)
        Path("shop.anh").write_text(SHOP)
        self.coin = town.ok("deploy", "coin.anh", 1000)["contract"]
        town.produce()
        self.shop = town.ok("deploy", "shop.anh", self.coin)["contract"]
        town.produce()
        town.ok("call", self.coin, "move", self.shop, 400)
        town.produce()

    def ask(self, contract: str, *words: object) -> Any:
        return self.town.ok("query", contract, *words)["value"]

    def done(self, *words: object) -> str:
        sent: str = self.town.ok("call", self.shop, *words)["transaction"]
        self.town.produce()
        return sent


@pytest.fixture
def market(town: Town) -> Market:
    return Market(town)


def test_a_call_reaches_another_contract_and_is_traced(market: Market) -> None:
    sent = market.done("pay", market.coin, 150)
    town = market.town
    bound = town.ok("cost", sent)["cost_to_know"]
    told = town.ok("receipt", sent)
    assert told["status"] == "ok" and told["value"] == 250
    assert told["events"] == [
        {"contract": market.coin, "event": "Moved", "values": {"to": market.coin, "amount": 150}}
    ]
    assert f"{market.coin}.alive" in told["reads"] and "coin" in told["reads"]
    assert len(told["writes"]) == 2 and all(w.startswith(market.coin) for w in told["writes"])
    after = town.ok("cost", sent)["cost_to_know"]["at_most"]["gas"]
    assert bound["at_least"]["gas"] <= after <= bound["at_most"]["gas"]
    assert market.ask(market.shop, "till") == 250
    assert market.ask(market.coin, "held", market.coin) == 150
    assert market.ask(market.shop, "failures") == 0
    tree = town.ok("trace", sent)["trace"]["tree"]
    (move,) = tree["calls"]
    assert (move["function"], move["contract"]) == ("Gold.move", market.coin)
    assert tree["gas"] == told["gas_used"] > move["gas"] > 0
    assert "Gold.move" in town.cli("trace", sent).out
    names = [row["function"] for row in town.ok("profile", "--tx", sent)["functions"]]
    assert names == ["pay", "Gold.move"]


def test_a_question_through_two_contracts_says_what_it_may_cost(market: Market) -> None:
    market.done("pay", market.coin, 1)
    whole = market.town.ok("cost", market.shop, "till")["cost_to_know"]
    found = market.town.ok("query", market.shop, "till")
    assert found["value"] == 399 and found["executed"] > 0
    assert whole["at_least"]["gas"] <= whole["at_most"]["gas"] >= found["gas_spent"] > 0
    again = market.town.ok("query", market.shop, "till")
    assert (again["value"], again["executed"]) == (399, 0)


def test_a_trap_is_caught_or_not(market: Market) -> None:
    caught = market.town.ok("receipt", market.done("pay", market.coin, 401))
    assert caught["status"] == "ok" and caught["value"] == 0 and caught["writes"] == ["failed"]
    refused = market.town.cli("call", market.shop, "insist", market.coin, 401, "--json")
    assert refused.code == 1 and refused.fault["code"] == "call.traps"
    for amount in (300, 300):  # the second was tried when there was enough
        last = market.town.ok("call", market.shop, "insist", market.coin, amount)["transaction"]
    market.town.produce()
    said = market.town.cli("receipt", last, "--json")
    assert said.code == 1 and said.data["trap"]["kind"] == "OVERFLOW"
    assert said.data["trap"]["place"].endswith(f"in move of {market.coin}")
    assert market.ask(market.shop, "till") == 100


def test_a_contract_that_is_not_alive_cannot_be_called(town: Town) -> None:
    Path("coin.anh").write_text(COIN)
    Path("shop.anh").write_text(SHOP)
    dead = town.ok("deploy", "coin.anh", 0, "--gas-limit", 9_000)["contract"]
    shop = town.ok("deploy", "shop.anh", dead)["contract"]
    town.produce()
    refused = town.cli("query", shop, "till", "--json")
    assert refused.fault["code"] == "query.trap" and "NOT_ALIVE" in refused.fault["message"]


def test_too_little_gas_for_a_promise_ends_the_transaction(market: Market) -> None:
    words = ("call", market.shop, "pay", market.coin, 1, "--gas-limit", 8_500)
    sent = market.town.ok(*words)["transaction"]
    market.town.produce()
    said = market.town.cli("receipt", sent, "--json")
    assert said.code == 1 and said.data["trap"]["kind"] == "STIPEND"
    assert market.ask(market.shop, "failures") == 0
