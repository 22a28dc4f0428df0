"""Runs any kernel by its definition, the slow twin that each fast kernel equals bit for bit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.definitions.primitives import PRIMITIVES
from anhvm.kernels.programs import Call, Expr, Literal, mask_value, parse_program
from anhvm.kernels.row import INDEXES
from anhvm.kernels.shapes import KernelFault, Type, infer
from anhvm.kernels.signature import DType
from anhvm.kernels.table import BY_NAME, Kernel

Array = NDArray[Any]

NUMPY: Mapping[DType, type[np.generic]] = {
    DType.U64: np.uint64,
    DType.I64: np.int64,
    DType.I32: np.int32,
    DType.F32: np.float32,
    DType.BOOL: np.bool_,
    DType.I8: np.int8,
}
_DTYPES = {np.dtype(v): k for k, v in NUMPY.items()}


def call(
    name: str, inputs: Sequence[Any], attrs: Sequence[int] = (), counts: Sequence[int] = ()
) -> list[Array]:
    """The outputs of kernel `name` on arrays or NumPy scalars; raises KernelFault.

    f32 inputs are flushed; NaNs of the result may be any NaN.  `counts` are the values of the
    trailing u64 scalars.
    """
    kernel = BY_NAME[name]
    arrays = [np.asarray(x) for x in inputs]
    outputs = infer(kernel, [type_of(x) for x in arrays], attrs, counts)
    where = first_offence(name, arrays)
    if where >= 0:
        message = f"{name}: {kernel.check} at position {where}"
        raise KernelFault("kernel.data", message, "mend the data")
    if kernel.program:
        results = _run(kernel, arrays, attrs)
    else:
        results = [PRIMITIVES[name](arrays, (*attrs, *counts), outputs[0].dims)]
    return [
        np.broadcast_to(r, t.dims).astype(NUMPY[t.dtype])
        for r, t in zip(results, outputs, strict=True)
    ]


def first_offence(name: str, inputs: Sequence[Array]) -> int:
    """Row-major index of the first element that traps, or -1.  Shapes are those of the row."""
    kernel = BY_NAME[name]
    if not kernel.check:
        return -1
    operands = list(zip(kernel.signature.inputs, inputs, strict=True))
    (index,) = (x for o, x in operands if o.name in INDEXES)
    size = next(x.shape[o.tail.index("C") - len(o.tail)] for o, x in operands if "C" in o.tail)
    bad = np.flatnonzero((index < 0) | (index >= size))
    return int(bad[0]) if len(bad) else -1


def type_of(array: Array) -> Type:
    """The kernel type of a NumPy array."""
    return Type(_DTYPES[array.dtype], array.shape)


def _run(kernel: Kernel, inputs: Sequence[Array], attrs: Sequence[int]) -> list[Array]:
    names = (o.name for o in kernel.signature.inputs)
    values = dict(zip(names, inputs, strict=True))
    own = dict(zip(kernel.attrs, attrs, strict=True))
    for statement in parse_program(kernel.program):
        values[statement.name] = evaluate(statement.value, values, own)
    return [values[o.name] for o in kernel.signature.outputs]


def evaluate(
    expression: Expr,
    values: Mapping[str, Array],
    own: Mapping[str, int],
    caller: Callable[..., list[Array]] = call,
    counts: Sequence[int] = (),
) -> Array:
    """An expression of the table over named arrays, each kernel run by `caller`.

    `own` are the attributes of the row that the expression stands in, `counts` its trailing
    scalars.
    """
    if isinstance(expression, Literal):
        return np.array(expression.value, np.float32)
    if isinstance(expression, Call):
        operands = [evaluate(e, values, own, caller, counts) for e in expression.operands]
        at = expression.axes_operand
        rank = operands[at].ndim if at is not None else 0
        masks = [mask_value(m, rank, own) for m in expression.masks]
        handed = (counts,) if expression.counts else ()
        return caller(expression.kernel.name, operands, masks, *handed)[0]
    return values[expression.name]
