"""The opcode that runs a kernel: shape, size, gas, memory, data, and only then the write."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from anhvm.isa.traps import Trap
from anhvm.isa.types import Type as Scalar
from anhvm.isa.types import is_tensor
from anhvm.kernels.ranks import KernelFault
from anhvm.kernels.shapes import Type, infer, work
from anhvm.kernels.table import BY_ID
from anhvm.program.kernel_types import static_type
from anhvm.program.model import Instr
from anhvm.program.trace import Mark
from anhvm.reference.control import Action
from anhvm.reference.state import Frame, State, array_of
from anhvm.reference.trapped import Trapped

_SCALARS: dict[int, type[np.generic]] = {
    Scalar.U64: np.uint64,
    Scalar.I64: np.int64,
    Scalar.I32: np.int32,
    Scalar.F32: np.float32,
    Scalar.BOOL: np.bool_,
}
_TRAPS = {
    "kernel.shape": Trap.SHAPE,
    "kernel.size": Trap.SIZE,
    "kernel.bounds": Trap.BOUNDS,
    "kernel.data": Trap.DATA,
}


def kernel(state: State, frame: Frame, instr: Instr) -> None:
    site = frame.function.sites[instr.a]
    row = BY_ID[site.target]
    registers = frame.function.registers
    fixed = len(row.signature.inputs)
    operands = [_operand(registers[r].type, frame.values[r]) for r in site.ins[:fixed]]
    counts = [frame.values[r] for r in site.ins[fixed:]]
    types = [_type(registers[r].type, x) for r, x in zip(site.ins[:fixed], operands, strict=True)]
    live = state.memory.live
    try:
        outputs = infer(row, types, site.attrs, counts)
        madds, size = work(row, types, site.attrs, counts)
        price = state.schedule.kernels[row.gas_class]
        state.meter.charge(price.cost(madds, size, state.memory.high))
        state.memory.reserve(*(prod(t.dims) * t.dtype.size for t in outputs if t.dims))
        results = state.kernels(row.name, operands, site.attrs, counts)
    except KernelFault as fault:
        state.memory.live = live  # what was reserved is never made
        raise Trapped(_TRAPS[fault.code], fault.message) from fault
    for register, result in zip(site.outs, results, strict=True):
        array = np.ascontiguousarray(result)
        scalar = not is_tensor(registers[register].type)
        state.write(frame, register, result.item() if scalar else state.memory.hold(array))
    state.mark(Mark.KERNEL)


def _operand(code: int, value: Any) -> Any:
    return array_of(value) if is_tensor(code) else _SCALARS[code](value)


def _type(code: int, operand: Any) -> Type:
    static = static_type(code)
    assert static is not None
    return Type(static.dtype, operand.shape if static.rank else ())


KERNEL: dict[str, Action] = {"kernel": kernel}
