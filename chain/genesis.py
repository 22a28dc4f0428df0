"""Genesis: the one state that is written down, and the name of the chain.

The chain id is the digest of its bytes, so two chains that differ in anything differ in every
signature too.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated

import msgspec

from anhvm.chain import address
from anhvm.chain.codec import U32, U64, U64_MAX, AddressBytes, Codec
from anhvm.chain.hashing import Use, digest
from anhvm.chain.parameters import Parameters
from anhvm.chain.transaction import ENVELOPE_BYTES, PAYLOAD_BYTES
from anhvm.errors import Refused

VERSION = 1
Balances = tuple[tuple[AddressBytes, U64], ...]
Proposers = Annotated[tuple[AddressBytes, ...], msgspec.Meta(min_length=1, max_length=1024)]


class Genesis(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """`time` is in milliseconds since 1970; balances are in the order of their addresses."""

    version: U32
    name: Annotated[str, msgspec.Meta(max_length=64)]
    time: U64
    proposers: Proposers
    balances: Balances
    parameters: Parameters

    @cached_property
    def chain_id(self) -> bytes:
        return digest(Use.GENESIS, encode(self))

    @property
    def supply(self) -> int:
        return sum(amount for _, amount in self.balances)


_CODEC = Codec(Genesis, "genesis", 1 << 24)


def make(
    name: str,
    time: int,
    proposers: tuple[bytes, ...],
    balances: dict[bytes, int],
    parameters: Parameters | None = None,
) -> Genesis:
    """A checked genesis.  Refused ``genesis.*``."""
    genesis = Genesis(
        VERSION,
        name,
        time,
        proposers,
        tuple(sorted(balances.items())),
        parameters or Parameters(),
    )
    return decode(encode(genesis))


def encode(genesis: Genesis) -> bytes:
    return _CODEC.encode(genesis)


def decode(data: bytes) -> Genesis:
    """Genesis from its bytes.  Refused ``genesis.*`` if it is malformed or cannot start a chain."""
    genesis = _CODEC.decode(data)
    owners = [owner for owner, _ in genesis.balances]
    if genesis.version != VERSION or genesis.parameters.version != 1:
        raise _refuse("version", "it is of another version than these tools know")
    if owners != sorted(set(owners)):
        raise _refuse("order", "its balances are not in order, or one owner has two")
    if not all(map(address.is_account, (*owners, *genesis.proposers))):
        raise _refuse("address", "a balance or proposer is not an account")
    if len(set(genesis.proposers)) != len(genesis.proposers):
        raise _refuse("proposers", "one proposer is named twice")
    caps = genesis.parameters
    largest = ENVELOPE_BYTES + PAYLOAD_BYTES
    if caps.gas_per_transaction > caps.gas_per_block or largest > caps.block_bytes:
        raise _refuse("caps", "one transaction could be larger than a block")
    if not caps.block_transactions or not caps.pool_blocks:
        raise _refuse("caps", "a block without transactions, or a pool that never returns")
    if genesis.supply > U64_MAX // 2:
        raise _refuse("supply", "its balances leave no room for rewards in 64 bits")
    return genesis


def _refuse(code: str, message: str) -> Refused:
    return Refused(f"genesis.{code}", f"genesis: {message}", "mend the genesis and start anew")
