"""Max pools in vector IR.

Of windows of two by two that do not overlap, two rows of the image are taken together: their even
and odd elements are the four taps of a vector of windows.  All others take the greatest of each
column of their rows, and then of neighbours; where the place matters, a vector of windows takes one
tap after the other, without branches: nobody predicts which is greater.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from anhvm.kernels.cpu.rows_ir import make_row
from anhvm.kernels.cpu.vector_ir import I32, Emitter, i64

_NAN, _MAGNITUDE, _SIGN = 0x7FC00000, 0x7FFFFFFF, 31
_NAN_KEY, _LEAST = 0x7FFFFFFF, -(2**31)


def _all(e: Emitter, number: int) -> Any:
    return ir.Constant(ir.VectorType(I32, e.lanes), [number] * e.lanes)


def _turned(e: Emitter, bits: Any) -> Any:
    """Bits of numbers to integers in their order, and back."""
    sign = e.builder.ashr(bits, _all(e, _SIGN))
    return e.builder.xor(bits, e.builder.and_(sign, _all(e, _MAGNITUDE)))


def _key(e: Emitter, value: Any) -> Any:
    """As `maxima.key32`: NaN above all, -0 (key -1) just below +0."""
    key = _turned(e, e.builder.bitcast(value, ir.VectorType(I32, e.lanes)))
    nan = e.builder.fcmp_unordered("uno", value, value)
    return e.builder.select(nan, _all(e, _NAN_KEY), key)


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
    nan = builder.bitcast(_all(e, _NAN), e.vector)
    value = builder.select(builder.or_(*nans), nan, best)
    e.store(value, e.offset(y, at), e.below(left) if masked else None)


def _greater(e: Emitter, a: Any, b: Any) -> Any:
    return e.builder.select(e.builder.icmp_signed(">", a, b), a, b)


def _columns(e: Emitter, at: Any, left: Any, rows: Sequence[Any], masked: bool) -> None:
    builder, mask = e.builder, e.below(left) if masked else None
    x, step, count, keys = rows

    def row(index: Any, state: Any) -> Any:
        place, best = state
        return [e.offset(place, step), _greater(e, _key(e, e.load(place, mask)), best)]

    _, best = e.loop(count, [e.offset(x, at), _all(e, _LEAST)], row)
    e.store(builder.bitcast(best, e.vector), e.offset(keys, at), mask)


def _neighbours(e: Emitter, at: Any, left: Any, rows: Sequence[Any], masked: bool) -> None:
    builder, mask = e.builder, e.below(left) if masked else None
    keys, size, y = rows

    def tap(index: Any, state: Any) -> Any:
        place, best = state
        key = builder.bitcast(e.load(place, mask), best.type)
        return [e.offset(place, i64(1)), _greater(e, key, best)]

    _, best = e.loop(size, [e.offset(keys, at), _all(e, _LEAST)], tap)
    nan = builder.icmp_signed("==", best, _all(e, _NAN_KEY))
    value = builder.select(nan, _all(e, _NAN), _turned(e, best))
    e.store(builder.bitcast(value, e.vector), e.offset(y, at), mask)


def _places(e: Emitter, at: Any, left: Any, rows: Sequence[Any], masked: bool) -> None:
    x, wide, first, high, stride, begin, size, places = rows
    builder = e.builder
    lanes = ir.Constant(ir.VectorType(I32, e.lanes), list(range(e.lanes)))
    step, width = (e.splat(builder.trunc(number, I32)) for number in (stride, wide))
    start = e.splat(builder.trunc(builder.add(builder.mul(at, stride), begin), I32))
    columns = builder.add(start, builder.mul(lanes, step))
    whole = e.below(left)

    def row(index: Any, state: Any) -> Any:
        line = e.splat(builder.trunc(builder.mul(builder.add(first, index), wide), I32))

        def tap(index: Any, state: Any) -> Any:
            best, place = state
            column = builder.add(columns, e.splat(builder.trunc(index, I32)))
            # As unsigned numbers, what is left of the image is right of it too.
            inside = builder.and_(whole, builder.icmp_unsigned("<", column, width))
            here = builder.add(line, column)
            key = _key(e, e.gather(x, here, inside))
            key = builder.select(builder.icmp_signed("==", key, _all(e, -1)), _all(e, 0), key)
            fresh = builder.icmp_signed("<", place, _all(e, 0))
            better = builder.or_(fresh, builder.icmp_signed(">", key, best))
            better = builder.and_(inside, better)
            return [builder.select(better, key, best), builder.select(better, here, place)]

        return e.loop(size, state, tap)

    _, place = e.loop(high, [_all(e, _LEAST), _all(e, -1)], row)
    e.store(builder.bitcast(place, e.vector), e.offset(places, at), whole if masked else None)


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


def make_greatest(lanes: int) -> Any:
    """An intrinsic `(top, bottom, y, count)`: the greatest of each window of two rows."""
    return make_row(_greatest, 3, lanes)


def make_spread(lanes: int) -> Any:
    """An intrinsic `(top, bottom, u, d_top, d_bottom, count)`: u at the first greatest, else +0."""
    return make_row(_spread, 5, lanes)


def make_columns(lanes: int) -> Any:
    """An intrinsic `(x, step, rows, keys, count)`: the key of the greatest in each of `count`
    columns of rows that are `step` elements apart."""
    return make_row(_columns, 4, lanes)


def make_neighbours(lanes: int) -> Any:
    """An intrinsic `(keys, size, y, count)`: the greatest of `size` keys from each one on, as a
    number.  y may be the keys."""
    return make_row(_neighbours, 3, lanes)


def make_places(lanes: int) -> Any:
    """An intrinsic `(x, wide, first, high, stride, begin, size, places, count)`: for `count`
    windows the place in the plane x, `wide` columns wide, of the first greatest element.

    Windows are `high` rows high from row `first` on and `size` columns wide; they are `stride`
    apart from column `begin` on, and what lies beside the plane does not count.
    """
    return make_row(_places, 8, lanes)
