"""Tensor digests over tiles, and blobs in chunks: a part is shown without the rest."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from anhvm.chain import blob, merkle
from anhvm.chain.hashing import Use, digest, hasher
from anhvm.chain.tensor_digest import TILE, show_tile, tensor_digest, verify_tile
from anhvm.chain.tensors import DType
from anhvm.chain.transaction import Publish

shapes = st.one_of(
    nps.array_shapes(min_dims=0, max_dims=6, min_side=0, max_side=3),
    st.tuples(st.integers(0, 3), st.integers(0, 40), st.integers(0, 70)),
)
tensors = shapes.flatmap(lambda shape: nps.arrays(np.int32, shape, elements=st.integers(-9, 9)))


def slow_digest(tensor: Any) -> bytes:
    """The definition, element by element."""
    last = tensor.shape[-1] if tensor.ndim else 1
    flat = [int(x) for x in tensor.ravel()]
    rows = int(np.prod(tensor.shape[:-1], dtype=int))
    tiles = []
    for top in range(0, rows, 32):
        for left in range(0, last, 32):
            tile = b""
            for row in range(top, min(top + 32, rows)):
                for column in range(left, min(left + 32, last)):
                    tile += flat[row * last + column].to_bytes(4, "little", signed=True)
            tiles.append(tile)
    head = bytes([DType.I32, tensor.ndim])
    for dim in tensor.shape:
        head += dim.to_bytes(8, "little")
    return digest(Use.TENSOR, head + merkle.root(tiles, hasher(Use.TILE)))


@given(tensors)
def test_tensor_digest_is_its_definition(tensor: Any) -> None:
    assert tensor_digest(tensor) == slow_digest(tensor)


@given(shapes.filter(np.prod), st.data())
def test_each_tile_is_shown_alone(shape: tuple[int, ...], data: st.DataObject) -> None:
    # Equal neighbours would rightly have the same proof, so all elements differ.
    tensor = np.arange(np.prod(shape), dtype=np.int32).reshape(shape)
    name = tensor_digest(tensor)
    matrix = tensor.reshape(-1, tensor.shape[-1]) if tensor.ndim else tensor.reshape(1, 1)
    across = -(-matrix.shape[1] // TILE)
    index = data.draw(st.integers(0, -(-matrix.shape[0] // TILE) * across - 1))
    row, column = index // across * TILE, index % across * TILE
    shown = show_tile(tensor, index)
    tile = verify_tile(name, shown)
    assert tile is not None
    assert (tile == matrix[row : row + TILE, column : column + TILE]).all()
    wrong = bytearray(shown.data)
    wrong[data.draw(st.integers(0, len(wrong) - 1))] ^= 1
    for changed in (
        msgspec.structs.replace(shown, data=bytes(wrong)),
        msgspec.structs.replace(shown, index=shown.index + 1),
        msgspec.structs.replace(shown, dims=(*shown.dims, 1)),
        msgspec.structs.replace(shown, dtype=int(DType.F32)),
        msgspec.structs.replace(shown, dtype=99),
        msgspec.structs.replace(shown, path=(*shown.path, bytes(32))),
        msgspec.structs.replace(shown, data=shown.data + bytes(4)),
    ):
        assert verify_tile(name, changed) is None


def test_nans_have_one_digest_and_zeros_two() -> None:
    def of(*words: int) -> bytes:
        return tensor_digest(np.array(words, np.uint32).view(np.float32))

    assert of(0x7FC00000, 1 << 31) == of(0xFF812345, 1 << 31)
    assert of(0) != of(1 << 31)
    assert len({tensor_digest(np.zeros(shape, np.int8)) for shape in ((2, 3), (3, 2), (6,))}) == 3
    assert tensor_digest(np.zeros(4, np.int8)) != tensor_digest(np.zeros(4, np.bool_))
    with pytest.raises(TypeError):
        tensor_digest(np.zeros(2))
    with pytest.raises(ValueError):
        tensor_digest(np.zeros((1,) * 7, np.int8))
    with pytest.raises(IndexError):
        show_tile(np.zeros((2, 2), np.int8), 1)


CHUNK = blob.CHUNK_BYTES
lengths = st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5 * CHUNK + 7])


@given(lengths, st.integers(0, 255), st.data())
def test_chunks_of_a_blob(length: int, fill: int, data: st.DataObject) -> None:
    # Equal neighbours would rightly have the same proof, so all chunks differ.
    content = (bytes([fill]) + np.arange(length // 4 + 1, dtype="<u4").tobytes())[:length]
    name = blob.blob_digest(content)
    pieces = blob.publications(content)
    assert len(pieces) == blob.chunk_count(length) and all(map(blob.is_part, pieces))
    assert blob.assemble(name, pieces) == content
    piece = data.draw(st.sampled_from(pieces))
    others = [
        msgspec.structs.replace(piece, index=piece.index + 1),
        msgspec.structs.replace(piece, length=piece.length + 1),
        msgspec.structs.replace(piece, length=piece.length + CHUNK),
        msgspec.structs.replace(piece, chunk=piece.chunk + b"\x00"),
        msgspec.structs.replace(piece, blob=bytes(32)),
        msgspec.structs.replace(piece, proof=(*piece.proof, bytes(32))),
        msgspec.structs.replace(piece, length=2**64 - 1),
    ]
    if piece.chunk:
        changed = bytes([piece.chunk[0] ^ 1]) + piece.chunk[1:]
        others.append(msgspec.structs.replace(piece, chunk=changed))
    assert not any(map(blob.is_part, others))
    if len(pieces) > 1:
        with pytest.raises(ValueError):
            blob.assemble(name, pieces[:-1])


def test_chunks_of_other_sizes_are_no_blob() -> None:
    """A tree over oddly cut chunks has a digest too; its chunks must not pass for parts."""
    parts = [b"a" * 10, b"b" * (CHUNK - 9)]
    hash_ = hasher(Use.CHUNK)
    root = merkle.root(parts, hash_)
    length = CHUNK + 1
    name = digest(Use.BLOB, length.to_bytes(8, "little"), root)
    for index, part in enumerate(parts):
        path = merkle.proof(parts, index, hash_)
        assert merkle.verify(root, part, index, 2, path, hash_)
        assert not blob.is_part(Publish(name, length, index, part, path))
