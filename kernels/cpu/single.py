"""A single row times a matrix (N7): nothing is packed, b streams by once.

The chains of a block of k lie in memory; each is taken on by some rows of b at a time, so that b is
read in order, in no more streams than a core foresees.  Where columns are few, threads share the
blocks of k, so that each reads whole rows of b; a last tile adds the blocks.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from anhvm.kernels.cpu.matmul_ir import made
from anhvm.kernels.cpu.memory import load_f32, store_f32
from anhvm.kernels.cpu.target import tile
from anhvm.kernels.cpu.vector_ir import I64, Emitter, i64

BLOCK = 256  # N7
STREAMS = 4
COLUMNS = 2048  # chains that are taken on together


def _make(rows: int) -> Any:
    """An intrinsic `(a, b, step, chains, count, fresh)`: each chain takes on `rows` values of k.

    ``chains[j] = fma(a[k], b[k * step + j], …)`` for `count` columns; from +0 if `fresh`.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        a, b, step, chains, count, fresh = args
        e = Emitter(builder, tile().lanes)
        left = [e.broadcast(builder.add(a, i64(4 * k))) for k in range(rows)]
        starts = [e.offset(b, builder.mul(step, i64(k))) for k in range(rows)]
        new = e.splat(builder.icmp_signed("!=", fresh, i64(0)))

        def vector(at: Any, mask: Any) -> None:
            place = e.offset(chains, at)
            chain = builder.select(new, e.zero, e.load(place, mask))
            for value, start in zip(left, starts, strict=True):
                chain = e.fma(value, e.load(e.offset(start, at), mask), chain)
            e.store(chain, place, mask)

        def whole(index: Any, state: Any) -> Any:
            vector(builder.mul(index, i64(e.lanes)), None)
            return state

        def tail(index: Any, state: Any) -> Any:
            vector(done, e.below(rest))
            return state

        number = builder.sdiv(count, i64(e.lanes))
        done = builder.mul(number, i64(e.lanes))
        rest = builder.sub(count, done)
        e.loop(number, [], whole)
        e.loop(builder.zext(builder.icmp_signed(">", rest, i64(0)), I64), [], tail)
        return context.get_dummy_value()

    return made(emit, 6)


_several, _one = _make(STREAMS), _make(1)
WORKSPACE = 4 * COLUMNS


@njit(error_model="numpy")
def _block(a: Any, b: Any, step: Any, depth: Any, chains: Any, count: Any) -> None:
    """The chains over one block of k."""
    k = 0
    while k + STREAMS <= depth:
        _several(a + 4 * k, b + 4 * k * step, step, chains, count, k == 0)
        k += STREAMS
    while k < depth:
        _one(a + 4 * k, b + 4 * k * step, step, chains, count, k == 0)
        k += 1


@njit(error_model="numpy")
def multiply_row(a: Any, b: Any, y: Any, n: Any, ks: Any, j0: Any, j1: Any, ws: Any) -> None:
    """Columns [j0, j1) of y = a @ b: a has `ks` > 0 elements, rows of b are `n` apart."""
    for j in range(j0, j1, COLUMNS):
        count, out = min(j1 - j, COLUMNS), y + 4 * j
        for k in range(0, ks, BLOCK):
            start = b + 4 * (k * n + j)
            depth = min(ks - k, BLOCK)
            if k == 0:
                _block(a, start, n, depth, out, count)
            else:
                _block(a + 4 * k, start, n, depth, ws, count)
                for i in range(count):
                    store_f32(out, i, load_f32(out, i) + load_f32(ws, i))


@njit(error_model="numpy")
def _across(n: Any) -> Any:
    return (n + COLUMNS - 1) // COLUMNS


@njit(error_model="numpy")
def blocks_of(ks: Any) -> Any:
    """Blocks of k."""
    return (ks + BLOCK - 1) // BLOCK


@njit(error_model="numpy")
def row_tiles(n: Any, ks: Any) -> Any:
    """Tiles of `row_part`."""
    return blocks_of(ks) * _across(n)


@njit(error_model="numpy")
def row_part(a: Any, b: Any, n: Any, ks: Any, tile: Any, parts: Any) -> None:
    """The chains of one block of k in at most COLUMNS columns; `parts` has a row for each block."""
    t, j = tile // _across(n), tile % _across(n) * COLUMNS
    k = t * BLOCK
    start, to = b + 4 * (k * n + j), parts + 4 * (t * n + j)
    _block(a + 4 * k, start, n, min(ks - k, BLOCK), to, min(n - j, COLUMNS))


@njit(error_model="numpy")
def row_total(parts: Any, n: Any, ks: Any, y: Any) -> None:
    """The blocks that `row_part` left, added in order."""
    for j in range(n):
        store_f32(y, j, load_f32(parts, j))
    for t in range(1, blocks_of(ks)):
        for j in range(n):
            store_f32(y, j, load_f32(y, j) + load_f32(parts, t * n + j))
