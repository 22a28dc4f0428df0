"""The RFC 6962 hash tree: root, inclusion proof, verification.

The hash is an argument, so that every use has its own context and the published vectors of the RFC
(which are for SHA-256) test the same code.  Leaves are hashed as ``hash(00 | leaf)`` and nodes as
``hash(01 | left | right)``, so a node can never be passed off as a leaf.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Hash = Callable[[bytes], bytes]


def _levels(leaves: Sequence[bytes], hash_: Hash) -> list[list[bytes]]:
    """All levels of the tree, leaves first; a node without a sibling is carried up as it is.

    Carrying the odd node up gives the RFC's split at the largest power of two below n.
    """
    level = [hash_(b"\x00" + leaf) for leaf in leaves]
    levels = [level]
    while len(level) > 1:
        pairs = zip(level[0::2], level[1::2], strict=False)
        above = [hash_(b"\x01" + left + right) for left, right in pairs]
        if len(level) % 2:
            above.append(level[-1])
        levels.append(above)
        level = above
    return levels


def root(leaves: Sequence[bytes], hash_: Hash) -> bytes:
    """The root over `leaves`; that of no leaves is ``hash(b"")``."""
    return _levels(leaves, hash_)[-1][0] if leaves else hash_(b"")


def proof(leaves: Sequence[bytes], index: int, hash_: Hash) -> tuple[bytes, ...]:
    """The siblings of leaf `index` from the bottom up.  IndexError outside [0, n)."""
    return proofs(leaves, [index], hash_)[0]


def proofs(leaves: Sequence[bytes], indices: Sequence[int], hash_: Hash) -> list[tuple[bytes, ...]]:
    """The proofs of several leaves, hashing the tree once.  IndexError outside [0, n)."""
    levels = _levels(leaves, hash_)
    result = []
    for index in indices:
        if not 0 <= index < len(leaves):
            raise IndexError(f"leaf {index} of {len(leaves)}")
        path = []
        for level in levels[:-1]:
            if index ^ 1 < len(level):
                path.append(level[index ^ 1])
            index >>= 1
        result.append(tuple(path))
    return result


def root_of_proof(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], hash_: Hash
) -> bytes | None:
    """The root that `path` leads to from leaf `index` of `size`, or None if its length is wrong."""
    if not 0 <= index < size:
        return None
    node, width, used = hash_(b"\x00" + leaf), size, 0
    while width > 1:
        if index ^ 1 < width:
            if used == len(path):
                return None
            pair = path[used] + node if index & 1 else node + path[used]
            node = hash_(b"\x01" + pair)
            used += 1
        index, width = index >> 1, (width + 1) >> 1
    return node if used == len(path) else None


def verify(
    root_: bytes, leaf: bytes, index: int, size: int, path: Sequence[bytes], hash_: Hash
) -> bool:
    """Whether `path` shows that `leaf` is number `index` of the `size` leaves under `root_`."""
    return root_of_proof(leaf, index, size, path, hash_) == root_
