"""Guarantees of std/contracts/council.anh, on its bytecode."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.stdlib.play import OWNER, PEOPLE, SHORT, Play, people

voters = st.sampled_from((OWNER, *PEOPLE))


class Council(Play):
    name = "council"

    @initialize()
    def begin(self) -> None:
        assert self.call("setup").trap is None
        self.members = {OWNER}
        self.ends: list[int] = []
        self.votes: dict[tuple[int, bytes], bool] = {}
        self.decided: dict[int, bool] = {}

    @rule(sender=voters, who=people)
    def admit(self, sender: bytes, who: bytes) -> None:
        found = self.call("admit", who, sender=sender)
        assert (found.trap is None) == (sender == OWNER and who not in self.members)
        if found.trap is None:
            self.members.add(who)

    @rule(sender=voters, ahead=st.sampled_from((1, 1, 0, 2)), blocks=st.integers(0, 12))
    def propose(self, sender: bytes, ahead: int, blocks: int) -> None:
        found = self.call("propose", len(self.ends) + ahead, "text", blocks, sender=sender)
        assert (found.trap is None) == (sender in self.members and ahead == 1 and blocks > 0)
        if found.trap is None:
            self.ends.append(self.height + blocks)

    @rule(number=st.sampled_from((1, 1, 2, 3, 0)), agree=st.sets(people))
    def everyone_votes(self, number: int, agree: set[bytes]) -> None:
        for who in PEOPLE:
            self.vote(who, number, who in agree)

    def vote(self, sender: bytes, number: int, agrees: bool) -> None:
        found = self.call("vote", number, agrees, sender=sender)
        running = 0 < number <= len(self.ends) and self.height < self.ends[number - 1]
        new = (number, sender) not in self.votes
        assert (found.trap is None) == (sender in self.members and running and new)
        if found.trap is None:
            self.votes[number, sender] = agrees

    @rule(blocks=st.integers(1, 3))
    def wait(self, blocks: int) -> None:
        self.height += blocks

    @invariant()
    def each_member_has_one_vote_that_stands(self) -> None:
        for number in range(len(self.ends) + 2):
            cast = [agrees for (of, _), agrees in self.votes.items() if of == number]
            assert self.ask("tally", number) == (cast.count(True), cast.count(False))

    @invariant()
    def what_is_decided_stays_decided(self) -> None:
        for number, end in enumerate(self.ends, 1):
            found = self.ask("accepted", number)
            cast = [agrees for (of, _), agrees in self.votes.items() if of == number]
            assert found == (self.height >= end and cast.count(True) > cast.count(False))
            if self.height >= end:
                assert self.decided.setdefault(number, found) == found

    @invariant()
    def the_chair_alone_admits(self) -> None:
        assert {who for who in PEOPLE if self.ask("is_member", who)} == self.members


TestCouncil = Council.TestCase
TestCouncil.settings = SHORT
