"""Built-ins of attention: attention(q, k, v, scale=…, causal=True), and tril(x)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.constants import whole
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.fit import check
from anhvm.compiler.kernel_shapes import dims_of, kernel
from anhvm.compiler.scope import Body
from anhvm.compiler.types import Type

Handler = Callable[[Body, s.Call, Type | None], t.Expr]


def _attention(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
    named = {keyword.name: keyword for keyword in call.keywords}
    if len(call.args) != 3 or not named.keys() <= {"scale", "causal"}:
        hint_ = "write attention(q, k, v), with scale=… and causal=True where they are wanted"
        raise Fault("E0303", call.span, "'attention' takes other arguments", hint_)
    q, k, v = (body.infer(arg) for arg in call.args)
    causal = False
    if "causal" in named:
        value = named["causal"].value
        if not isinstance(value, s.Bool):
            span = named["causal"].span
            raise Fault("E0303", span, "causal is True or False", "write causal=True")
        causal = value.value
    if "scale" in named:
        scale = check(body, named["scale"].value, ty.F32, "argument 'scale' of 'attention'")
    else:
        scale = _inverse_root(q, call)
    name = "attention_causal" if causal else "attention"
    return kernel(body, name, (q, k, v, scale), call.span, shown="'attention'")


def _inverse_root(q: t.Expr, call: s.Call) -> t.Expr:
    """1 / sqrt(D), D the size of the last axis."""
    dims = dims_of(q.type)
    if not dims:
        message = f"'attention': this is {q.type}, expected f32[M, D] or more axes"
        raise Fault("E0301", q.span, message, "give queries as rows")
    size = t.Size(ty.U64, dims[-1], call.span)
    number = t.Apply(ty.F32, "u64.to_f32", (size,), call.span)
    root = t.Apply(ty.F32, "f32.sqrt", (number,), call.span)
    return t.Apply(ty.F32, "f32.div", (whole(1, ty.F32, call.span), root), call.span)


def _tril(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
    if len(call.args) != 1 or call.keywords:
        raise Fault("E0303", call.span, "'tril' takes one argument", "write tril(x)")
    x = body.infer(call.args[0], hint)
    return kernel(body, "lower", (x, whole(0, ty.F32, call.span)), call.span, shown="'tril'")


ATTENTION: Final[dict[str, Handler]] = {"attention": _attention, "tril": _tril}
