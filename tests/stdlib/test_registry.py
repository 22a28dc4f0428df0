"""Guarantees of std/contracts/registry.anh, on its bytecode."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.stdlib.play import SHORT, Play, bits, people

names = st.sampled_from(("", "net", "other", "n" * 64, "n" * 65))
digests = st.one_of(st.binary(min_size=32, max_size=32), st.binary(max_size=33))
losses = st.floats(width=32, allow_subnormal=False).map(np.float32)


class Registry(Play):
    name = "registry"

    @initialize()
    def begin(self) -> None:
        self.owners: dict[str, bytes] = {}
        self.versions: dict[str, list[tuple[bytes, np.float32]]] = {}

    @rule(
        sender=people, name=names, digest=digests, loss=losses, ahead=st.sampled_from((1, 1, 0, 2))
    )
    def publish(
        self, sender: bytes, name: str, digest: bytes, loss: np.float32, ahead: int
    ) -> None:
        known = self.versions.get(name, [])
        found = self.call("publish", name, len(known) + ahead, digest, loss, sender=sender)
        right = 0 < len(name) <= 64 and len(digest) == 32 and ahead == 1
        mine = self.owners.get(name, sender) == sender
        assert (found.trap is None) == (right and mine)
        if found.trap is None:
            self.owners.setdefault(name, sender)
            self.versions[name] = [*known, (digest, loss)]

    @rule(sender=people, name=names, to=people)
    def give(self, sender: bytes, name: str, to: bytes) -> None:
        found = self.call("give", name, to, sender=sender)
        assert (found.trap is None) == (self.owners.get(name) == sender)
        if found.trap is None:
            self.owners[name] = to

    @invariant()
    def names_stay_with_their_owners(self) -> None:
        for name, owner in self.owners.items():
            assert self.ask("owner_of", name) == owner

    @invariant()
    def versions_never_change(self) -> None:
        for name, known in self.versions.items():
            assert self.ask("versions", name) == len(known)
            for number, (digest, loss) in enumerate(known, 1):
                there, claimed = self.ask("version", name, number)
                assert there == digest
                assert bits(claimed) == bits(loss) or np.isnan(loss)
            assert self.call("version", name, 0).trap is not None
            assert self.call("version", name, len(known) + 1).trap is not None


TestRegistry = Registry.TestCase
TestRegistry.settings = SHORT
