"""BLAKE3 with one derive-key context per use.

Two digests made for different uses can never be confused, because each use hashes under its own
context string.  A part that is followed by another must have a fixed length: parts are
concatenated as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from blake3 import blake3

DIGEST_BYTES = 32


class Use(Enum):
    """Every use of the hash on the chain; the value is the BLAKE3 context string."""

    GENESIS = "anhvm chain v1 genesis"
    TRANSACTION = "anhvm chain v1 transaction id"
    PAYLOAD = "anhvm chain v1 payload"
    HEADER = "anhvm chain v1 block header"
    TRANSACTIONS = "anhvm chain v1 transactions root"
    CONTRACT = "anhvm chain v1 contract address"
    BLOB = "anhvm chain v1 blob"
    CHUNK = "anhvm chain v1 blob chunks"
    TENSOR = "anhvm chain v1 tensor"
    TILE = "anhvm chain v1 tensor tiles"
    VALUE = "anhvm chain v1 value"
    RECEIPT = "anhvm chain v1 receipt"
    CACHE = "anhvm chain v1 receipt cache key"
    RECORD = "anhvm store v1 record checksum"
    FILE = "anhvm store v1 content address"


# Deriving the key from its context costs as much as hashing a small message, so it is done once.
_KEYED: dict[Use, Any] = {use: blake3(derive_key_context=use.value) for use in Use}


def digest(use: Use, *parts: bytes) -> bytes:
    """The 32-byte BLAKE3 digest of the concatenated `parts` under the context of `use`."""
    hasher = _KEYED[use].copy()
    for part in parts:
        hasher.update(part)
    result: bytes = hasher.digest()
    return result


def hasher(use: Use) -> Callable[[bytes], bytes]:
    """`digest` for one use, as a function of one argument (what the Merkle tree takes)."""
    return lambda data: digest(use, data)
