"""The parts of a convolution that are vector IR.

Windows of an image need not be unfolded: planes are laid once for each column of the window, their
rows without gaps (see `planes`).  Then the values of one tap lie side by side over all positions.
"""

from __future__ import annotations

from typing import Any

from anhvm.kernels.cpu.matmul_ir import chains, made, settle
from anhvm.kernels.cpu.target import Tile
from anhvm.kernels.cpu.vector_ir import I64, Emitter, i64


def make_windows(shape: Tile) -> Any:
    """An intrinsic `(a, b, taps, c, depth, a_step, c_step, columns, first)`.

    The tile of a matmul whose b for k begins ``taps[k]`` bytes (an i64) behind b.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        a, b, taps, c, depth, a_step, c_step, columns, first = args
        e = Emitter(builder, shape.lanes)

        def right(tap: Any) -> tuple[list[Any], Any]:
            start = builder.add(b, builder.load(e.pointer(tap, I64), align=8))
            places = (builder.add(start, i64(4 * v * shape.lanes)) for v in range(shape.vectors))
            return [e.load(place) for place in places], builder.add(tap, i64(8))

        sums = chains(e, shape, a, a_step, depth, taps, right)
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


def make_rows(lanes: int) -> Any:
    """An intrinsic `(b, plane, pitch, step, planes, lines, taps, count, to, room)`.

    Windows as rows of a matrix: for each plane, and for each of `lines` lines in it, row i of
    `count` gets the next `taps` f32 from i * step on.  Rows are `room` apart.  Reads and writes
    whole vectors, so up to one more than `taps`, in ascending order within a row.
    """

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        b, plane, pitch, step, planes, lines, taps, count, to, room = args
        e = Emitter(builder, lanes)
        step_bytes, room_bytes = builder.shl(step, i64(2)), builder.shl(room, i64(2))
        pieces = builder.sdiv(builder.add(taps, i64(lanes - 1)), i64(lanes))

        def of_plane(channel: Any, state: Any) -> Any:
            def of_line(line: Any, target: Any) -> Any:
                start = e.offset(
                    b, builder.add(builder.mul(channel, plane), builder.mul(line, pitch))
                )

                def of_piece(piece: Any, nothing: Any) -> Any:
                    further = builder.mul(piece, i64(lanes))

                    def row(index: Any, at: Any) -> Any:
                        e.store(e.load(at[0]), at[1])
                        return [builder.add(at[0], step_bytes), builder.add(at[1], room_bytes)]

                    e.loop(count, [e.offset(start, further), e.offset(target[0], further)], row)
                    return nothing

                e.loop(pieces, [], of_piece)
                return [e.offset(target[0], taps)]

            return e.loop(lines, state, of_line)

        e.loop(planes, [to], of_plane)
        return context.get_dummy_value()

    return made(emit, 10)
