"""The parts of a matmul that are vector IR: one tile of accumulators, and packing of panels.

A *panel* holds `width` rows of a (or columns of b) with k outermost: element (k, x) lies at
``address + 4 * (k * stride + x)``.  The tile is where N7 happens: one accumulator per element of
the output, one fma per k, k ascending.  Everything else only moves values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from anhvm.kernels.cpu.target import Tile
from anhvm.kernels.cpu.vector_ir import I32, Emitter, i64

UNROLL = 4
LINE = 64


def make_tile(shape: Tile) -> Any:
    """An intrinsic `(a, b, c, depth, a_step, b_step, c_step, columns, first)`, all i64.

    ``c[i, j] = chain of fma over depth`` if `first`, else ``c[i, j] + chain``, for `rows` rows and
    the first `columns` columns.  Panel a holds `rows` values per k with stride `a_step`, panel b
    `shape.columns` with stride `b_step`; c has row stride `c_step`.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        a, b, c, depth, a_step, b_step, c_step, columns, first = args
        e = Emitter(builder, shape.lanes)
        b_bytes = builder.shl(b_step, i64(2))

        def right(b_at: Any) -> tuple[list[Any], Any]:
            places = (builder.add(b_at, i64(4 * v * shape.lanes)) for v in range(shape.vectors))
            return [e.load(place) for place in places], builder.add(b_at, b_bytes)

        beside = fetch(e, shape, c, c_step)
        sums = chains(e, shape, a, a_step, depth, b, right, beside=beside)
        settle(e, shape, sums, c, c_step, columns, first)
        return context.get_dummy_value()

    return made(emit, 9)


def chains(
    e: Emitter,
    shape: Tile,
    a: Any,
    a_step: Any,
    depth: Any,
    b: Any,
    right: Callable[[Any], Any],
    starts: Sequence[Any] = (),
    gap: int = 4,
    beside: Callable[[Any], None] = lambda index: None,
) -> list[Any]:
    """The chains of a tile over `depth`, row by row.

    ``right(b)`` gives the vectors of b for one k, and b for the next; the chains of each row begin
    with `starts`, or zeros.  Rows of a are `gap` bytes apart.  Every UNROLL steps there is room for
    something small `beside` them.
    """
    builder = e.builder
    a_bytes = builder.shl(a_step, i64(2))

    def one(state: Any) -> list[Any]:
        a_at, b_at, *sums = state
        vectors, b_next = right(b_at)
        for i in range(shape.rows):
            left = e.broadcast(builder.add(a_at, i64(gap * i)))
            for v, vector in enumerate(vectors):
                at = i * shape.vectors + v
                sums[at] = e.fma(left, vector, sums[at])
        return [builder.add(a_at, a_bytes), b_next, *sums]

    def several(index: Any, state: Any) -> Any:
        beside(index)
        for _ in range(UNROLL):
            state = one(state)
        return state

    state = [a, b, *list(starts or [e.zero] * shape.vectors) * shape.rows]
    state = e.loop(builder.sdiv(depth, i64(UNROLL)), state, several)
    state = e.loop(builder.srem(depth, i64(UNROLL)), state, lambda index, s: one(s))
    return state[2:]


def fetch(e: Emitter, shape: Tile, c: Any, c_step: Any) -> Callable[[Any], None]:
    """Asks for the lines of c, a row at a time: all at once would keep those of a and b waiting."""
    builder = e.builder

    def row(index: Any) -> None:
        last = i64(shape.rows - 1)
        i = builder.select(builder.icmp_signed("<", index, last), index, last)
        start = e.offset(c, builder.mul(c_step, i))
        for line in range(0, 4 * shape.columns, LINE):
            e.prefetch(builder.add(start, i64(line)))

    return row


def settle(
    e: Emitter, shape: Tile, sums: Sequence[Any], c: Any, c_step: Any, columns: Any, first: Any
) -> None:
    """Stores the chains of a tile, or adds them to c unless `first`."""
    builder = e.builder
    new = e.splat(builder.icmp_signed("!=", first, i64(0)))

    def store(masks: Sequence[Any]) -> None:
        for i in range(shape.rows):
            row = e.offset(c, builder.mul(c_step, i64(i)))
            for v in range(shape.vectors):
                place = builder.add(row, i64(4 * v * shape.lanes))
                chain = sums[i * shape.vectors + v]
                total = e.add(e.load(place, masks[v]), chain)
                e.store(builder.select(new, chain, total), place, masks[v])

    partial = [e.below(columns, v * shape.lanes) for v in range(shape.vectors)]
    full = builder.icmp_signed(">=", columns, i64(shape.columns))
    e.either(full, lambda: store([None] * shape.vectors), lambda: store(partial))


def make_copy(vectors: int, lanes: int) -> Any:
    """An intrinsic `(source, step, panel, stride, depth, valid)`: a panel from rows of k.

    Element (k, x) comes from ``source[k * step + x]``; those from `valid` on are +0.  Writes whole
    vectors: up to a vector more than `stride` per k, so panels are packed in ascending order.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source, step, panel, stride, depth, valid = args
        e = Emitter(builder, lanes)
        masks = [e.below(valid, v * lanes) for v in range(vectors)]
        step_bytes, stride_bytes = builder.shl(step, i64(2)), builder.shl(stride, i64(2))

        def row(index: Any, state: Any) -> Any:
            source_at, panel_at = state
            for v in range(vectors):
                value = e.load(builder.add(source_at, i64(4 * v * lanes)), masks[v])
                e.store(value, builder.add(panel_at, i64(4 * v * lanes)))
            return [builder.add(source_at, step_bytes), builder.add(panel_at, stride_bytes)]

        e.loop(depth, [source, panel], row)
        return context.get_dummy_value()

    return made(emit, 6)


def make_transpose(lanes: int, flip: int = 0) -> Any:
    """An intrinsic `(source, step, panel, stride, depth, valid)`: a panel from columns of k.

    Element (k, x) comes from ``source[x * step + k]`` for x below `lanes`; those from `valid` on
    repeat the last.  Writes whole squares: up to `lanes` values of k too many.  In every
    one the bits of `flip` are turned.
    """
    bits = ir.VectorType(I32, lanes)

    def flipped(builder: Any, column: Any) -> Any:
        if not flip:
            return column
        word = builder.xor(builder.bitcast(column, bits), ir.Constant(bits, [flip] * lanes))
        return builder.bitcast(word, column.type)

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source, step, panel, stride, depth, valid = args
        e = Emitter(builder, lanes)
        last = builder.sub(valid, i64(1))
        starts = []
        for x in range(lanes):
            within = builder.icmp_signed("<", i64(x), valid)
            starts.append(e.offset(source, builder.mul(builder.select(within, i64(x), last), step)))

        def square(index: Any, state: Any) -> Any:
            k = builder.mul(index, i64(lanes))
            mask = e.below(builder.sub(depth, k))
            rows = [e.load(e.offset(start, k), mask) for start in starts]
            target = e.offset(panel, builder.mul(k, stride))
            for n, column in enumerate(e.transpose(rows)):
                place = e.offset(target, builder.mul(stride, i64(n)))
                e.store(flipped(builder, column), place)
            return state

        e.loop(builder.sdiv(builder.add(depth, i64(lanes - 1)), i64(lanes)), [], square)
        return context.get_dummy_value()

    return made(emit, 6)


def made(emit: Any, arity: int) -> Any:
    """`emit` as an intrinsic of `arity` i64 arguments that returns nothing."""

    signature = types.void(types.StarArgTuple.from_types((types.int64,) * arity))

    def codegen(context: Any, builder: Any, kind: Any, packed: Any) -> Any:
        return emit(context, builder, kind, cgutils.unpack_tuple(builder, packed[0], arity))

    @intrinsic
    def call(typingctx: Any, *arguments: Any) -> Any:
        return signature, codegen

    return call
