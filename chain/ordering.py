"""Who may propose which block: the one place that knows the consensus.

An ordering decides on signed headers alone and never executes.  `RoundRobin` is the first; another
engine stands behind the same `Ordering`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from anhvm.chain import keys
from anhvm.chain.block import Header, SignedHeader
from anhvm.errors import ChainError, Refused


class Ordering(Protocol):
    def proposer(self, height: int) -> bytes:
        """The address of the account whose turn `height` is."""
        ...

    def check(self, header: Header, signature: bytes) -> None:
        """Refused ``block.proposer`` or ``block.signature`` unless this header may stand."""
        ...


@dataclass(frozen=True)
class RoundRobin:
    """The proposers of genesis take turns by height; the proposer of the turn signs."""

    proposers: tuple[bytes, ...]

    def proposer(self, height: int) -> bytes:
        return self.proposers[(height - 1) % len(self.proposers)]

    def check(self, header: Header, signature: bytes) -> None:
        if header.proposer != self.proposer(header.height):
            message = f"height {header.height} is the turn of another proposer"
            raise Refused("block.proposer", message, "wait for your turn, or name the right key")
        if not signed_by_proposer(header, signature):
            message = f"the signature of block {header.height} is not its proposer's"
            raise Refused("block.signature", message, "fetch the block again from its proposer")


@dataclass(frozen=True)
class Evidence:
    """Two headers that one proposer signed for one height: proof of equivocation by itself."""

    first: SignedHeader
    second: SignedHeader

    def holds(self) -> bool:
        one, two = self.first.header, self.second.header
        return (
            (one.chain, one.height, one.proposer) == (two.chain, two.height, two.proposer)
            and one.digest != two.digest
            and signed_by_proposer(one, self.first.signature)
            and signed_by_proposer(two, self.second.signature)
        )


class Equivocation(ChainError):
    """The follower stops here, with the evidence."""

    def __init__(self, evidence: Evidence) -> None:
        height = evidence.first.header.height
        message = f"the proposer of height {height} signed two different blocks for it"
        hint = "agree with the other nodes on one of them; the evidence is kept in the chain folder"
        super().__init__("chain.equivocation", message, hint)
        self.evidence = evidence


def signed_by_proposer(header: Header, signature: bytes) -> bool:
    return keys.verify(header.proposer[1:], header.message, signature)
