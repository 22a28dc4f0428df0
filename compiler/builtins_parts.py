"""Built-ins that join, pad, copy and turn tensors, in the spelling of NumPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.dims import Dim, const
from anhvm.compiler.ir import Span
from anhvm.compiler.kernel_shapes import dims_of, kernel
from anhvm.compiler.regions import axis_of, size, tensor
from anhvm.compiler.scope import Body
from anhvm.compiler.types import Type
from anhvm.kernels.regions import order_of

Handler = Callable[[Body, s.Call, Type | None], t.Expr]


def _items(expr: s.Expr) -> tuple[s.Expr, ...]:
    return expr.items if isinstance(expr, s.Tuple) else (expr,)


def _named(call: s.Call, name: str, *admitted: str) -> dict[str, s.Expr]:
    for keyword in call.keywords:
        if keyword.name not in admitted:
            hint = f"it takes {', '.join(admitted)} by name" if admitted else "pass it by position"
            message = f"'{name}' has no argument '{keyword.name}'"
            raise Fault("E0303", keyword.span, message, hint)
    return {keyword.name: keyword.value for keyword in call.keywords}


def _wrong(call: s.Call, form: str) -> Fault:
    message = f"'{form.partition('(')[0]}' takes other arguments"
    return Fault("E0303", call.span, message, f"write {form}")


def _with(x: t.Expr, dims: Sequence[Dim]) -> ty.Tensor:
    assert isinstance(x.type, ty.Tensor)
    return ty.Tensor(x.type.element, tuple(dims))


def _amount(dim: Dim, span: Span) -> t.Expr:
    return t.Size(ty.U64, dim, span)


def _concat(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
    """concat(a, b, …, axis=0), or of a tuple; folded from the left."""
    named = _named(call, "concat", "axis")
    exprs = [item for arg in call.args for item in _items(arg)]
    if len(exprs) < 2:
        raise _wrong(call, "concat(a, b, axis=0)")
    parts = [tensor(body, expr, "concat") for expr in exprs]
    total = parts[0]
    axis = axis_of(named.get("axis", s.Int(0, call.span)), len(dims_of(total.type)))
    for part in parts[1:]:
        total = _join(body, total, part, axis, call.span)
    return total


def _join(body: Body, a: t.Expr, b: t.Expr, axis: int, span: Span) -> t.Expr:
    left, right = list(dims_of(a.type)), list(dims_of(b.type))
    alike = _with(a, ()).element == _with(b, ()).element and len(left) == len(right)
    if not alike:
        message = f"'concat': {a.type} and {b.type} do not join"
        raise Fault("E0301", b.span, message, "give both the same elements and number of axes")
    for i, (have, other) in enumerate(zip(left, right, strict=True)):
        if i != axis:
            message = f"'concat': axis {i} is {have} in {a.type} and {other} in {b.type}"
            hint = "only the axis along which they are joined may differ"
            body.same(have, other, message, hint, span)
    left[axis] = left[axis] + right[axis]
    return t.Kernel(_with(a, left), "concat", (a, b), span, (axis,))


def _pad(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
    """pad(x, n) on all sides; pad(x, ((before, behind), …)), a pair for each axis.

    Of a single axis, pad(x, (before, behind)).
    """
    _named(call, "pad")
    if len(call.args) != 2:
        raise _wrong(call, "pad(x, ((before, behind), …))")
    x = tensor(body, call.args[0], "pad")
    dims = dims_of(x.type)
    amounts = call.args[1]
    if isinstance(amounts, s.Tuple):
        nested = any(isinstance(item, s.Tuple) for item in amounts.items)
        pairs = [_items(item) for item in (amounts.items if nested else (amounts,))]
        if len(pairs) != len(dims) or any(len(pair) != 2 for pair in pairs):
            raise _wrong(call, f"pad(x, …) with {len(dims)} pairs (before, behind)")
        sizes = [size(body, e, "an amount of 'pad'") for pair in pairs for e in pair]
    else:
        sizes = [size(body, amounts, "the amount of 'pad'")] * (2 * len(dims))
    grown = [n + a + b for n, a, b in zip(dims, sizes[::2], sizes[1::2], strict=True)]
    scalars = (_amount(amount, call.span) for amount in sizes)
    return t.Kernel(_with(x, grown), "pad", (x, *scalars), call.span)


def _tile(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
    """tile(x, (2, 1)): the whole of x so often along each axis."""
    _named(call, "tile")
    if len(call.args) != 2:
        raise _wrong(call, "tile(x, (times, …))")
    x = tensor(body, call.args[0], "tile")
    times = _items(call.args[1])
    if len(times) != len(dims_of(x.type)):
        raise _wrong(call, f"tile(x, …) with {len(dims_of(x.type))} numbers, one for each axis")
    for axis, expr in enumerate(times):
        x = _copies("tile", x, axis, size(body, expr, "a number of 'tile'"), call.span)
    return x


def _repeat(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
    """repeat(x, 2, axis=0): each element so often along an axis."""
    named = _named(call, "repeat", "axis")
    if len(call.args) != 2 or "axis" not in named:
        raise _wrong(call, "repeat(x, times, axis=0)")
    x = tensor(body, call.args[0], "repeat")
    axis = axis_of(named["axis"], len(dims_of(x.type)))
    times = size(body, call.args[1], "the number of 'repeat'")
    return _copies("repeat", x, axis, times, call.span)


def _copies(name: str, x: t.Expr, axis: int, times: Dim, span: Span) -> t.Expr:
    if times == const(1):
        return x
    dims = list(dims_of(x.type))
    dims[axis] = dims[axis] * times
    return t.Kernel(_with(x, dims), name, (x, _amount(times, span)), span, (axis,))


def _transpose(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
    """transpose(x) exchanges the last two axes; transpose(x, (0, 2, 1)) gives all in order."""
    named = _named(call, "transpose", "axes")
    given = [*call.args[1:2], *named.values()]
    if len(call.args) > 2 or len(given) > 1 or not call.args:
        raise _wrong(call, "transpose(x, (1, 0))")
    x = tensor(body, call.args[0], "transpose", None if given else hint)
    rank = len(dims_of(x.type))
    if not given:
        if _with(x, ()).element == "f32" or rank < 2:
            return kernel(body, "transpose", (x,), call.span)
        axes = [*range(rank - 2), rank - 1, rank - 2]
    else:
        axes = [axis_of(item, rank) for item in _items(given[0])]
    if sorted(axes) != list(range(rank)):
        raise _wrong(call, f"transpose(x, …) with each of the axes 0 to {rank - 1} once")
    dims = [dims_of(x.type)[axis] for axis in axes]
    return t.Kernel(_with(x, dims), "permute", (x,), call.span, (order_of(axes),))


PARTS: Final[dict[str, Handler]] = {
    "concat": _concat,
    "pad": _pad,
    "tile": _tile,
    "repeat": _repeat,
    "transpose": _transpose,
}
