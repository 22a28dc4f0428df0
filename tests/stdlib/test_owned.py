"""Guarantees of std/contracts/owned.anh, on its bytecode."""

from __future__ import annotations

from hypothesis.stateful import initialize, invariant, rule

from tests.stdlib.play import OWNER, PEOPLE, SHORT, Play, amounts, people


class Owned(Play):
    name = "owned"

    @initialize()
    def begin(self) -> None:
        assert self.call("setup").trap is None
        self.owner: bytes | None = OWNER
        self.offered: bytes | None = None
        self.setting = 0

    @rule(sender=people, to=people)
    def offer(self, sender: bytes, to: bytes) -> None:
        found = self.call("offer", to, sender=sender)
        assert (found.trap is None) == (sender == self.owner)
        if found.trap is None:
            self.offered = to

    @rule(sender=people)
    def withdraw(self, sender: bytes) -> None:
        found = self.call("withdraw", sender=sender)
        assert (found.trap is None) == (sender == self.owner)
        if found.trap is None:
            self.offered = None

    @rule(sender=people)
    def accept(self, sender: bytes) -> None:
        found = self.call("accept", sender=sender)
        assert (found.trap is None) == (self.owner is not None and sender == self.offered)
        if found.trap is None:
            self.owner, self.offered = sender, None

    @rule(sender=people, value=amounts)
    def change(self, sender: bytes, value: int) -> None:
        found = self.call("change", value, sender=sender)
        assert (found.trap is None) == (sender == self.owner)
        if found.trap is None:
            self.setting = value

    @rule(sender=people, sure=amounts)
    def renounce(self, sender: bytes, sure: int) -> None:
        if sure > 3:  # seldom, or most histories would end here
            return
        found = self.call("renounce", sender=sender)
        assert (found.trap is None) == (sender == self.owner)
        if found.trap is None:
            self.owner = self.offered = None

    @invariant()
    def ownership_moves_by_offer_and_acceptance_alone(self) -> None:
        assert [who for who in PEOPLE if self.ask("is_owner", who)] == (
            [self.owner] if self.owner else []
        )

    @invariant()
    def the_owner_alone_changes_the_setting(self) -> None:
        assert self.ask("current") == self.setting


TestOwned = Owned.TestCase
TestOwned.settings = SHORT
