"""Transactions: a signed envelope and a payload.

    Transaction = [Envelope, signature]      what a block holds; all that the ledger needs
    Payload     = [kind, …]                  bound to the envelope by digest and length; prunable

The envelope begins with its version and its kind, so a later kind (a claim, say) may bring a
layout of its own.  Whatever moves zero-cost money is in the envelope: `target` is the recipient of
a Transfer and the contract of a Call, and empty for Deploy and Publish.

A listed cell is (contract, field, path, write), with the path as `anhvm.program.engine.Cell` spells
it: empty for a plain field, else its keys.  The path ``ff`` is the wildcard and means every cell of
the field; no keys are spelled so, for a bool is ``00`` or ``01`` and all others are longer.  Listed
cells and blobs are strictly increasing, so a set has one spelling.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cached_property
from typing import Annotated

import msgspec

from anhvm.chain.codec import U32, U64, AddressBytes, Codec, Digest, Signature
from anhvm.chain.hashing import Use, digest
from anhvm.errors import Refused

VERSION = 1
ENVELOPE_BYTES = 1 << 16
PAYLOAD_BYTES = 1 << 20
LISTED = 256
PATH_BYTES = 1024
WILDCARD = b"\xff"

_DOMAIN = b"anhvm transaction v1\x00"

Target = Annotated[bytes, msgspec.Meta(max_length=33)]
Path = Annotated[bytes, msgspec.Meta(max_length=PATH_BYTES)]
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}\Z")]


class Kind(IntEnum):
    """Kinds of transaction; 5 and above are for claims, challenges and their like."""

    TRANSFER = 1
    DEPLOY = 2
    CALL = 3
    PUBLISH = 4


class ListedCell(msgspec.Struct, frozen=True, array_like=True, order=True):
    """A cell that the transaction says it may touch; `write` implies read."""

    contract: AddressBytes
    field: U32
    path: Path
    write: bool

    @property
    def is_wildcard(self) -> bool:
        return self.path == WILDCARD


Cells = Annotated[tuple[ListedCell, ...], msgspec.Meta(max_length=LISTED)]
Blobs = Annotated[tuple[Digest, ...], msgspec.Meta(max_length=LISTED)]


class Envelope(msgspec.Struct, frozen=True, array_like=True, dict=True):
    """What is signed.  Amounts are in the smallest unit; `expiry` is the last height it may have;
    `gas_price` is in units for one gas."""

    version: U32
    kind: U32
    chain: Digest
    sender: AddressBytes
    nonce: U64
    expiry: U64
    value: U64
    gas_limit: U64
    gas_price: U64
    target: Target
    cells: Cells
    blobs: Blobs
    payload_digest: Digest
    payload_length: U32

    @cached_property
    def message(self) -> bytes:
        """The bytes that the sender signs: domain, chain id, encoded envelope."""
        return _DOMAIN + self.chain + _ENVELOPES.encode(self)


class Transaction(msgspec.Struct, frozen=True, array_like=True, dict=True):
    envelope: Envelope
    signature: Signature

    @cached_property
    def id(self) -> bytes:
        """32 bytes that name the transaction; the signature has no part in them."""
        return digest(Use.TRANSACTION, self.envelope.message)

    @cached_property
    def wire(self) -> bytes:
        return _TRANSACTIONS.encode(self)

    @property
    def size(self) -> int:
        """The bytes that the sender pays for: signed envelope and payload."""
        return len(self.wire) + self.envelope.payload_length


class Transfer(msgspec.Struct, frozen=True, array_like=True, tag=int(Kind.TRANSFER)):
    """Move `value` from sender to `target`, an account."""

    memo: Annotated[bytes, msgspec.Meta(max_length=256)] = b""


class Deploy(msgspec.Struct, frozen=True, array_like=True, tag=int(Kind.DEPLOY)):
    """Make a contract of `program`; `arguments` (`values.encode_arguments`) go to its @init."""

    program: bytes
    arguments: bytes


class Call(msgspec.Struct, frozen=True, array_like=True, tag=int(Kind.CALL)):
    """Call `function` of the contract `target` with `arguments` (`values.encode_arguments`)."""

    function: Name
    arguments: bytes


class Publish(msgspec.Struct, frozen=True, array_like=True, tag=int(Kind.PUBLISH)):
    """Chunk `index` of the blob `blob` of `length` bytes, with its proof (`blob.py`)."""

    blob: Digest
    length: U64
    index: U32
    chunk: bytes
    proof: Annotated[tuple[Digest, ...], msgspec.Meta(max_length=64)]


Payload = Transfer | Deploy | Call | Publish

_ENVELOPES = Codec(Envelope, "transaction", ENVELOPE_BYTES)
_TRANSACTIONS = Codec(Transaction, "transaction", ENVELOPE_BYTES)
_PAYLOADS: Codec[Payload] = Codec(Payload, "payload", PAYLOAD_BYTES)  # type: ignore[arg-type]
_KIND_OF = {
    Transfer: Kind.TRANSFER,
    Deploy: Kind.DEPLOY,
    Call: Kind.CALL,
    Publish: Kind.PUBLISH,
}


def decode_transaction(data: bytes) -> Transaction:
    """A transaction from its wire bytes.  Refused ``transaction.size`` / ``.encoding``."""
    return _TRANSACTIONS.decode(data)


def encode_payload(payload: Payload) -> bytes:
    """The payload's bytes.  Refused ``payload.size`` above 1 MiB."""
    return _PAYLOADS.encode(payload)


def payload_digest(data: bytes) -> bytes:
    return digest(Use.PAYLOAD, data)


def envelope_for(
    payload: Payload,
    *,
    chain: bytes,
    sender: bytes,
    nonce: int,
    expiry: int,
    target: bytes = b"",
    value: int = 0,
    gas_limit: int = 0,
    gas_price: int = 0,
    cells: tuple[ListedCell, ...] = (),
    blobs: tuple[bytes, ...] = (),
) -> tuple[Envelope, bytes]:
    """The unsigned envelope of `payload`, and the payload's bytes.

    Cells and blobs are put in order; a cell listed twice is written if either says so.
    """
    data = encode_payload(payload)
    envelope = Envelope(
        version=VERSION,
        kind=_KIND_OF[type(payload)],
        chain=chain,
        sender=sender,
        nonce=nonce,
        expiry=expiry,
        value=value,
        gas_limit=gas_limit,
        gas_price=gas_price,
        target=target,
        cells=_merged(cells),
        blobs=tuple(sorted(set(blobs))),
        payload_digest=payload_digest(data),
        payload_length=len(data),
    )
    _ENVELOPES.decode(_ENVELOPES.encode(envelope))
    return envelope, data


def open_payload(envelope: Envelope, data: bytes) -> Payload:
    """The payload that `envelope` is bound to, decoded.

    Refused ``payload.other`` if these are not its bytes; ``payload.encoding`` or ``payload.kind``
    if they are but mean nothing, which makes the transaction stillborn.
    """
    check_payload(envelope, data)
    payload = _PAYLOADS.decode(data)
    if _KIND_OF[type(payload)] != envelope.kind:
        message = f"the payload is a {type(payload).__name__}, the envelope says otherwise"
        raise Refused("payload.kind", message, "build both with the same command")
    return payload


def check_payload(envelope: Envelope, data: bytes) -> None:
    """Refused ``payload.other`` unless `data` is what the envelope commits to."""
    if len(data) != envelope.payload_length or payload_digest(data) != envelope.payload_digest:
        message = "the payload is not the one that the envelope commits to"
        raise Refused("payload.other", message, "send the payload that was signed")


def _merged(cells: tuple[ListedCell, ...]) -> tuple[ListedCell, ...]:
    writes: dict[tuple[bytes, int, bytes], bool] = {}
    for cell in cells:
        place = (cell.contract, cell.field, cell.path)
        writes[place] = writes.get(place, False) or cell.write
    return tuple(ListedCell(*place, write) for place, write in sorted(writes.items()))
