"""Straight code over fresh variables, and the gradient rules of the kernel table as such code.

Scalar f32 opcodes do what the kernels of rank 0 do, bit for bit.  So there is one set of rules: an
opcode is differentiated by the row of its kernel, and a kernel of the rules whose operands are all
scalars becomes the opcode.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from anhvm.compiler import ir
from anhvm.isa.types import DType, Type, dtype_of, is_tensor, rank_of
from anhvm.kernels.programs import Call, Expr, Literal, Name, mask_value, parse_expression
from anhvm.kernels.ranks import infer_ranks, reduced
from anhvm.kernels.shapes import broadcast
from anhvm.kernels.signature import Operand, Rest
from anhvm.kernels.table import BY_NAME, Kernel
from anhvm.program.kernel_types import machine_type, static_type

KERNEL_OF: Final = {
    "f32.add": "add",
    "f32.sub": "sub",
    "f32.mul": "mul",
    "f32.div": "div",
    "f32.sqrt": "sqrt",
    "f32.neg": "neg",
    "f32.max": "maximum",
    "f32.min": "minimum",
    "f32.lt": "less",
    "f32.le": "less_equal",
    "f32.eq": "equal",
    "f32.ne": "not_equal",
}
"""The kernel that an opcode is at rank 0."""
_OP_OF: Final = {kernel: op for op, kernel in KERNEL_OF.items()}
# |x| is max(x, -x), and ties go to the first (law N13).
ABS_GRADIENT: Final = parse_expression("select(less(x, 0.0), neg(g), g)")


def f32(value: float) -> ir.Lit:
    """An f32 literal, rounded once."""
    return ir.Lit(Type.F32, struct.unpack("<I", struct.pack("<f", value))[0])


def is_float(code: int) -> bool:
    """Whether values of the type have gradients: an f32 scalar or tensor."""
    return code == Type.F32 or (is_tensor(code) and dtype_of(code) is DType.F32)


def rank(atom: ir.Atom) -> int:
    """The number of axes; 0 for scalars."""
    return rank_of(atom.type) if is_tensor(atom.type) else 0


def ones(atom: ir.Atom) -> int:
    """The mask of the axes whose size is written 1."""
    if isinstance(atom, ir.Lit):
        return sum(1 << i for i, dim in enumerate(atom.dims) if dim == 1)
    return atom.ones if isinstance(atom, ir.Var) else 0


class Block:
    """Statements in the making."""

    def __init__(self) -> None:
        self.stmts: list[ir.Stmt] = []
        self._known: dict[tuple[object, ...], ir.Var] | None = None

    @contextmanager
    def sharing(self) -> Iterator[None]:
        """Inside, what was computed once is not computed again; nothing may be assigned anew."""
        self._known = {}
        yield
        self._known = None

    def add(self, stmt: ir.Stmt) -> None:
        self.stmts.append(stmt)

    def op(
        self, op: str, code: int, args: Sequence[ir.Atom], span: ir.Span, imm: int = 0
    ) -> ir.Var:
        """A variable of type `code` that holds the result of an opcode."""
        var = ir.Var(op.rpartition(".")[2], code)
        return self._once((op, *args, imm), var, ir.Op(var, op, tuple(args), span, imm))

    def _once(self, what: tuple[object, ...], var: ir.Var, stmt: ir.Stmt) -> ir.Var:
        """`var`, which `stmt` makes; or the variable that holds the same already."""
        if self._known is not None:
            if what in self._known:
                return self._known[what]
            self._known[what] = var
        self.add(stmt)
        return var

    def kernel(
        self, row: Kernel, args: Sequence[ir.Atom], attrs: Sequence[int], span: ir.Span
    ) -> ir.Var:
        """A variable that holds the result of a kernel; `args` as in `ir.Kernel`."""
        fixed = len(row.signature.inputs)
        types = [t for a in args[:fixed] if (t := static_type(a.type)) is not None]
        (static,) = infer_ranks(row, types, attrs, len(args) - fixed)
        code = machine_type(static)
        if row.name in _OP_OF and not any(map(rank, args)):
            return self.op(_OP_OF[row.name], code, args, span)
        var = ir.Var(row.name, code, _written_ones(row, args, attrs))
        stmt = ir.Kernel((var,), row.name, tuple(args), span, tuple(attrs))
        return self._once((row.name, *args, tuple(attrs)), var, stmt)

    def zeros_like(self, atom: ir.Atom, span: ir.Span) -> ir.Atom:
        """+0 in the shape of `atom`."""
        if not rank(atom):
            return f32(0.0)
        dims = [self.op("t.dim", Type.U64, (atom,), span, axis) for axis in range(rank(atom))]
        zeros = self.kernel(BY_NAME["fill"], (f32(0.0), *dims), (), span)
        return self.alias(zeros, ones(atom), span)

    def alias(self, atom: ir.Atom, written: int, span: ir.Span) -> ir.Atom:
        """`atom`, known to have size 1 at the axes of mask `written` too."""
        if not isinstance(atom, ir.Var) or not written & ~atom.ones:
            return atom
        var = ir.Var(atom.name, atom.type, atom.ones | written)
        self.add(ir.Assign(var, atom, span))
        return var

    def evaluate(
        self,
        expr: Expr,
        names: Mapping[str, ir.Atom],
        masks: Mapping[str, int],
        span: ir.Span,
        counts: Sequence[ir.Atom] = (),
    ) -> ir.Atom:
        """The value of an expression of the kernel table.

        `masks` are attributes of its row, `counts` the trailing scalars.
        """
        match expr:
            case Name(name):
                return names[name]
            case Literal(value):
                return f32(value)
            case Call(row, operands, call_masks, handed):
                args = [self.evaluate(o, names, masks, span, counts) for o in operands]
                axes = 0 if expr.axes_operand is None else rank(args[expr.axes_operand])
                attrs = [mask_value(mask, axes, masks) for mask in call_masks]
                return self.kernel(row, (*args, *(counts if handed else ())), attrs, span)


def adjoint_of_operand(
    block: Block,
    row: Kernel,
    operand: int,
    args: Sequence[ir.Atom],
    attrs: Sequence[int],
    result: ir.Atom,
    g: ir.Atom,
    span: ir.Span,
) -> ir.Atom | None:
    """What operand number `operand` of a kernel call receives from the adjoint `g` of its result.

    Summed over the axes along which the operand was repeated.  None: its gradient is zero.
    """
    inputs = row.signature.inputs
    if operand >= len(inputs) or inputs[operand].name not in row.gradient:
        return None
    names = {o.name: a for o, a in zip(inputs, args, strict=False)}
    names |= {row.signature.outputs[0].name: result, "g": g}
    masks = dict(zip(row.attrs, attrs, strict=True))
    expr = parse_expression(row.gradient[inputs[operand].name])
    value = block.evaluate(expr, names, masks, span, args[len(inputs) :])
    if row.signature.outputs[0].rest is not Rest.BROADCAST:
        return value
    axes, keep = _repeated(args[operand], result)
    return block.kernel(BY_NAME["sum"], (value,), (axes, keep), span) if axes else value


def _repeated(operand: ir.Atom, result: ir.Atom) -> tuple[int, int]:
    """The axes of `result` along which `operand` was repeated, and those that `operand` has."""
    missing = rank(result) - rank(operand)
    keep = ones(operand) << missing & ~ones(result)
    return (1 << missing) - 1 | keep, keep


def _written_ones(row: Kernel, args: Sequence[ir.Atom], attrs: Sequence[int]) -> int:
    """The axes of the result whose size is written 1, from those of the operands.

    A size is 1 where it is written so and 2 for all others: the shape rules need no more.
    """
    bound: dict[str, tuple[int, ...]] = {"1": (1,)}

    def bind(variable: str, sizes: tuple[int, ...]) -> None:
        bound[variable] = tuple(map(min, bound.get(variable, sizes), sizes))

    for operand, atom in zip(row.signature.inputs, args, strict=False):
        sizes = tuple(1 if ones(atom) >> i & 1 else 2 for i in range(rank(atom)))
        split = len(sizes) - len(operand.tail)
        if operand.rest is Rest.WHOLE:
            bind(operand.rests[0], sizes[:split])
        for variable, size in zip(operand.tail, sizes[split:], strict=True):
            bind(variable, (size,))
    for item in row.signature.outputs[0].tail:
        bound.setdefault(item, (2,))  # derived: nobody wrote it
    counts = args[len(row.signature.inputs) :]
    result = _sizes(row.signature.outputs[0], bound, attrs, counts)
    return sum(1 << i for i, size in enumerate(result) if size == 1)


def _sizes(
    output: Operand,
    bound: Mapping[str, tuple[int, ...]],
    attrs: Sequence[int],
    counts: Iterable[ir.Atom],
) -> tuple[int, ...]:
    tail = tuple(size for variable in output.tail for size in bound[variable])
    match output.rest:
        case Rest.REDUCED:
            return reduced(bound[output.rests[0]], attrs) + tail
        case Rest.CUT | Rest.PADDED | Rest.REPEATED | Rest.JOINED | Rest.TURNED:
            return (2,) * len(bound[output.rests[0]]) + tail  # nobody wrote them
        case Rest.BROADCAST:
            return (broadcast([bound[r] for r in output.rests]) or ()) + tail
        case Rest.COUNTED:
            return tuple(1 if isinstance(c, ir.Lit) and c.value == 1 else 2 for c in counts)
        case _:
            return tuple(size for r in output.rests for size in bound[r]) + tail
