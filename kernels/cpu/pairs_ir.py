"""Max pools over windows of two by two that do not overlap, in vector IR.

Two rows of the image are taken together: their even and odd elements are the four taps of a vector
of windows.  Keys are those of `maxima`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from anhvm.kernels.cpu.matmul_ir import made
from anhvm.kernels.cpu.vector_ir import I32, I64, Emitter, i64

_NAN, _NAN_KEY, _MAGNITUDE, _SIGN, _MINUS_ZERO = 0x7FC00000, 0x7FFFFFFF, 0x7FFFFFFF, 31, -1
Row = Callable[[Emitter, Any, Any, Sequence[Any], bool], None]
"""Emits one vector of windows from the first on: emitter, first, how many are left, addresses of
rows, and whether that is less than a vector."""


class _Keys:
    """Integers in the order of the numbers, as vectors."""

    def __init__(self, e: Emitter) -> None:
        self.e, self.builder = e, e.builder
        self.kind = ir.VectorType(I32, e.lanes)

    def constant(self, value: int) -> Any:
        return ir.Constant(self.kind, [value] * self.e.lanes)

    def turned(self, bits: Any) -> Any:
        """Bits of a number to its key, and back."""
        sign = self.builder.ashr(bits, self.constant(_SIGN))
        return self.builder.xor(bits, self.builder.and_(sign, self.constant(_MAGNITUDE)))

    def key(self, x: Any) -> Any:
        key = self.turned(self.builder.bitcast(x, self.kind))
        nan = self.builder.fcmp_unordered("uno", x, x)
        return self.builder.select(nan, self.constant(_NAN_KEY), key)

    def place(self, x: Any) -> Any:
        """A key that -0 shares with +0."""
        key, zero = self.key(x), self.constant(0)
        below = self.builder.icmp_signed("==", key, self.constant(_MINUS_ZERO))
        return self.builder.select(below, zero, key)

    def greater(self, a: Any, b: Any) -> Any:
        return self.builder.select(self.builder.icmp_signed(">", a, b), a, b)

    def number(self, key: Any) -> Any:
        nan = self.builder.icmp_signed("==", key, self.constant(_NAN_KEY))
        bits = self.builder.select(nan, self.constant(_NAN), self.turned(key))
        return self.builder.bitcast(bits, self.e.vector)


def _taps(e: Emitter, row: Any, left: Any, masked: bool) -> tuple[Any, Any]:
    """Even and odd elements of two vectors; 2 * `left` of them are there."""
    twice = e.builder.shl(left, i64(1))
    masks = [e.below(twice, v * e.lanes) if masked else None for v in range(2)]
    a, b = (e.load(e.offset(row, i64(v * e.lanes)), masks[v]) for v in range(2))
    even = range(0, 2 * e.lanes, 2)
    return e.pick(a, b, even), e.pick(a, b, [lane + 1 for lane in even])


def _greatest(e: Emitter, at: Any, left: Any, rows: Sequence[Any], masked: bool) -> None:
    top, bottom, y = rows
    keys = _Keys(e)
    taps = [
        keys.key(x)
        for row in (top, bottom)
        for x in _taps(e, e.offset(row, e.builder.shl(at, i64(1))), left, masked)
    ]
    first, second = keys.greater(taps[0], taps[1]), keys.greater(taps[2], taps[3])
    mask = e.below(left) if masked else None
    e.store(keys.number(keys.greater(first, second)), e.offset(y, at), mask)


def _spread(e: Emitter, at: Any, left: Any, rows: Sequence[Any], masked: bool) -> None:
    top, bottom, u, d_top, d_bottom = rows
    builder, keys = e.builder, _Keys(e)
    twice_at, twice = builder.shl(at, i64(1)), builder.shl(left, i64(1))
    taps = [
        keys.place(x)
        for row in (top, bottom)
        for x in _taps(e, e.offset(row, twice_at), left, masked)
    ]
    best = keys.greater(keys.greater(taps[0], taps[1]), keys.greater(taps[2], taps[3]))
    # A gradient is added to +0, so that -0 becomes +0.
    given = builder.fadd(e.zero, e.load(e.offset(u, at), e.below(left) if masked else None))
    found, values = None, []
    for tap in taps:
        here = builder.icmp_signed("==", tap, best)
        first = here if found is None else builder.and_(here, builder.not_(found))
        found = here if found is None else builder.or_(found, here)
        values.append(builder.select(first, given, e.zero))
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
