"""`Chain`: one folder, one ledger, blocks in and out.  Nothing here executes anything.

A chain folder may be used by several processes one after the other, or at once: each call first
takes over what others have committed.
"""

from __future__ import annotations

import shutil
import time as clock
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from anhvm.chain import genesis as genesis_
from anhvm.chain import money, snapshot
from anhvm.chain.block import (
    CURRENT,
    VERSION,
    Block,
    Header,
    SignedHeader,
    decode_block,
    transactions_root,
)
from anhvm.chain.genesis import Genesis
from anhvm.chain.keys import Key
from anhvm.chain.ledger import Draft, Ledger
from anhvm.chain.mempool import Mempool, Rejected
from anhvm.chain.ordering import Equivocation, Evidence, Ordering, RoundRobin
from anhvm.chain.store import Derived, Store
from anhvm.chain.store.blocks import REPAIR
from anhvm.chain.transaction import Transaction, payload_digest
from anhvm.chain.validity import draft_block, replay
from anhvm.errors import Bug, CannotAnswer, ChainError, Refused

_DERIVED = "derived"
_EVIDENCE = b"evidence"
_SNAPSHOT_BLOCKS = 256


class Produced(NamedTuple):
    """A new block, the waiting transactions that it found invalid, and how many still wait."""

    block: Block
    rejected: tuple[Rejected, ...]
    waiting: int


@dataclass(frozen=True)
class Status:
    """What `anhvm chain status` shows; amounts in the smallest unit, `time` in ms since 1970."""

    name: str
    chain_id: bytes
    height: int
    head: bytes
    time: int
    waiting: int
    accounts: int
    issued: int
    burned: int
    next_proposer: bytes


class Chain:
    """An open chain folder.  Use it as a context manager, or call `close`."""

    def __init__(self, folder: Path, store: Store, genesis: Genesis) -> None:
        self.folder = folder
        self.store = store
        self.genesis = genesis
        self.chain_id = genesis.chain_id
        self.ordering: Ordering = RoundRobin(genesis.proposers)
        self._mempool = Mempool(store, self.chain_id)
        with ExitStack() as stack:
            stack.callback(store.close)
            self.derived = Derived(folder / _DERIVED)
            stack.callback(self.derived.close)
            self.ledger, self.head = snapshot.load(self.derived, self.block, genesis)
            self._snapshot_height = self.ledger.height
            self.refresh()
            self._closing = stack.pop_all()

    @classmethod
    def create(cls, folder: Path, genesis: Genesis) -> Chain:
        """A new chain in `folder`.  ChainError ``store.exists``, ``store.disk``; Refused
        ``genesis.*``."""
        data = genesis_.encode(genesis)
        genesis = genesis_.decode(data)
        return cls(folder, Store.create(folder, data), genesis)

    @classmethod
    def open(cls, folder: Path, *, fresh: bool = False) -> Chain:
        """The chain in `folder`.  ChainError ``store.missing``, ``.version``, ``.corrupt``.

        With `fresh`, all that is derived is dropped first and built again as it is asked for.
        """
        store = Store(folder)
        if fresh:
            shutil.rmtree(folder / _DERIVED, ignore_errors=True)
        data = store.meta(b"genesis")
        if data is None:
            store.close()
            message = f"the chain in '{folder}' has no genesis"
            raise ChainError("store.corrupt", message, REPAIR)
        return cls(folder, store, genesis_.decode(data))

    def close(self) -> None:
        with self._closing:
            if self.ledger.height > self._snapshot_height:
                self._snapshot()

    def __enter__(self) -> Chain:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Reading

    @property
    def height(self) -> int:
        return self.ledger.height

    def block(self, height: int) -> Block | None:
        """The block at `height` (1 is the first), or None.  ChainError ``store.corrupt``."""
        data = self.store.block(height)
        return None if data is None else self._trusted(data)

    def blocks(self, first: int = 1) -> Iterator[Block]:
        """The blocks from `first` on, in order."""
        return map(self._trusted, self.store.blocks(first))

    def payload(self, transaction: Transaction) -> bytes:
        """The payload's bytes.  CannotAnswer ``chain.payload`` if it was pruned or never came."""
        data = self.store.payload(transaction.envelope.payload_digest)
        if data is None:
            message = f"the payload of transaction {transaction.id.hex()} is not here"
            raise CannotAnswer("chain.payload", message, "fetch it from another node")
        return data

    def pending(self) -> list[Transaction]:
        """What waits for a block, in the order of arrival."""
        return self._mempool.transactions()

    def next_nonce(self, account: bytes) -> int:
        """The nonce for the account's next transaction, after those that wait."""
        self.refresh()
        return self._mempool.draft(self.ledger).nonce(account)

    def status(self) -> Status:
        self.refresh()
        return Status(
            name=self.genesis.name,
            chain_id=self.chain_id,
            height=self.height,
            head=self.head.digest if self.head else self.chain_id,
            time=self.head.time if self.head else self.genesis.time,
            waiting=len(self.store.pending()),
            accounts=len(self.ledger.accounts()),
            issued=self.ledger.issued,
            burned=self.ledger.burned,
            next_proposer=self.ordering.proposer(self.height + 1),
        )

    # Writing

    def submit(self, transaction: Transaction, payload: bytes) -> bytes:
        """Let one transaction wait for a block; returns its id.  See `submit_many`."""
        return self.submit_many([(transaction, payload)])[0]

    def submit_many(self, items: Sequence[tuple[Transaction, bytes]]) -> list[bytes]:
        """Let transactions wait, each with its payload: all or none, in one durable commit.

        Refused ``transaction.*``, ``payload.other``; ChainError ``store.*``.
        """
        self.refresh()
        self._mempool.add(self.ledger, items)
        return [transaction.id for transaction, _ in items]

    def produce(self, key: Key, time: int | None = None) -> Produced:
        """Make the next block of what waits, commit it durably, and return it.

        `time` is in milliseconds since 1970; without it, now.  Refused ``block.proposer`` if it is
        not the key's turn; ChainError ``chain.busy``, ``chain.equivocation``, ``store.*``.
        """
        self.refresh()
        self._check_not_halted()
        selection = self._mempool.select(self.ledger)
        parent = self.head
        earliest = (parent.time if parent else self.genesis.time) + 1
        header = Header(
            version=VERSION,
            chain=self.chain_id,
            height=self.height + 1,
            parent=parent.digest if parent else self.chain_id,
            proposer=key.address,
            time=max(earliest, clock.time_ns() // 1_000_000) if time is None else time,
            transactions_root=transactions_root(selection.transactions),
            versions=CURRENT,
        )
        if header.time < earliest:
            message = f"the time {header.time} is not after the last block's, {earliest - 1}"
            raise Refused("block.time", message, f"give a time of at least {earliest}")
        block = Block(header, key.sign(header.message), selection.transactions)
        self.ordering.check(block.header, block.signature)
        money.finish(selection.draft, key.address)
        self._commit(block, selection.draft, {}, selection.done)
        return Produced(block, selection.rejected, len(self.store.pending()))

    def produce_all(self, key: Key) -> Iterator[Produced]:
        """Blocks of everything that waits, at least one, as they are made.  See `produce`."""
        while True:
            made = self.produce(key)
            yield made
            if not made.waiting or not made.block.transactions:
                return

    def follow(self, block: Block, payloads: Mapping[bytes, bytes] | None = None) -> bool:
        """Check and commit a block made elsewhere; False if it was here already.

        `payloads` (by digest) may be incomplete.  Refused ``block.*``, ``transaction.*``,
        ``payload.other``; `Equivocation` if its proposer signed another one for its height.
        """
        self.refresh()
        self._check_not_halted()
        if 1 <= block.height <= self.height:
            return self._compare(block)
        wanted = {transaction.envelope.payload_digest for transaction in block.transactions}
        for name, data in (payloads or {}).items():
            if name not in wanted or payload_digest(data) != name:
                message = "a payload is not of this block"
                raise Refused("payload.other", message, "fetch the payloads again")
        draft = draft_block(self.ledger, self.head, block, self.ordering, self.genesis)
        included = {transaction.id for transaction in block.transactions}
        self._commit(block, draft, payloads or {}, self._mempool.numbers_of(included))
        return True

    def add_payloads(self, payloads: Iterable[bytes]) -> None:
        """Keep payloads that were fetched again; each is found by its own digest."""
        self.store.add_payloads({payload_digest(data): data for data in payloads})

    def verify(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Check every block and signature again, from genesis; returns the height.

        `progress` is called with (done, total).  ChainError ``chain.invalid`` at the first fault.
        """
        ledger, parent, total = Ledger.at_genesis(self.genesis), None, self.store.height()
        for block in self.blocks():
            try:
                draft = draft_block(ledger, parent, block, self.ordering, self.genesis)
            except Refused as fault:
                raise self._invalid(block.height, fault) from fault
            ledger.accept(draft)
            parent = block.header
            if progress:
                progress(ledger.height, total)
        return ledger.height

    def refresh(self) -> None:
        """Take over the blocks that other processes have committed."""
        for block in self.blocks(self.height + 1):
            try:
                draft = replay(self.ledger, block, self.chain_id)
            except Refused as fault:
                raise self._invalid(block.height, fault) from fault
            self._accept(block, draft)

    def _commit(
        self, block: Block, draft: Draft, payloads: Mapping[bytes, bytes], done: Sequence[int]
    ) -> None:
        self.store.append(block.height, block.wire, payloads, done)
        self._accept(block, draft)

    def _accept(self, block: Block, draft: Draft) -> None:
        self.ledger.accept(draft)
        self.head = block.header
        self._mempool.forget()
        if self.height - self._snapshot_height >= _SNAPSHOT_BLOCKS:
            self._snapshot()

    def _snapshot(self) -> None:
        if self.head:
            snapshot.save(self.derived, self.ledger, self.head)
            self._snapshot_height = self.height

    def _compare(self, block: Block) -> bool:
        """False if `block` is ours; otherwise keep the evidence, if it is one, and stop."""
        ours = self.block(block.height)
        if ours is None:
            raise Bug(f"block {block.height} is missing below height {self.height}")
        if ours.digest == block.digest:
            return False
        evidence = Evidence(ours.signed_header, block.signed_header)
        if evidence.holds():
            pair = (evidence.first, evidence.second)
            self.store.put_meta(_EVIDENCE, msgspec.msgpack.encode(pair))
            raise Equivocation(evidence)
        message = f"height {block.height} has its block already, and this is another one"
        raise Refused("block.replace", message, "an accepted block is never replaced")

    def _check_not_halted(self) -> None:
        data = self.store.meta(_EVIDENCE)
        if data is not None:
            pair = msgspec.msgpack.decode(data, type=tuple[SignedHeader, SignedHeader])
            raise Equivocation(Evidence(*pair))

    def _trusted(self, data: bytes) -> Block:
        try:
            return decode_block(data)
        except Refused as fault:
            message = f"a block in '{self.folder}' cannot be read: {fault.message}"
            raise ChainError("store.corrupt", message, REPAIR) from fault

    def _invalid(self, height: int, fault: Refused) -> ChainError:
        message = f"block {height} in '{self.folder}' is not valid: {fault.message}"
        return ChainError("chain.invalid", message, REPAIR)
