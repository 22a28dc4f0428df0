"""Snapshots of the ledger, so that opening a folder need not follow it from genesis.

A snapshot is derived: one that is missing or does not belong to a block of the folder is ignored.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from anhvm.chain.block import Block, Header
from anhvm.chain.genesis import Genesis
from anhvm.chain.ledger import Ledger
from anhvm.chain.store import Derived
from anhvm.errors import ChainError

_KEY = b"snapshot v1"


class _Snapshot(msgspec.Struct, array_like=True):
    block: bytes
    ledger: Ledger


def save(derived: Derived, ledger: Ledger, head: Header) -> None:
    """Keep the ledger as it is after `head`."""
    data = msgspec.msgpack.encode(_Snapshot(head.digest, ledger))
    derived.put("ledger", _KEY, data)


def load(
    derived: Derived, block_at: Callable[[int], Block | None], genesis: Genesis
) -> tuple[Ledger, Header | None]:
    """The ledger of the last snapshot and its block's header, or those of genesis."""
    try:
        data = derived.get("ledger", _KEY)
        held = msgspec.msgpack.decode(data, type=_Snapshot) if data else None
    except (ChainError, msgspec.DecodeError):
        held = None
    if held:
        block = block_at(held.ledger.height)
        if block and block.digest == held.block:
            held.ledger.audit()
            return held.ledger, block.header
    return Ledger.at_genesis(genesis), None
