"""The digest of a tensor: dtype, shape, and an RFC 6962 tree over its 32x32 tiles.

The tensor is seen as (product of leading dimensions) x (last dimension) and cut into tiles row by
row; tiles at the edges are smaller.  A leaf is the tile's bytes, so one tile can be shown, and a
wrong element refuted, without the rest.  NaNs are normalised.
"""

from __future__ import annotations

from math import prod

import msgspec

from anhvm.chain import merkle
from anhvm.chain.hashing import Use, digest, hasher
from anhvm.chain.tensors import Array, DType, canonical, check_shape, from_bytes

TILE = 32

_HASH = hasher(Use.TILE)


class ShownTile(msgspec.Struct, frozen=True, array_like=True):
    """Tile `index` of a tensor of this dtype and shape, with the path to its root."""

    dtype: int
    dims: tuple[int, ...]
    index: int
    data: bytes
    path: tuple[bytes, ...]


def tensor_digest(tensor: Array) -> bytes:
    """The 32-byte digest of a tensor of any rank up to 6.  TypeError, ValueError if it is none."""
    check_shape(tensor.shape)
    root = merkle.root(_tiles(tensor), _HASH)
    return _seal(DType.of(tensor), tensor.shape, root)


def show_tile(tensor: Array, index: int) -> ShownTile:
    """Tile `index` (row-major over tiles) with its proof.  IndexError if there is none."""
    tiles = _tiles(tensor)
    path = merkle.proof(tiles, index, _HASH)
    return ShownTile(DType.of(tensor), tensor.shape, index, tiles[index], path)


def verify_tile(expected: bytes, shown: ShownTile) -> Array | None:
    """The tile (rank 2) if it is part of the tensor with digest `expected`, else None."""
    try:
        check_shape(shown.dims)
        extent = _extent(shown.dims, shown.index)
        tile = from_bytes(shown.dtype, extent, shown.data)
    except ValueError:
        return None
    count = prod(_grid(shown.dims))
    root = merkle.root_of_proof(shown.data, shown.index, count, shown.path, _HASH)
    if root is None or _seal(shown.dtype, shown.dims, root) != expected:
        return None
    return tile


def _tiles(tensor: Array) -> list[bytes]:
    matrix = canonical(tensor).reshape(_matrix(tensor.shape))
    rows, columns = matrix.shape
    return [
        matrix[row : row + TILE, column : column + TILE].tobytes()
        for row in range(0, rows, TILE)
        for column in range(0, columns, TILE)
    ]


def _matrix(dims: tuple[int, ...]) -> tuple[int, int]:
    return (prod(dims[:-1]), dims[-1]) if dims else (1, 1)


def _grid(dims: tuple[int, ...]) -> tuple[int, int]:
    rows, columns = _matrix(dims)
    return -(-rows // TILE), -(-columns // TILE)


def _extent(dims: tuple[int, ...], index: int) -> tuple[int, int]:
    """Rows and columns of tile `index`.  ValueError if there is none."""
    (rows, columns), (down, across) = _matrix(dims), _grid(dims)
    if not 0 <= index < down * across:
        raise ValueError(f"tile {index} of {down * across}")
    row, column = divmod(index, across)
    return min(TILE, rows - row * TILE), min(TILE, columns - column * TILE)


def _seal(dtype: int, dims: tuple[int, ...], root: bytes) -> bytes:
    sizes = b"".join(dim.to_bytes(8, "little") for dim in dims)
    return digest(Use.TENSOR, bytes([dtype, len(dims)]), sizes, root)
