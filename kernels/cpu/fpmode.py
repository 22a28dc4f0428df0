"""The floating-point mode of exact kernels, for callers that are not the machine.

The machine's core sets the mode in its own threads; `flush_mode` does the same for a test or a
tool that calls a kernel directly: MXCSR with FTZ and DAZ, round to nearest, exceptions masked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

FLUSH = 0x9FC0  # FTZ | all exceptions masked | DAZ, round to nearest


def _mxcsr_call(builder: Any, name: str, slot: Any) -> None:
    pointer = ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), (pointer,))
    function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
    builder.call(function, (builder.bitcast(slot, pointer),))


@intrinsic
def _get(typingctx: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        slot = builder.alloca(ir.IntType(32))
        _mxcsr_call(builder, "llvm.x86.sse.stmxcsr", slot)
        return builder.load(slot)

    return types.uint32(), codegen


@intrinsic
def _set(typingctx: Any, value: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        slot = builder.alloca(ir.IntType(32))
        builder.store(args[0], slot)
        _mxcsr_call(builder, "llvm.x86.sse.ldmxcsr", slot)
        return ir.Constant(ir.IntType(32), 0)

    return types.uint32(types.uint32), codegen


@njit("uint32()")
def get_mode() -> Any:
    """MXCSR of the calling thread."""
    return _get()


@njit("uint32(uint32)")
def set_mode(value: Any) -> Any:
    """Sets MXCSR of the calling thread to `value`."""
    return _set(value)


@contextmanager
def flush_mode() -> Iterator[None]:
    """Runs its body in the mode of exact kernels and restores the old one on leaving."""
    before = get_mode()
    set_mode(FLUSH)
    try:
        yield
    finally:
        set_mode(before)
