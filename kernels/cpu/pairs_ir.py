"""Max pools over windows of two by two that do not overlap, in vector IR.

Two rows of the image are taken together: their even and odd elements are the four taps of a vector
of windows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from anhvm.kernels.cpu.matmul_ir import made
from anhvm.kernels.cpu.vector_ir import I32, I64, Emitter, i64

_NAN, _MAGNITUDE, _SIGN = 0x7FC00000, 0x7FFFFFFF, 31
Row = Callable[[Emitter, Any, Any, Sequence[Any], bool], None]
"""Emits one vector of windows from the first on: emitter, first, how many are left, addresses of
rows, and whether that is less than a vector."""


def _turned(e: Emitter, bits: Any) -> Any:
    """Bits of numbers to integers in their order, and back."""
    kind = ir.VectorType(I32, e.lanes)
    sign = e.builder.ashr(bits, ir.Constant(kind, [_SIGN] * e.lanes))
    return e.builder.xor(bits, e.builder.and_(sign, ir.Constant(kind, [_MAGNITUDE] * e.lanes)))


def _taps(e: Emitter, row: Any, left: Any, masked: bool) -> tuple[Any, Any]:
    """Even and odd elements of two vectors; 2 * `left` of them are there."""
    twice = e.builder.shl(left, i64(1))
    masks = [e.below(twice, v * e.lanes) if masked else None for v in range(2)]
    a, b = (e.load(e.offset(row, i64(v * e.lanes)), masks[v]) for v in range(2))
    even = range(0, 2 * e.lanes, 2)
    return e.pick(a, b, even), e.pick(a, b, [lane + 1 for lane in even])


def _greatest(e: Emitter, at: Any, left: Any, rows: Sequence[Any], masked: bool) -> None:
    top, bottom, y = rows
    builder, kind = e.builder, ir.VectorType(I32, e.lanes)
    nans, halves = [], []
    for row in (top, bottom):
        a, b = _taps(e, e.offset(row, builder.shl(at, i64(1))), left, masked)
        nans.append(builder.fcmp_unordered("uno", a, b))
        keys = [_turned(e, builder.bitcast(x, kind)) for x in (a, b)]
        halves.append(_greater(e, *keys))
    best = builder.bitcast(_turned(e, _greater(e, *halves)), e.vector)
    nan = builder.bitcast(ir.Constant(kind, [_NAN] * e.lanes), e.vector)
    value = builder.select(builder.or_(*nans), nan, best)
    e.store(value, e.offset(y, at), e.below(left) if masked else None)


def _greater(e: Emitter, a: Any, b: Any) -> Any:
    return e.builder.select(e.builder.icmp_signed(">", a, b), a, b)


def _spread(e: Emitter, at: Any, left: Any, rows: Sequence[Any], masked: bool) -> None:
    top, bottom, u, d_top, d_bottom = rows
    builder = e.builder
    twice_at, twice = builder.shl(at, i64(1)), builder.shl(left, i64(1))
    best, *rest = (
        x for row in (top, bottom) for x in _taps(e, e.offset(row, twice_at), left, masked)
    )
    better = []  # whether each tap but the first beats all before it, as the first NaN does
    for tap in rest:
        more = builder.fcmp_unordered(">", tap, best)
        better.append(builder.and_(more, builder.fcmp_ordered("ord", best, best)))
        best = builder.select(better[-1], tap, best)
    # A gradient is added to +0, so that -0 becomes +0.
    given = builder.fadd(e.zero, e.load(e.offset(u, at), e.below(left) if masked else None))
    values: list[Any] = []
    for beats in reversed(better):
        values.insert(0, builder.select(beats, given, e.zero))
        given = builder.select(beats, e.zero, given)
    values.insert(0, given)
    for row, (even, odd) in ((d_top, values[:2]), (d_bottom, values[2:])):
        for v in range(2):
            order = [v * e.lanes // 2 + lane // 2 + lane % 2 * e.lanes for lane in range(e.lanes)]
            place = e.offset(e.offset(row, twice_at), i64(v * e.lanes))
            mask = e.below(twice, v * e.lanes) if masked else None
            e.store(e.pick(even, odd, order), place, mask)


def _make(row: Row, arity: int, lanes: int) -> Any:
    """An intrinsic of `arity` addresses of rows and the number of windows side by side."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        *rows, count = args
        e = Emitter(builder, lanes)
        whole = builder.sdiv(count, i64(lanes))
        done = builder.mul(whole, i64(lanes))
        rest = builder.sub(count, done)

        def vector(index: Any, state: Any) -> Any:
            row(e, builder.mul(index, i64(lanes)), i64(lanes), rows, False)
            return state

        def tail(index: Any, state: Any) -> Any:
            row(e, done, rest, rows, True)
            return state

        e.loop(whole, [], vector)
        e.loop(builder.zext(builder.icmp_signed(">", rest, i64(0)), I64), [], tail)
        return context.get_dummy_value()

    return made(emit, arity + 1)


def make_greatest(lanes: int) -> Any:
    """An intrinsic `(top, bottom, y, count)`: the greatest of each window of two rows."""
    return _make(_greatest, 3, lanes)


def make_spread(lanes: int) -> Any:
    """An intrinsic `(top, bottom, u, d_top, d_bottom, count)`: u at the first greatest, else +0."""
    return _make(_spread, 5, lanes)
