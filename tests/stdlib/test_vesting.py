"""Guarantees of std/contracts/vesting.anh, on its bytecode."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.stdlib.play import OWNER, PEOPLE, SHORT, Play, amounts, people

HOUR, LONGEST = 3_600_000, 1_000_000
TOP = (1 << 64) - 1
parts = st.integers(0, HOUR - 1)
times = st.one_of(st.integers(0, 3 * HOUR), st.sampled_from((0, HOUR, TOP)))
spans = st.one_of(st.integers(4, 20), st.sampled_from((0, 1, 7, LONGEST, LONGEST + 1)))
shares = st.one_of(st.integers(20, 200), st.integers(20, 200), amounts)


class Vesting(Play):
    name = "vesting"

    @initialize(pool=st.one_of(st.just(TOP), shares))
    def begin(self, pool: int) -> None:
        assert self.call("setup", pool).trap is None
        self.pool = pool
        self.grants: dict[bytes, tuple[int, int, int]] = {}
        self.claimed = dict.fromkeys(PEOPLE, 0)

    def free(self, who: bytes, time: int) -> int:
        """The same without the machine's limits."""
        amount, start, hours = self.grants.get(who, (0, 0, 1))
        passed = min(max(time - start, 0) // HOUR, hours)
        return int(Fraction(amount // hours) * passed + (amount % hours) * passed // hours)

    @rule(sender=st.sampled_from((*[OWNER] * 5, PEOPLE[1])), to=people, amount=shares, start=times,
          hours=spans)  # fmt: skip
    def grant(self, sender: bytes, to: bytes, amount: int, start: int, hours: int) -> None:
        found = self.call("grant", to, amount, start, hours, sender=sender)
        left = self.pool - sum(given for given, _, _ in self.grants.values())
        right = sender == OWNER and 0 < amount <= left and 0 < hours <= LONGEST
        assert (found.trap is None) == (right and to not in self.grants)
        if found.trap is None:
            self.grants[to] = (amount, start, hours)

    @rule(step=st.builds(lambda hours, rest: hours * HOUR + rest, st.integers(0, 5), parts))
    def wait(self, step: int) -> None:
        self.time += step

    @rule()
    def everyone_claims(self) -> None:
        for who in PEOPLE:
            self.claim(who)

    def claim(self, sender: bytes) -> None:
        found = self.call("claim", sender=sender)
        due = self.free(sender, self.time) - self.claimed[sender]
        assert (found.trap is None) == (due > 0)
        if found.trap is None:
            assert found.value == due
            self.claimed[sender] += due

    @invariant()
    def the_pool_is_never_exceeded(self) -> None:
        assert sum(self.ask("granted_to", who) for who in PEOPLE) <= self.pool

    @invariant()
    def grants_and_claims_stand(self) -> None:
        for who in PEOPLE:
            granted = self.grants.get(who, (0, 0, 1))[0]
            assert self.ask("granted_to", who) == granted
            assert self.ask("claimed_by", who) == self.claimed[who] <= granted
            assert self.ask("free_at", who, self.time) == self.free(who, self.time) <= granted

    @invariant()
    def at_the_end_all_is_free(self) -> None:
        for who, (amount, start, hours) in self.grants.items():
            if start + hours * HOUR < 1 << 64:
                assert self.ask("free_at", who, start + hours * HOUR) == amount


TestVesting = Vesting.TestCase
TestVesting.settings = SHORT
