"""Kernel calls with symbolic shapes: the signature of the table, over polynomials.

`kernels.shapes` is the same rule over numbers.  Here an equality may be known to hold, known to
fail (a located error), or left to a run-time check that names both sides.
"""

from __future__ import annotations

from collections.abc import Sequence

from anhvm.compiler import typed as t
from anhvm.compiler import types as ty
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.dims import Dim, const
from anhvm.compiler.fit import conversion
from anhvm.compiler.ir import Span
from anhvm.compiler.scope import Body
from anhvm.compiler.types import Type
from anhvm.isa.types import MAX_RANK
from anhvm.kernels.signature import DType, Operand, Rest, derived
from anhvm.kernels.table import BY_NAME

Dims = tuple[Dim, ...]


def kernel(
    body: Body,
    name: str,
    args: Sequence[t.Expr],
    span: Span,
    attrs: tuple[int, ...] = (),
    counts: Dims = (),
    shown: str = "",
) -> t.Kernel:
    """A call of a kernel; raises Fault (E0301, E0401).  `shown` is what the person wrote."""
    call = _Call(body, shown or f"'{name}'", span, attrs, counts)
    signature = BY_NAME[name].signature
    for operand, arg in zip(signature.inputs, args, strict=True):
        call.bind(operand, arg)
    for operand, arg in zip(signature.inputs, args, strict=True):
        if operand.rest is Rest.REDUCED:
            call.demand(call.reduced(operand.rests[0]), dims_of(arg.type), operand.name)
    for item, dim in call.later:
        call.demand((call.derived(item),), (dim,), item)
    results = tuple(map(call.result, signature.outputs))
    type_ = results[0] if len(results) == 1 else ty.Several(results)
    return t.Kernel(type_, name, tuple(args), span, attrs, counts)


def dims_of(type_: Type) -> Dims:
    return type_.dims if isinstance(type_, ty.Tensor) else ()


class _Call:
    def __init__(self, body: Body, shown: str, span: Span, attrs: Sequence[int], counts: Dims):
        self.body, self.shown, self.span = body, shown, span
        self.attrs, self.counts = attrs, counts
        self.rests: dict[str, tuple[str, Dims]] = {}
        self.dims: dict[str, tuple[str, Dim]] = {"1": ("", const(1))}
        self.anything = ""  # the element that stands for any
        self.later: list[tuple[str, Dim]] = []

    def bind(self, operand: Operand, arg: t.Expr) -> None:
        """Take one operand: its dtype, its rank, and its dims under their variables."""
        found = arg.type
        element = found.element if isinstance(found, ty.Tensor) else str(found)
        need = len(operand.tail)
        dims = dims_of(found)
        admitted = operand.dtype is DType.ANY and isinstance(found, ty.Tensor)
        if admitted:
            self.anything = element
        if not (admitted or element == operand.dtype.word) or len(dims) < need:
            wanted = f"{operand.dtype.word}[{', '.join(operand.tail)}]" if need else "f32"
            if operand.rest is Rest.WHOLE and need:
                wanted = f"{wanted} or more axes"
            elif not need:
                wanted = operand.dtype.word
            target = ty.PRIMS.get(operand.dtype.word, ty.F32)
            like = ty.Tensor(operand.dtype.word, dims) if dims else target
            hint = conversion(found, like)
            if element == operand.dtype.word:
                hint = f"it needs at least {need} axes"
            message = f"{self.shown}: this is {found}, expected {wanted}"
            raise Fault("E0301", arg.span, message, hint)
        split = len(dims) - need
        if operand.rest is Rest.WHOLE:
            known = self.rests.setdefault(operand.rests[0], (operand.name, dims[:split]))
            self.demand(known[1], dims[:split], operand.name)
        elif operand.rest is Rest.NONE and split:
            message = f"{self.shown}: this has {len(dims)} axes, expected {need}"
            raise Fault("E0401", arg.span, message, "reshape it, or take another operation")
        for variable, dim in zip(operand.tail, dims[split:], strict=True):
            if derived(variable):
                self.later.append((variable, dim))
                continue
            first, known_dim = self.dims.setdefault(variable, (str(found), dim))
            message = f"{self.shown} of {first} and {found}: {known_dim} against {dim}"
            self._same(known_dim, dim, message)

    def demand(self, known: Dims, found: Dims, name: str) -> None:
        """Equal lists of leading dims."""
        shown = f"[{', '.join(map(str, known))}] and [{', '.join(map(str, found))}]"
        if len(known) != len(found):
            message = f"{self.shown}: {shown} have different numbers of axes"
            raise Fault("E0401", self.span, message, "give both the same leading axes")
        for left, right in zip(known, found, strict=True):
            self._same(left, right, f"{self.shown}: {left} against {right} in {shown}")

    def reduced(self, rest: str) -> Dims:
        axes, keep = self.attrs[0], self.attrs[1] if len(self.attrs) > 1 else 0
        return tuple(
            const(1) if axes >> i & 1 else dim
            for i, dim in enumerate(self.rests[rest][1])
            if not (axes & ~keep) >> i & 1
        )

    def derived(self, item: str) -> Dim:
        """What follows from variables and attributes: a share of a group, a number of windows."""
        if "@" in item:
            whole = self.dims[item.removesuffix("@k")][1]
            if whole.constant is not None and whole.constant < self.attrs[0]:
                message = f"{self.shown}: there are no {self.attrs[0]} of {whole} elements"
                raise Fault("E0401", self.span, message, "ask for fewer")
            return const(self.attrs[0])
        stride, padding, last = self.attrs
        if item.endswith("%"):
            return self._quotient(self.dims[item[:-1]][1], last, "the channels", "groups")
        along, _, window = item.partition("/")
        size = const(last) if window == "size" else self.dims[window][1]
        room = self.dims[along][1] + const(2 * padding) - size
        if room.constant is not None:
            if room.constant < 0 or size.constant == 0:
                message = f"{self.shown}: a window of {size} does not fit {self.dims[along][1]}"
                raise Fault("E0401", self.span, message, "use a smaller window, or more padding")
            return const(room.constant // stride + 1)
        return self._quotient(room, stride, "the room for windows", "the stride") + const(1)

    def _quotient(self, whole: Dim, parts: int, what: str, by: str) -> Dim:
        if whole.constant is not None and whole.constant % parts == 0:
            return const(whole.constant // parts)
        if parts == 1:
            return whole
        message = f"{self.shown}: {by} {parts} must divide {what}, {whole}"
        raise Fault("E0401", self.span, message, "write sizes that are known numbers and fit")

    def result(self, output: Operand) -> Type:
        """The type of the output; rank 0 is a scalar."""
        front: Dims = ()
        if output.rest is Rest.WHOLE:
            front = self.rests[output.rests[0]][1]
        elif output.rest is Rest.REDUCED:
            front = self.reduced(output.rests[0])
        elif output.rest is Rest.COUNTED:
            front = self.counts
        elif output.rest is Rest.BROADCAST:
            front = self._broadcast([self.rests[r][1] for r in output.rests])
        tail = (self.derived(v) if derived(v) else self.dims[v][1] for v in output.tail)
        dims = (*front, *tail)
        if len(dims) > MAX_RANK:
            hint = f"a tensor has at most {MAX_RANK} axes"
            raise Fault("E0401", self.span, f"{self.shown}: the result has {len(dims)} axes", hint)
        word = self.anything if output.dtype is DType.ANY else output.dtype.word
        if not dims and word not in ty.PRIMS:
            message = f"{self.shown}: the result would be one {word}, which no variable holds"
            raise Fault("E0301", self.span, message, "give it a tensor: it may hold one element")
        return ty.Tensor(word, dims) if dims else ty.PRIMS[word]

    def _broadcast(self, lists: Sequence[Dims]) -> Dims:
        """Right-aligned; a size gives way only where it is written 1."""
        shown = " and ".join(f"[{', '.join(map(str, dims))}]" for dims in lists)
        result: list[Dim] = []
        for i in range(1, max(map(len, lists)) + 1):
            sizes = [dims[-i] for dims in lists if len(dims) >= i]
            wide = [dim for dim in sizes if dim.constant != 1]
            for other in wide[1:]:
                self._same(wide[0], other, f"{self.shown}: {wide[0]} against {other} in {shown}")
            result.append(wide[0] if wide else const(1))
        return tuple(reversed(result))

    def _same(self, left: Dim, right: Dim, message: str) -> None:
        hint = "make them equal; only a size that is written 1 is repeated"
        self.body.same(left, right, message, hint, self.span)
