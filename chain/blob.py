"""Blobs: bytes published chunk by chunk, each with its proof.

The digest of a blob commits to its length and to an RFC 6962 tree over chunks of 64 KiB, so a chunk
can be checked the moment it arrives, whoever sends it and in whatever order.
"""

from __future__ import annotations

from collections.abc import Sequence

from anhvm.chain import merkle
from anhvm.chain.hashing import Use, digest, hasher
from anhvm.chain.transaction import Publish

CHUNK_BYTES = 1 << 16
MAX_BYTES = 1 << 40

_HASH = hasher(Use.CHUNK)


def chunk_count(length: int) -> int:
    """Chunks of a blob; the empty blob has one, so that it can be published too."""
    return max(1, -(-length // CHUNK_BYTES))


def chunks(data: bytes) -> list[bytes]:
    return [data[at * CHUNK_BYTES : (at + 1) * CHUNK_BYTES] for at in range(chunk_count(len(data)))]


def blob_digest(data: bytes) -> bytes:
    """The 32 bytes that name `data`."""
    return _seal(len(data), merkle.root(chunks(data), _HASH))


def publications(data: bytes) -> list[Publish]:
    """The Publish payloads that carry `data`, in order.  ValueError above 2**40 bytes."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"a blob has at most {MAX_BYTES} bytes")
    parts = chunks(data)
    paths = merkle.proofs(parts, range(len(parts)), _HASH)
    name = blob_digest(data)
    return [
        Publish(name, len(data), at, part, path)
        for at, (part, path) in enumerate(zip(parts, paths, strict=True))
    ]


def is_part(piece: Publish) -> bool:
    """Whether the chunk is shown to be the one of its blob that it says it is."""
    count = chunk_count(piece.length)
    if piece.length > MAX_BYTES or piece.index >= count:
        return False
    whole = piece.index < count - 1
    expected = CHUNK_BYTES if whole else piece.length - (count - 1) * CHUNK_BYTES
    if len(piece.chunk) != expected:
        return False
    root = merkle.root_of_proof(piece.chunk, piece.index, count, piece.proof, _HASH)
    return root is not None and _seal(piece.length, root) == piece.blob


def assemble(name: bytes, pieces: Sequence[Publish]) -> bytes:
    """The bytes of the blob `name`, of all its chunks in order.  ValueError if they are not."""
    data = b"".join(piece.chunk for piece in pieces)
    if blob_digest(data) != name:
        raise ValueError("these chunks are not the whole blob")
    return data


def _seal(length: int, root: bytes) -> bytes:
    return digest(Use.BLOB, length.to_bytes(8, "little"), root)
