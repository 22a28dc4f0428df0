"""Blocks: a signed header and an ordered list of transactions, and no state.

The header commits to the signed transactions by an RFC 6962 root, and names the versions under
which they run, in whatever year they are executed.
"""

from __future__ import annotations

from functools import cached_property
from operator import le
from typing import Annotated

import msgspec

from anhvm.chain.codec import U16, U32, U64, AddressBytes, Codec, Digest, Signature
from anhvm.chain.hashing import Use, digest, hasher
from anhvm.chain.merkle import proof, root
from anhvm.chain.transaction import Transaction
from anhvm.isa.schedule import CURRENT as GAS_SCHEDULE

VERSION = 1
BLOCK_BYTES = 1 << 27

_DOMAIN = b"anhvm block header v1\x00"
_HASH = hasher(Use.TRANSACTIONS)


class Versions(msgspec.Struct, frozen=True, array_like=True):
    """The rules that the block's transactions run under, through all their callees."""

    gas: U16 = GAS_SCHEDULE
    semantics: U16 = 1
    kernels: U16 = 1
    verifier: U16 = 1

    def up_to(self, other: Versions) -> bool:
        """Whether no part is newer than that of `other`."""
        return all(map(le, msgspec.structs.astuple(self), msgspec.structs.astuple(other)))


CURRENT = Versions()


class Header(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """`time` is in milliseconds since 1970 and grows; height 1 follows genesis, whose chain id
    is its `parent`."""

    version: U32
    chain: Digest
    height: U64
    parent: Digest
    proposer: AddressBytes
    time: U64
    transactions_root: Digest
    versions: Versions

    @cached_property
    def message(self) -> bytes:
        """The bytes that the proposer signs."""
        return _DOMAIN + self.chain + _HEADERS.encode(self)

    @cached_property
    def digest(self) -> bytes:
        """32 bytes that name the block; the signature has no part in them."""
        return digest(Use.HEADER, self.message)


class SignedHeader(msgspec.Struct, frozen=True, array_like=True):
    header: Header
    signature: Signature


class Block(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """Header, its signature, and the transactions in their order."""

    header: Header
    signature: Signature
    transactions: Annotated[tuple[Transaction, ...], msgspec.Meta(max_length=1 << 16)]

    @property
    def height(self) -> int:
        return self.header.height

    @property
    def digest(self) -> bytes:
        return self.header.digest

    @property
    def signed_header(self) -> SignedHeader:
        return SignedHeader(self.header, self.signature)

    @cached_property
    def wire(self) -> bytes:
        return _BLOCKS.encode(self)


_HEADERS = Codec(Header, "header", 1 << 10)
_BLOCKS = Codec(Block, "block", BLOCK_BYTES)


def decode_block(data: bytes) -> Block:
    """A block from its wire bytes.  Refused ``block.size`` / ``block.encoding``."""
    return _BLOCKS.decode(data)


def transactions_root(transactions: tuple[Transaction, ...]) -> bytes:
    """The root over the signed transactions, in their order."""
    return root([transaction.wire for transaction in transactions], _HASH)


def inclusion_proof(block: Block, index: int) -> tuple[bytes, ...]:
    """The RFC 6962 proof that transaction `index` is in `block`.  IndexError if there is none."""
    return proof([transaction.wire for transaction in block.transactions], index, _HASH)
