"""Who may have written a cell, and what each transaction is: derived from the blocks, by demand.

A position is the place of a transaction in chain order, ``height << 16 | index``.  Rows of the
bucket ``index``, by their first byte::

    t position                        what the transaction is
    w contract field path' position   may write this cell (path' is the digest of the path)
    f contract field position         may write some cell of this field
    c contract                        the contract's program and deployment
    p code                            the bytes of a program
    s sender position                 this sender's transaction runs something
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache

import msgspec

from anhvm.chain import catalogue
from anhvm.chain.block import Block
from anhvm.chain.catalogue import Catalogue
from anhvm.chain.hashing import Use, digest
from anhvm.chain.lazy.cells import EVERYWHERE, AnyCell, CellId, Place
from anhvm.chain.lazy.inclusion import Contract, plan_of
from anhvm.chain.lazy.plan import Plan
from anhvm.chain.node import Chain
from anhvm.chain.transaction import Deploy, Transaction, open_payload
from anhvm.errors import Bug, Refused
from anhvm.program.encode import decode
from anhvm.program.model import Program
from anhvm.verifier import verify

_BUCKET = "index"
_DONE = b"index"
_INDEX_BITS = 16


class Fate(IntEnum):
    """Whether a transaction can have effects at all."""

    INERT = 0  # a transfer or a publication: the ledger has done everything
    RUNS = 1  # a call or a deployment: its meaning is its execution
    STILLBORN = 2  # paid, but its bytes show that it has no effects


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """What a transaction is; `code` and `reason` say why it is stillborn."""

    fate: Fate
    code: str = ""
    reason: str = ""

    @property
    def runs(self) -> bool:
        return self.fate == Fate.RUNS


class Index:
    """The index of `chain`; every question first takes over the blocks that are new."""

    def __init__(self, chain: Chain, catalogue: Catalogue) -> None:
        self._chain = chain
        self._catalogue = catalogue
        self._blocks = lru_cache(maxsize=4)(self._read_block)
        self._programs: dict[bytes, Program] = {}
        self._fresh: dict[bytes, Contract] = {}  # deployed in the block that is being entered

    @property
    def end(self) -> int:
        """The position after the last transaction."""
        return self._chain.height + 1 << _INDEX_BITS

    def position(self, transaction: bytes) -> int | None:
        """Where the transaction with this id stands, None if no block holds it."""
        place = self._catalogue.place(transaction)
        if place is None:
            return None
        height, index = place
        return height << _INDEX_BITS | index

    def entry(self, position: int) -> Entry:
        """What the transaction at `position` is."""
        data = self._chain.derived.get(_BUCKET, b"t" + _eight(position))
        if data is None:
            raise Bug(f"no transaction at position {position}")
        return msgspec.msgpack.decode(data, type=Entry)

    def transaction(self, position: int) -> Transaction:
        block = self._blocks(position >> _INDEX_BITS)
        return block.transactions[position & (1 << _INDEX_BITS) - 1]

    def sent_by(self, sender: bytes) -> Iterator[int]:
        """Positions of the calls and deployments of an account, in order."""
        with self._chain.derived.view() as view:
            for key, _ in view.items(_BUCKET, b"s" + sender):
                yield int.from_bytes(key[-8:], "big")

    def plan(self, position: int) -> Plan:
        """What the transaction at `position` would run.  CannotAnswer if its payload is gone."""
        block = self._blocks(position >> _INDEX_BITS)
        transaction = self.transaction(position)
        payload = self._chain.payload(transaction)
        plan = plan_of(transaction, payload, block.header, position, self)
        if plan is None:
            raise Bug(f"the transaction at position {position} runs nothing")
        return plan

    def last_writer(self, cell: CellId, before: int) -> int | None:
        """The latest position below `before` that may have written `cell`."""
        return next(self.writers(cell, before), None)

    def writers(self, place: Place, below: int) -> Iterator[int]:
        """Positions below `below` that may have written `place`, the latest first."""
        prefix = b"t" if place == EVERYWHERE else _writer_key(place)
        while True:
            # A reading transaction of the store must not stay open while runs go on.
            with self._chain.derived.view() as view:
                found = view.last_below(_BUCKET, prefix, prefix + _eight(below))
            if found is None:
                return
            below = int.from_bytes(found[-8:], "big")
            if place != EVERYWHERE or self.entry(below).runs:
                yield below

    def contract(self, target: bytes) -> Contract | None:
        """The contract at an address, None if none was deployed there."""
        if target in self._fresh:
            return self._fresh[target]
        data = self._chain.derived.get(_BUCKET, b"c" + target)
        return None if data is None else msgspec.msgpack.decode(data, type=Contract)

    def container(self, code: bytes) -> bytes:
        """The bytes of the program with this digest."""
        data = self._chain.derived.get(_BUCKET, b"p" + code)
        if data is None:
            raise Bug(f"no program has the digest {code.hex()}")
        return data

    def program(self, code: bytes) -> Program:
        if code not in self._programs:
            self._programs[code] = decode(self.container(code))
        return self._programs[code]

    def verified(self, container: bytes) -> Program:
        program = decode(container)
        verify(program)
        return program

    def blob_length(self, name: bytes, position: int) -> int | None:
        at = catalogue.Place(position >> _INDEX_BITS, position & (1 << _INDEX_BITS) - 1)
        if not self._catalogue.is_known(name, at):
            return None
        blob = self._catalogue.blob(name)
        return blob.length if blob else None

    def catch_up(self) -> None:
        """Walk the blocks that are new.  CannotAnswer where a payload is missing."""
        self._chain.refresh()
        self._catalogue.catch_up()
        done = self._chain.derived.get("meta", _DONE)
        for block in self._chain.blocks(int.from_bytes(done or b"", "big") + 1):
            rows = dict(self._rows(block))
            with self._chain.derived.batch() as batch:
                for key, value in rows.items():
                    batch.put(_BUCKET, key, value)
                batch.put("meta", _DONE, _eight(block.height))
            self._fresh.clear()

    def _rows(self, block: Block) -> Iterator[tuple[bytes, bytes]]:
        for index, transaction in enumerate(block.transactions):
            position = block.height << _INDEX_BITS | index
            payload = self._chain.payload(transaction)
            try:
                plan = plan_of(transaction, payload, block.header, position, self)
            except Refused as fault:
                entry = Entry(Fate.STILLBORN, fault.code, fault.message)
                yield b"t" + _eight(position), msgspec.msgpack.encode(entry)
                continue
            entry = Entry(Fate.RUNS if plan else Fate.INERT)
            yield b"t" + _eight(position), msgspec.msgpack.encode(entry)
            if plan is None:
                continue
            yield b"s" + transaction.envelope.sender + _eight(position), b""
            if plan.deploys:
                contract = Contract(plan.code, position)
                self._fresh[plan.contract] = contract
                self._programs[plan.code] = plan.program
                yield b"c" + plan.contract, msgspec.msgpack.encode(contract)
                opened = open_payload(transaction.envelope, payload)
                assert isinstance(opened, Deploy)
                yield b"p" + plan.code, opened.program
            for place in plan.writes:
                yield _writer_key(place) + _eight(position), b""
                if isinstance(place, CellId):
                    field = AnyCell(place.contract, place.field)
                    yield _writer_key(field) + _eight(position), b""

    def _read_block(self, height: int) -> Block:
        block = self._chain.block(height)
        if block is None:
            raise Bug(f"no block at height {height}")
        return block


def _writer_key(place: Place) -> bytes:
    head = place.contract + place.field.to_bytes(4, "big")
    if isinstance(place, AnyCell):
        return b"f" + head
    return b"w" + head + digest(Use.CACHE, place.path)


def _eight(number: int) -> bytes:
    return number.to_bytes(8, "big")
