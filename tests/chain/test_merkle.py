"""The tree against the RFC's published roots and against its recursive definition."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.chain import merkle
from anhvm.chain.hashing import Use, digest, hasher


def sha(data: bytes) -> bytes:
    return sha256(data).digest()


def slow_root(leaves: list[bytes]) -> bytes:
    """Section 2.1 of RFC 6962, word by word."""
    if not leaves:
        return sha(b"")
    if len(leaves) == 1:
        return sha(b"\x00" + leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha(b"\x01" + slow_root(leaves[:k]) + slow_root(leaves[k:]))


def slow_path(index: int, leaves: list[bytes]) -> list[bytes]:
    """Section 2.1.1 of RFC 6962, word by word."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if index < k:
        return [*slow_path(index, leaves[:k]), slow_root(leaves[k:])]
    return [*slow_path(index - k, leaves[k:]), slow_root(leaves[:k])]


# The leaves and SHA-256 roots of the reference implementation of Certificate Transparency.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize("count", ROOTS)
def test_published_roots(count: int) -> None:
    assert merkle.root(LEAVES[:count], sha).hex() == ROOTS[count]


@given(st.lists(st.binary(max_size=5), max_size=40))
def test_equals_the_recursive_definition(leaves: list[bytes]) -> None:
    assert merkle.root(leaves, sha) == slow_root(leaves)
    for index in range(len(leaves)):
        path = merkle.proof(leaves, index, sha)
        assert list(path) == slow_path(index, leaves)
        assert merkle.verify(slow_root(leaves), leaves[index], index, len(leaves), path, sha)


@given(st.data(), st.integers(1, 33))
def test_a_changed_proof_shows_nothing(data: st.DataObject, count: int) -> None:
    leaves = [bytes([number]) for number in range(count)]
    index = data.draw(st.integers(0, count - 1))
    root, path = merkle.root(leaves, sha), list(merkle.proof(leaves, index, sha))
    other = data.draw(st.integers(-1, count + 1).filter(lambda at: at != index))
    assert not merkle.verify(root, leaves[index], other, count, path, sha)
    assert not merkle.verify(root, b"other", index, count, path, sha)
    assert not merkle.verify(root, leaves[index], index, count, [*path, sha(b"")], sha)
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        assert not merkle.verify(root, leaves[index], index, count, path[:-1], sha)
        path[at] = sha(path[at])
        assert not merkle.verify(root, leaves[index], index, count, path, sha)


def test_a_node_is_no_leaf() -> None:
    left, right = sha(b"\x00a"), sha(b"\x00b")
    root = merkle.root([b"a", b"b"], sha)
    assert not merkle.verify(root, left + right, 0, 1, (), sha)


def test_no_such_leaf() -> None:
    for index in (-1, 2):
        with pytest.raises(IndexError):
            merkle.proof([b"a", b"b"], index, sha)


def test_uses_never_share_a_digest() -> None:
    assert len({use.value for use in Use}) == len(Use)
    assert len({digest(use, b"same") for use in Use}) == len(Use)
    assert hasher(Use.BLOB)(b"ab") == digest(Use.BLOB, b"a", b"b")
