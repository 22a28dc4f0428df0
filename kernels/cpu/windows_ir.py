"""The parts of a convolution that are vector IR.

Windows of an image need not be unfolded: planes are laid once for each column of the window, their
rows without gaps (see `planes`).  Then the values of one tap lie side by side over all positions.
"""

from __future__ import annotations

from typing import Any

from anhvm.kernels.cpu.matmul_ir import chains, made, settle
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

        sums = chains(e, shape, a, a_step, depth, taps, right, gap=gap)
        settle(e, shape, sums, c, c_step, columns, first)
        return context.get_dummy_value()

    return made(emit, 9)


def make_lines(lanes: int) -> Any:
    """An intrinsic `(source, step, to, pitch, lines, count)`: `lines` runs of `count` f32.

    Writes whole vectors, +0 behind the last of a run, in ascending order.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source, step, to, pitch, lines, count = args
        e = Emitter(builder, lanes)
        whole = builder.sdiv(count, i64(lanes))
        done = builder.mul(whole, i64(lanes))
        rest = builder.sub(count, done)
        mask = e.below(rest)
        some = builder.zext(builder.icmp_signed(">", rest, i64(0)), I64)

        def line(index: Any, state: Any) -> Any:
            start, target = state

            def vector(at: Any, nothing: Any) -> Any:
                place = builder.mul(at, i64(lanes))
                e.store(e.load(e.offset(start, place)), e.offset(target, place))
                return nothing

            def tail(at: Any, nothing: Any) -> Any:
                e.store(e.load(e.offset(start, done), mask), e.offset(target, done))
                return nothing

            e.loop(whole, [], vector)
            e.loop(some, [], tail)
            return [e.offset(start, step), e.offset(target, pitch)]

        e.loop(lines, [source, to], line)
        return context.get_dummy_value()

    return made(emit, 6)
