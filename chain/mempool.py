"""Transactions that wait for a block, kept on the disk between commands.

What waits has passed every check of validity on a draft of the next block, so a sender hears of a
fault when sending.  `select` fills a block from it in the order of arrival.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from anhvm.chain import money
from anhvm.chain.ledger import Draft, Ledger
from anhvm.chain.store import Store
from anhvm.chain.transaction import Transaction, check_payload, decode_transaction
from anhvm.chain.validity import Limits, admit, check_signatures
from anhvm.errors import Refused


class Rejected(NamedTuple):
    """A waiting transaction that time or another one has made invalid."""

    transaction: Transaction
    reason: Refused


class Selection(NamedTuple):
    """The next block's transactions, its draft without reward and fees, and who is out of it."""

    draft: Draft
    transactions: tuple[Transaction, ...]
    rejected: tuple[Rejected, ...]
    done: tuple[int, ...]


class Mempool:
    def __init__(self, store: Store, chain_id: bytes) -> None:
        self._store = store
        self._chain_id = chain_id
        self._draft: Draft | None = None
        self._seen = 0

    def add(self, ledger: Ledger, items: Sequence[tuple[Transaction, bytes]]) -> None:
        """Check and keep transactions with their payloads: all of them, durably, or none.

        Refused ``transaction.*``, ``payload.other``.
        """
        draft = self.draft(ledger)
        try:
            for transaction, payload in items:
                check_payload(transaction.envelope, payload)
                admit(draft, transaction, self._chain_id)
            check_signatures(transaction for transaction, _ in items)
        except Refused:
            self.forget()
            raise
        first, last = self._store.add_pending(
            [transaction.wire for transaction, _ in items],
            {transaction.envelope.payload_digest: payload for transaction, payload in items},
        )
        if first == self._seen:
            self._seen = last
        else:  # another process came between: the order on the disk is what counts
            self.forget()

    def draft(self, ledger: Ledger) -> Draft:
        """The next block as far as it waits; also what a sender's next nonce is taken from."""
        stale = self._draft is None or self._draft.base is not ledger
        if self._draft is None or stale or self._draft.height != ledger.height + 1:
            self._draft = Draft(ledger)
            self._seen = 0
            money.begin(self._draft)
        waiting, self._seen = self._store.pending_after(self._seen)
        for data in waiting:
            try:
                admit(self._draft, decode_transaction(data), self._chain_id)
            except Refused:
                continue  # `select` will report it
        return self._draft

    def forget(self) -> None:
        """Build the draft anew when it is next asked for."""
        self._draft = None

    def select(self, ledger: Ledger) -> Selection:
        """Fill a block: in the order of arrival, up to the caps; what is refused is out."""
        draft, limits = Draft(ledger), Limits(ledger.parameters)
        money.begin(draft)
        chosen: list[Transaction] = []
        rejected: list[Rejected] = []
        done: list[int] = []
        for number, data in self._store.pending():
            transaction = decode_transaction(data)
            if not limits.room_for(transaction):
                break
            try:
                admit(draft, transaction, self._chain_id)
            except Refused as reason:
                rejected.append(Rejected(transaction, reason))
            else:
                limits.count(transaction)
                chosen.append(transaction)
            done.append(number)
        return Selection(draft, tuple(chosen), tuple(rejected), tuple(done))

    def numbers_of(self, included: set[bytes]) -> tuple[int, ...]:
        """The numbers of waiting transactions whose ids are in `included`."""
        pending = self._store.pending()
        return tuple(number for number, data in pending if decode_transaction(data).id in included)

    def transactions(self) -> list[Transaction]:
        return [decode_transaction(data) for _, data in self._store.pending()]
