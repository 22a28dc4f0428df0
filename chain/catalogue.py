"""Where things are: the place of each transaction, and the chunks of each blob.

Derived, and built by demand: every question first walks the blocks that are new.  A chunk counts
from the place of its Publish on, so whether a blob is known to a call is read from bytes alone.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from anhvm.chain.blob import assemble, chunk_count, is_part
from anhvm.chain.block import Block
from anhvm.chain.node import Chain
from anhvm.chain.store.derived import Batch
from anhvm.chain.transaction import Kind, Publish, Transaction, open_payload
from anhvm.errors import Bug, CannotAnswer, Refused

_DONE = b"catalogue"


class Place(NamedTuple):
    """Height of the block, and position in it; places are in chain order."""

    height: int
    position: int


class Blob(msgspec.Struct, frozen=True, array_like=True):
    """A blob of which chunks were published; `complete_at` is the place of the last one."""

    length: int
    chunks: int
    complete_at: tuple[int, int] | None


class Catalogue:
    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    def place(self, transaction: bytes) -> Place | None:
        """The place of the transaction with this id, None if no block holds it."""
        self.catch_up()
        data = self._chain.derived.get("places", transaction)
        return None if data is None else _read_place(data)

    def transaction(self, place: Place) -> Transaction:
        """The transaction at a place.  Bug if there is none."""
        block = self._chain.block(place.height)
        if block is None or place.position >= len(block.transactions):
            raise Bug(f"no transaction at {place}")
        return block.transactions[place.position]

    def blob(self, name: bytes) -> Blob | None:
        """What is known of the blob with this digest.  CannotAnswer ``chain.payload``."""
        self.catch_up()
        data = self._chain.derived.get("blobs", name)
        return None if data is None else msgspec.msgpack.decode(data, type=Blob)

    def is_known(self, name: bytes, at: Place) -> bool:
        """Whether all chunks of the blob stand before `at` in the chain."""
        blob = self.blob(name)
        return blob is not None and blob.complete_at is not None and blob.complete_at < at

    def read_blob(self, name: bytes) -> bytes:
        """All bytes of a blob.  CannotAnswer ``chain.blob`` (incomplete), ``chain.payload``."""
        blob = self.blob(name)
        if blob is None or blob.complete_at is None:
            have, of = (blob.chunks, chunk_count(blob.length)) if blob else (0, "its")
            message = f"{have} of {of} chunks of the blob {name.hex()} are published"
            raise CannotAnswer("chain.blob", message, "publish the rest of it")
        with self._chain.derived.view() as view:
            places = [_read_place(data) for _, data in view.items("chunks", name)]
        return assemble(name, [self._published(self.transaction(place)) for place in places])

    def catch_up(self) -> None:
        """Walk the blocks that are new.  CannotAnswer ``chain.payload`` where one is missing."""
        done = self._chain.derived.get("meta", _DONE)
        for block in self._chain.blocks(int.from_bytes(done or b"", "big") + 1):
            with self._chain.derived.batch() as batch:
                for index, transaction in enumerate(block.transactions):
                    self._enter(batch, block, index, transaction)
                batch.put("meta", _DONE, block.height.to_bytes(8, "big"))

    def _enter(self, batch: Batch, block: Block, index: int, transaction: Transaction) -> None:
        place = Place(block.height, index)
        batch.put("places", transaction.id, _write_place(place))
        if transaction.envelope.kind != Kind.PUBLISH:
            return
        try:
            piece = self._published(transaction)
        except Refused:
            return  # stillborn: its bytes are no Publish, or its proof shows nothing
        key = piece.blob + piece.index.to_bytes(4, "big")
        if batch.has("chunks", key):
            return
        batch.put("chunks", key, _write_place(place))
        data = batch.get("blobs", piece.blob)
        have = 1 + (msgspec.msgpack.decode(data, type=Blob).chunks if data else 0)
        whole = have == chunk_count(piece.length)
        blob = Blob(piece.length, have, place if whole else None)
        batch.put("blobs", piece.blob, msgspec.msgpack.encode(blob))

    def _published(self, transaction: Transaction) -> Publish:
        """The chunk that a Publish carries.  Refused if it is stillborn."""
        piece = open_payload(transaction.envelope, self._chain.payload(transaction))
        if not isinstance(piece, Publish) or not is_part(piece):
            message = "the chunk is not shown to be part of its blob"
            raise Refused("blob.proof", message, "publish it with: anhvm publish")
        return piece


def _write_place(place: Place) -> bytes:
    return place.height.to_bytes(8, "big") + place.position.to_bytes(4, "big")


def _read_place(data: bytes) -> Place:
    return Place(int.from_bytes(data[:8], "big"), int.from_bytes(data[8:], "big"))
