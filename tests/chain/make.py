"""Keys, genesis and transactions for the tests of the chain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from anhvm.chain import genesis
from anhvm.chain.genesis import Genesis
from anhvm.chain.keys import Key
from anhvm.chain.node import Chain
from anhvm.chain.parameters import Parameters
from anhvm.chain.transaction import Envelope, Payload, Transaction, Transfer, envelope_for

KEYS = [Key(bytes([number]) * 32) for number in range(1, 9)]
PROPOSER, ALICE, BOB, *OTHERS = KEYS
FUNDS = 10**15
TIME = 1_700_000_000_000


def make_genesis(parameters: Parameters | None = None, proposers: int = 1) -> Genesis:
    balances = {key.address: FUNDS for key in KEYS}
    named = tuple(key.address for key in KEYS[:proposers])
    return genesis.make("test", TIME, named, balances, parameters)


def make_chain(folder: Path, parameters: Parameters | None = None, proposers: int = 1) -> Chain:
    return Chain.create(folder, make_genesis(parameters, proposers))


def signed(
    chain_id: bytes, key: Key, nonce: int, payload: Payload | None = None, **fields: Any
) -> tuple[Transaction, bytes]:
    """A transaction of `key` and its payload; by default a transfer of 1 to Bob."""
    if payload is None:
        payload = Transfer()
        fields = {"target": BOB.address, "value": 1} | fields
    fields = {"expiry": 100} | fields
    envelope, data = envelope_for(
        payload, chain=chain_id, sender=key.address, nonce=nonce, **fields
    )
    return Transaction(envelope, key.sign(envelope.message)), data


def resigned(transaction: Transaction, key: Key, **changes: Any) -> Transaction:
    """The transaction with fields changed after all checks of the builder, signed again."""
    fields = {
        name: getattr(transaction.envelope, name) for name in Envelope.__struct_fields__
    } | changes
    envelope = Envelope(**fields)
    return Transaction(envelope, key.sign(envelope.message))
