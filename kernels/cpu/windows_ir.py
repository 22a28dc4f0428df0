"""The parts of a convolution that are vector IR.

Windows of an image need not be unfolded: planes are laid once for each column of the window, their
rows without gaps (see `planes`).  Then the values of one tap lie side by side over all positions.
"""

from __future__ import annotations

from typing import Any

from anhvm.kernels.cpu.matmul_ir import chains, fetch, made, settle
from anhvm.kernels.cpu.target import Tile
from anhvm.kernels.cpu.vector_ir import I64, Emitter, i64


def make_windows(shape: Tile, gap: int) -> Any:
    """An intrinsic `(a, b, taps, c, depth, a_step, c_step, columns, first)`.

    The tile of a matmul whose b for k begins ``taps[k]`` bytes (an i64) behind b; rows of a are
    `gap` bytes apart.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        a, b, taps, c, depth, a_step, c_step, columns, first = args
        e = Emitter(builder, shape.lanes)

        def right(tap: Any) -> tuple[list[Any], Any]:
            start = builder.add(b, builder.load(e.pointer(tap, I64), align=8))
            places = (builder.add(start, i64(4 * v * shape.lanes)) for v in range(shape.vectors))
            return [e.load(place) for place in places], builder.add(tap, i64(8))

        beside = fetch(e, shape, c, c_step)
        sums = chains(e, shape, a, a_step, depth, taps, right, gap=gap, beside=beside)
        settle(e, shape, sums, c, c_step, columns, first)
        return context.get_dummy_value()

    return made(emit, 9)


def make_lines(lanes: int) -> Any:
    """An intrinsic `(source, step, to, pitch, lines, count, low, high)`: `lines` runs of `count`.

    Value x of a run is ``source[x]`` for low <= x < high, and else +0.  Writes whole vectors, the
    last of every run first: what is written behind a run is +0, or belongs to the next.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source, step, to, pitch, lines, count, low, high = args
        e = Emitter(builder, lanes)
        pieces = builder.sdiv(builder.add(count, i64(lanes - 1)), i64(lanes))

        def piece(index: Any, nothing: Any) -> Any:
            at = builder.mul(builder.sub(builder.sub(pieces, i64(1)), index), i64(lanes))
            before = e.below(builder.sub(low, at))
            mask = builder.and_(e.below(builder.sub(high, at)), builder.not_(before))

            def line(index: Any, state: Any) -> Any:
                start, target = state
                e.store(e.load(start, mask), target)
                return [e.offset(start, step), e.offset(target, pitch)]

            e.loop(lines, [e.offset(source, at), e.offset(to, at)], line)
            return nothing

        e.loop(pieces, [], piece)
        return context.get_dummy_value()

    return made(emit, 8)
