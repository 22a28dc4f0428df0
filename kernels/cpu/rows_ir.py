"""Rows in vector IR: whole vectors side by side, and a masked one for what is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from anhvm.kernels.cpu.matmul_ir import made
from anhvm.kernels.cpu.vector_ir import I64, Emitter, i64

Row = Callable[[Emitter, Any, Any, Sequence[Any], bool], None]
"""Emits one vector of a row from the first on: emitter, first, how many are left, addresses of
rows (and numbers), and whether that is less than a vector."""


def make_row(row: Row, arity: int, lanes: int) -> Any:
    """An intrinsic of what `row` wants, `arity` numbers, and how many there are side by side."""

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
