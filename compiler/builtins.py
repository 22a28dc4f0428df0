"""Built-in functions.  Most are kernels of the table; the others are opcodes or shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from anhvm.compiler import syntax as s
from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.builtins_attention import ATTENTION
from anhvm.compiler.builtins_parts import PARTS
from anhvm.compiler.constants import whole
from anhvm.compiler.diagnostics import Fault, an
from anhvm.compiler.fit import check
from anhvm.compiler.ir import Span
from anhvm.compiler.kernel_shapes import dims_of, kernel
from anhvm.compiler.regions import axis_of
from anhvm.compiler.scope import Body
from anhvm.compiler.types import Type
from anhvm.kernels.ranks import KernelFault, StaticType, infer_ranks
from anhvm.kernels.signature import MAX_ATTRIBUTE, Rest
from anhvm.kernels.table import BY_NAME

Handler = Callable[[Body, s.Call, Type | None], t.Expr]

# Kernels under their own names.  The others belong to operators, gradients and definitions.
_PLAIN: Final = (
    "relu", "exp", "log", "tanh", "sqrt", "softmax", "log_softmax", "cross_entropy",
    "select", "maximum", "minimum", "sigmoid", "erf", "sin", "cos", "rsqrt", "silu", "gelu",
    "gelu_tanh", "clip", "layer_norm", "rms_norm", "dropout", "momentum", "momentum_step",
    "adam_mean", "adam_square", "adam_step", "adamw_step", "adamw", "gather", "scatter_add",
    "take_along", "pow", "softplus", "quantize", "requantize", "dequantize",
)  # fmt: skip
_REDUCTIONS: Final = ("sum", "mean", "argmax", "sum_squares", "var", "cumsum")
_IMAGES: Final = ("conv2d", "max_pool2d", "avg_pool2d")
_BATCHES: Final = ("batch_norm", "batch_norm_infer")
_SHAPED: Final = ("uniform", "normal", "permutation", "reshape")


def arguments(
    body: Body, call: s.Call, name: str, params: str, named: tuple[str, ...] = ()
) -> None:
    """Demands the positional arguments of `params` (words), and no others than `named`."""
    words = params.split()
    for keyword in call.keywords:
        if keyword.name not in named:
            hint = f"it takes {', '.join(named)} by name" if named else "pass it by position"
            message = f"'{name}' has no argument '{keyword.name}'"
            raise Fault("E0303", keyword.span, message, hint)
    if len(call.args) != len(words):
        hint = f"write {name}({', '.join(words)})"
        message = f"'{name}' takes {len(words)} arguments, not {len(call.args)}"
        raise Fault("E0303", call.span, message, hint)


def _plain(name: str) -> Handler:
    inputs, outputs = BY_NAME[name].signature.inputs, BY_NAME[name].signature.outputs
    alike = (inputs[0].dtype, inputs[0].tail) == (outputs[0].dtype, outputs[0].tail)

    def handle(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
        arguments(body, call, name, " ".join(o.name for o in inputs))
        first = hint.items[0] if isinstance(hint, ty.Several) else hint
        wanted = first if alike else None
        hints = [wanted, *(ty.PRIMS[o.dtype.word] for o in inputs[1:])]
        args = [body.infer(arg, like) for arg, like in zip(call.args, hints, strict=True)]
        if name == "sqrt" and args[0].type == ty.F32:
            return t.Apply(ty.F32, "f32.sqrt", tuple(args), call.span)
        return kernel(body, name, args, call.span)

    return handle


def _reduction(name: str) -> Handler:
    attributes = BY_NAME[name].attrs
    named = ("axis", "keepdims")[: len(attributes)]

    def handle(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
        inputs = BY_NAME[name].signature.inputs
        words = " ".join(o.name for o in inputs)
        arguments(body, call, name, words, named)
        x = body.infer(call.args[0])
        others = [
            check(body, arg, ty.PRIMS[o.dtype.word], f"argument '{o.name}' of '{name}'")
            for o, arg in zip(inputs[1:], call.args[1:], strict=True)
        ]
        rank = len(dims_of(x.type))
        if not isinstance(x.type, ty.Tensor):
            raise Fault("E0301", x.span, f"'{name}': this is {x.type}, expected a tensor",
                        "reduce f32 tensors")  # fmt: skip
        axes, keep = (1 << rank) - 1, False
        for keyword in call.keywords:
            if keyword.name == "axis":
                axes = _axes(keyword.value, rank)
            elif isinstance(keyword.value, s.Bool):
                keep = keyword.value.value
            else:
                raise Fault(
                    "E0303", keyword.span, "keepdims is True or False", "write keepdims=True"
                )
        attrs = (axes, axes if keep else 0)[: len(attributes)]
        return kernel(body, name, (x, *others), call.span, attrs)

    assert attributes in (("axes",), ("axes", "keep"))
    return handle


def _batch(name: str) -> Handler:
    """Channels along one axis, 1 unless `axis` says another; the others are reduced."""

    def handle(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
        inputs = BY_NAME[name].signature.inputs
        arguments(body, call, name, " ".join(o.name for o in inputs), ("axis",))
        x = body.infer(call.args[0], hint)
        rank = len(dims_of(x.type))
        axis = call.keywords[0].value if call.keywords else s.Int(1, call.span)
        channel = _axes(axis, rank)
        if channel.bit_count() != 1:
            raise Fault("E0402", axis.span, "channels lie along one axis", "write axis=1")
        likes = [None if o.rests else ty.F32 for o in inputs[1:]]
        channels = dims_of(x.type)[channel.bit_length() - 1]
        along = ty.Tensor("f32", (channels,))
        others = [
            body.infer(arg, like or along) for arg, like in zip(call.args[1:], likes, strict=True)
        ]
        return kernel(body, name, (x, *others), call.span, ((1 << rank) - 1 - channel, 0))

    return handle


def _axes(expr: s.Expr, rank: int) -> int:
    items = expr.items if isinstance(expr, s.Tuple) else (expr,)
    mask = 0
    for item in items:
        mask |= 1 << axis_of(item, rank)
    return mask


def _shaped(name: str) -> Handler:
    """Kernels whose shape comes from the place that wants the value."""
    inputs = [o.name for o in BY_NAME[name].signature.inputs]
    made = BY_NAME[name].signature.outputs[0].dtype.word

    def handle(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
        arguments(body, call, name, " ".join(inputs))
        admitted = hint.element if made == "any" and isinstance(hint, ty.Tensor) else made
        if not isinstance(hint, ty.Tensor) or hint.element != admitted:
            raise undetermined(name, call, hint, admitted)
        wanted = None if name == "reshape" else ty.U64
        args = [
            check(body, arg, wanted, f"argument '{word}' of '{name}'") if wanted
            else body.infer(arg)
            for word, arg in zip(inputs, call.args, strict=True)
        ]  # fmt: skip
        if BY_NAME[name].same_count:
            _same_count(body, args[0], hint, call)
        return kernel(body, name, args, call.span, counts=hint.dims)

    assert BY_NAME[name].signature.outputs[0].rest is Rest.COUNTED
    return handle


def _top(name: str) -> Handler:
    """The k greatest of each row; k is known when the contract is compiled."""

    def handle(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
        arguments(body, call, name, "x k")
        x, k = body.infer(call.args[0]), check(body, call.args[1], ty.U64, f"'k' of '{name}'")
        if not isinstance(k, t.Literal) or not 1 <= int(k.value) <= MAX_ATTRIBUTE:
            message = f"'k' of '{name}' is a known number from 1 to {MAX_ATTRIBUTE}"
            raise Fault("E0303", k.span, message, f"write {name}(x, 3), or a constant")
        return kernel(body, name, (x,), call.span, (int(k.value),))

    return handle


def _images(name: str) -> Handler:
    """Windows over images: literal `stride`, `padding`, and `groups` or `size`, by name."""
    row = BY_NAME[name]

    def handle(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
        inputs = row.signature.inputs
        arguments(body, call, name, " ".join(o.name for o in inputs), row.attrs)
        given = {"stride": 1, "padding": 0, "groups": 1}
        for keyword in call.keywords:
            if not isinstance(keyword.value, s.Int):
                message = f"'{keyword.name}' is a literal number"
                raise Fault("E0303", keyword.span, message, f"write {keyword.name}=1")
            given[keyword.name] = keyword.value.value
        args = [body.infer(arg) for arg in call.args]
        attrs = tuple(given.get(attr, 0) for attr in row.attrs)
        try:
            infer_ranks(row, [StaticType(o.dtype, len(o.tail)) for o in inputs], attrs)
        except KernelFault as fault:
            raise Fault(
                "E0303", call.span, fault.message, "stride, groups, size at least 1"
            ) from fault
        return kernel(body, name, args, call.span, attrs)

    return handle


def _same_count(body: Body, x: t.Expr, wanted: ty.Tensor, call: s.Call) -> None:
    sizes = []
    for dims in (dims_of(x.type), wanted.dims):
        total = None
        for dim in dims:
            total = dim if total is None else total * dim
        sizes.append(total)
    if sizes[0] is not None and sizes[1] is not None:
        message = f"'reshape': {sizes[0]} elements do not fill {wanted}"
        body.same(sizes[0], sizes[1], message, "choose sizes with the same product", call.span)


def undetermined(name: str, call: s.Call, hint: Type | None, made: str = "f32") -> Fault:
    """The fault of a shape that no place determines."""
    if isinstance(hint, ty.Prim | ty.Tensor):
        return Fault("E0301", call.span, f"'{name}' makes no {hint}", f"make a tensor of {made}")
    advice = f"say the type: 'value: {made}[64, 10] = {name}(…)'"
    return Fault("E0305", call.span, f"the shape of '{name}' is not determined", advice)


def _filled(name: str, value: int | None) -> Handler:
    """zeros(), ones(), full(value): a scalar, a tensor, or a struct of them."""

    def handle(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
        arguments(body, call, name, "" if value is not None else "value")
        if hint is None or isinstance(hint, ty.Map | ty.Several | ty.Unknown):
            raise undetermined(name, call, None)
        parts = tuple(one(body, leaf, call) for _, leaf in ty.leaves(hint))
        return parts[0] if not isinstance(hint, ty.Struct) else t.Pack(hint, parts, call.span)

    def one(body: Body, leaf: ty.Leaf, call: s.Call) -> t.Expr:
        element = ty.element(leaf) if isinstance(leaf, ty.Tensor) else leaf
        small = isinstance(leaf, ty.Tensor) and leaf.element in ("i8", "bool")
        if value is not None and isinstance(leaf, ty.Tensor) and small:
            return _bytes(body, leaf, value, call.span)
        if element not in ty.NUMBERS or small:
            raise undetermined(name, call, leaf)
        filler = s.Int(value, call.span) if value is not None else call.args[0]
        scalar = check(body, filler, element, f"argument of '{name}'")
        if not isinstance(leaf, ty.Tensor):
            return scalar
        fill = "fill" if element == ty.F32 else "fill_i32"
        return kernel(body, fill, (scalar,), call.span, counts=leaf.dims)

    return handle


def _bytes(body: Body, leaf: ty.Tensor, value: int, span: Span) -> t.Expr:
    """Zeros or ones of one byte each, from those of f32."""
    zero, one = whole(0, ty.F32, span), whole(1, ty.F32, span)
    floats = kernel(body, "fill", (one if value else zero,), span, counts=leaf.dims)
    if leaf.element == "bool":
        return kernel(body, "less", (zero, floats), span)
    return kernel(body, "quantize", (floats, one, whole(0, ty.I32, span)), span)


def _length(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
    arguments(body, call, "len", "value")
    found = body.infer(call.args[0])
    if isinstance(found.type, ty.Tensor):
        return t.Size(ty.U64, found.type.dims[0], call.span)
    if found.type not in ty.BYTE_LIKE:
        message = f"{an(found.type)} has no length"
        raise Fault("E0302", call.span, message, "bytes, strings and tensors have one")
    return t.Apply(ty.U64, "bytes.len", (found,), call.span)


def _absolute(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
    arguments(body, call, "abs", "x")
    found = body.infer(call.args[0], hint)
    if found.type == ty.F32:
        return t.Apply(ty.F32, "f32.abs", (found,), call.span)
    if isinstance(found.type, ty.Tensor) and found.type.element == "f32":
        return kernel(body, "abs", (found,), call.span)
    raise Fault("E0302", call.span, f"abs of {found.type} is not defined", "use an f32")


def _extreme(name: str, pair: str) -> Handler:
    """max(a, b) of two numbers or tensors; max(x, axis=…) of the elements of one."""

    def handle(body: Body, call: s.Call, hint: Type | None) -> t.Expr:
        if len(call.args) == 1:
            return _reduction(name)(body, call, hint)
        arguments(body, call, name, "a b")
        from_left = not isinstance(call.args[0], s.Int)
        first = body.infer(call.args[0 if from_left else 1], hint)
        second = body.infer(call.args[1 if from_left else 0], first.type)
        a, b = (first, second) if from_left else (second, first)
        if a.type != b.type or a.type not in ty.NUMBERS:
            return kernel(body, pair, (a, b), call.span, shown=f"'{name}'")
        if a.type == ty.F32:
            return t.Apply(ty.F32, f"f32.{name}", (a, b), call.span)
        return t.Choose(a.type, name, a, b, call.span)

    return handle


BUILTINS: Final[dict[str, Handler]] = {
    **{name: _plain(name) for name in _PLAIN},
    **{name: _reduction(name) for name in _REDUCTIONS},
    **{name: _shaped(name) for name in _SHAPED},
    **{name: _images(name) for name in _IMAGES},
    **{name: _batch(name) for name in _BATCHES},
    **PARTS,
    **ATTENTION,
    **{name: _top(name) for name in ("top_k", "top_k_index")},
    "zeros": _filled("zeros", 0),
    "ones": _filled("ones", 1),
    "full": _filled("full", None),
    "len": _length,
    "abs": _absolute,
    "max": _extreme("max", "maximum"),
    "min": _extreme("min", "minimum"),
}
