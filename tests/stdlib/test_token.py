"""Guarantees of std/contracts/token.anh, on its bytecode."""

from __future__ import annotations

from hypothesis.stateful import initialize, invariant, rule

from tests.stdlib.play import OWNER, PEOPLE, SHORT, Play, amounts, people

TOP = (1 << 64) - 1


class Token(Play):
    name = "token"

    @initialize(amount=amounts)
    def begin(self, amount: int) -> None:
        assert self.call("setup", "Coin", amount).trap is None
        self.held = {who: amount if who == OWNER else 0 for who in PEOPLE}
        self.allowed: dict[tuple[bytes, bytes], int] = {}

    def balances(self) -> dict[bytes, int]:
        return {who: self.ask("balance_of", who) for who in PEOPLE}

    @rule(sender=people, to=people, amount=amounts)
    def transfer(self, sender: bytes, to: bytes, amount: int) -> None:
        found = self.call("transfer", to, amount, sender=sender)
        assert (found.trap is None) == (self.held[sender] >= amount)
        if found.trap is None:
            self.held[sender] -= amount
            self.held[to] += amount
            assert [e.name for e in found.events] == ["Transfer"]

    @rule(sender=people, spender=people, amount=amounts)
    def approve(self, sender: bytes, spender: bytes, amount: int) -> None:
        assert self.call("approve", spender, amount, sender=sender).trap is None
        self.allowed[sender, spender] = amount

    @rule(sender=people, holder=people, to=people, amount=amounts)
    def transfer_from(self, sender: bytes, holder: bytes, to: bytes, amount: int) -> None:
        found = self.call("transfer_from", holder, to, amount, sender=sender)
        allowed = self.allowed.get((holder, sender), 0)
        assert (found.trap is None) == (allowed >= amount and self.held[holder] >= amount)
        if found.trap is None:
            self.allowed[holder, sender] = allowed - amount
            self.held[holder] -= amount
            self.held[to] += amount

    @rule(sender=people, to=people, amount=amounts)
    def mint(self, sender: bytes, to: bytes, amount: int) -> None:
        found = self.call("mint", to, amount, sender=sender)
        fits = sum(self.held.values()) + amount <= TOP
        assert (found.trap is None) == (sender == OWNER and fits)
        if found.trap is None:
            self.held[to] += amount

    @rule(sender=people, amount=amounts)
    def burn(self, sender: bytes, amount: int) -> None:
        found = self.call("burn", amount, sender=sender)
        assert (found.trap is None) == (self.held[sender] >= amount)
        if found.trap is None:
            self.held[sender] -= amount

    @invariant()
    def balances_add_up_to_the_supply(self) -> None:
        assert sum(self.balances().values()) == self.ask("total_supply")

    @invariant()
    def nobody_else_moves_a_balance(self) -> None:
        assert self.balances() == self.held
        for (holder, spender), amount in self.allowed.items():
            assert self.ask("allowance", holder, spender) == amount


TestToken = Token.TestCase
TestToken.settings = SHORT
