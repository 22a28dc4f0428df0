"""A short run of the crash campaign; the long one is `make crash`."""

from __future__ import annotations

from tests.chain.crash import campaign


def test_kills_lose_nothing_that_was_acknowledged() -> None:
    counts = campaign(trials=6, seed=7)
    assert counts["kills"] == 6 and counts["blocks"] > 0 and counts["transactions"] > 0
