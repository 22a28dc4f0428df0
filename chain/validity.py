"""Validity: what makes a transaction or a block acceptable, from envelopes and ledger alone.

Cheap checks come first: form, then nonce, expiry and funds on a draft of the ledger, and signatures
last, all together.  One bad envelope refuses the block.  What only a payload can show is no part
of this: such a transaction is included, paid, and stillborn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from anhvm.chain import address, keys, money
from anhvm.chain.block import CURRENT, VERSION, Block, Header, Versions, transactions_root
from anhvm.chain.genesis import Genesis
from anhvm.chain.ledger import Draft, Ledger
from anhvm.chain.ordering import Ordering
from anhvm.chain.parameters import Parameters
from anhvm.chain.transaction import PAYLOAD_BYTES, Envelope, Kind, Transaction
from anhvm.chain.transaction import VERSION as ENVELOPE_VERSION
from anhvm.errors import Refused

_KINDS = frozenset(Kind)
_GASLESS = frozenset({Kind.TRANSFER, Kind.PUBLISH})


def check_form(envelope: Envelope, chain_id: bytes, parameters: Parameters) -> None:
    """What an envelope shows by itself.  Refused ``transaction.*``."""
    if envelope.version != ENVELOPE_VERSION:
        raise _refuse("version", f"version {envelope.version} is unknown", "update the tools")
    if envelope.kind not in _KINDS:
        raise _refuse("kind", f"kind {envelope.kind} is unknown", "update the tools")
    if envelope.chain != chain_id:
        raise _refuse("chain", "it was signed for another chain", "sign it for this chain")
    if not address.is_account(envelope.sender):
        raise _refuse("sender", "its sender is not an account", "send from an account")
    _check_target(envelope)
    if envelope.payload_length > PAYLOAD_BYTES:
        raise _refuse("payload", "its payload is above 1 MiB", "publish large data as blobs")
    if envelope.kind in _GASLESS and (envelope.gas_limit or envelope.gas_price):
        raise _refuse("gas", "a Transfer or Publish carries no gas", "set gas limit and price to 0")
    if envelope.gas_limit > parameters.gas_per_transaction:
        most = parameters.gas_per_transaction
        raise _refuse("gas", f"its gas limit is above {most}", f"use at most {most}")
    _check_listed(envelope)


def _check_target(envelope: Envelope) -> None:
    target = envelope.target
    if envelope.kind == Kind.TRANSFER and not address.is_account(target):
        raise _refuse("target", "a Transfer goes to an account", "use a Call to pay a contract")
    if envelope.kind == Kind.CALL and not address.is_contract(target):
        raise _refuse("target", "a Call goes to a contract", "use a Transfer to pay an account")
    if envelope.kind in (Kind.DEPLOY, Kind.PUBLISH) and target:
        raise _refuse("target", "a Deploy or Publish has no target", "leave the target empty")
    if envelope.kind == Kind.PUBLISH and envelope.value:
        raise _refuse("value", "a Publish moves no value", "set the value to 0")


def _check_listed(envelope: Envelope) -> None:
    places = [(cell.contract, cell.field, cell.path) for cell in envelope.cells]
    if envelope.kind in _GASLESS and (places or envelope.blobs):
        raise _refuse("listed", "a Transfer or Publish lists nothing", "list no cells and blobs")
    if not (_increasing(places) and _increasing(envelope.blobs)):
        raise _refuse("listed", "its lists are not increasing", "sort them, each entry once")
    if not all(address.is_contract(contract) for contract, _, _ in places):
        raise _refuse("listed", "a listed cell is of no contract", "list cells of contracts")


def _increasing(items: Sequence[Any]) -> bool:
    return all(one < two for one, two in pairwise(items))


def check_place(draft: Draft, envelope: Envelope) -> None:
    """Nonce and expiry at the draft's height.  Refused ``transaction.nonce`` / ``.expiry``."""
    expected = draft.nonce(envelope.sender)
    if envelope.nonce != expected:
        message = f"its nonce is {envelope.nonce}, the next one is {expected}"
        raise _refuse("nonce", message, f"sign it again with nonce {expected}")
    if envelope.expiry < draft.height:
        message = f"it expired at height {envelope.expiry}, this is {draft.height}"
        raise _refuse("expiry", message, "sign it again with a later expiry")
    last = draft.height + draft.parameters.expiry_blocks
    if envelope.expiry > last:
        message = f"its expiry {envelope.expiry} is more than {last - draft.height} blocks ahead"
        raise _refuse("expiry", message, f"use an expiry of at most {last}")


def admit(draft: Draft, transaction: Transaction, chain_id: bytes) -> None:
    """All checks but the signature, then the charges.  Refused with the draft unchanged."""
    check_form(transaction.envelope, chain_id, draft.parameters)
    check_place(draft, transaction.envelope)
    money.include(draft, transaction)


def check_signatures(transactions: Iterable[Transaction]) -> None:
    """Refused ``transaction.signature`` at the first one that its sender did not sign."""
    for transaction in transactions:
        envelope = transaction.envelope
        if not keys.verify(envelope.sender[1:], envelope.message, transaction.signature):
            message = f"the signature is not that of {address.show(envelope.sender)}"
            raise _refuse("signature", message, "sign it with the sender's key")


class Limits:
    """The caps of one block, counted as it fills."""

    def __init__(self, parameters: Parameters) -> None:
        self.parameters = parameters
        self.transactions = self.gas = self.bytes = 0

    def room_for(self, transaction: Transaction) -> bool:
        caps = self.parameters
        return (
            self.transactions < caps.block_transactions
            and self.gas + transaction.envelope.gas_limit <= caps.gas_per_block
            and self.bytes + transaction.size <= caps.block_bytes
        )

    def count(self, transaction: Transaction) -> None:
        self.transactions += 1
        self.gas += transaction.envelope.gas_limit
        self.bytes += transaction.size


def check_header(header: Header, parent: Header | None, genesis: Genesis) -> None:
    """Refused ``block.*`` unless `header` may follow `parent` (None: genesis itself)."""
    height, digest = (parent.height, parent.digest) if parent else (0, genesis.chain_id)
    latest = parent.time if parent else genesis.time
    oldest = parent.versions if parent else Versions()
    if header.version != VERSION:
        raise _bad_block("version", f"version {header.version} is unknown", "update the tools")
    if header.chain != genesis.chain_id:
        raise _bad_block("chain", "it is of another chain", "follow the chain of this folder")
    if (header.height, header.parent) != (height + 1, digest):
        message = f"block {header.height} does not follow block {height} of this folder"
        raise _bad_block("parent", message, "give the blocks in order, from one chain")
    if header.time <= latest:
        raise _bad_block("time", "its time is not after its parent's", "check the proposer's clock")
    if not oldest.up_to(header.versions) or not header.versions.up_to(CURRENT):
        message = f"it runs under versions {header.versions}, these tools know {CURRENT}"
        raise _bad_block("rules", message, "update the tools")


def draft_block(
    ledger: Ledger, parent: Header | None, block: Block, ordering: Ordering, genesis: Genesis
) -> Draft:
    """The ledger after `block`, as a draft.  Refused ``block.*`` or ``transaction.*``."""
    check_header(block.header, parent, genesis)
    ordering.check(block.header, block.signature)
    if transactions_root(block.transactions) != block.header.transactions_root:
        message = "its transactions are not those that its header commits to"
        raise _bad_block("root", message, "fetch the block again: it is damaged")
    draft = replay(ledger, block, genesis.chain_id)
    check_signatures(block.transactions)
    return draft


def replay(ledger: Ledger, block: Block, chain_id: bytes) -> Draft:
    """The money of a block whose header and signatures were checked before."""
    draft, limits = Draft(ledger), Limits(ledger.parameters)
    money.begin(draft)
    for transaction in block.transactions:
        if not limits.room_for(transaction):
            raise _bad_block("limits", "it is over a cap of the chain", "propose less at a time")
        limits.count(transaction)
        admit(draft, transaction, chain_id)
    money.finish(draft, block.header.proposer)
    return draft


def _refuse(code: str, message: str, hint: str) -> Refused:
    return Refused(f"transaction.{code}", f"the transaction is refused: {message}", hint)


def _bad_block(code: str, message: str, hint: str) -> Refused:
    return Refused(f"block.{code}", f"the block is refused: {message}", hint)
