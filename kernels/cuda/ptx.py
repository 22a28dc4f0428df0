"""Device code: the names of `ops` as PTX instructions, and Python functions compiled with them.

Each f32 operation carries `.rn.ftz` in its text, because a bare `mul` and `add` are fused by ptxas
(N5), and a result below the least normal is flushed (N2).  max and min carry `.NaN`: by the manual
they give NaN if an operand is NaN, and take -0 for less than +0 (N3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import CellType, FunctionType
from typing import Any

from llvmlite import ir
from numba import cuda, types
from numba.cuda.extending import intrinsic

from anhvm.kernels.cuda import fours, ops

_FLUSH = ".rn.ftz.f32"


def _arithmetic(operation: str, operands: int) -> Any:
    """A function of `operands` f32 to f32 that is one instruction."""
    f32 = ir.FloatType()
    places = ", ".join(f"${i}" for i in range(operands + 1))

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        constraints = ",".join(["=f", *["f"] * operands])
        kind = ir.FunctionType(f32, [f32] * operands)
        assembly = ir.InlineAsm(kind, f"{operation} {places};", constraints, side_effect=False)
        return builder.call(assembly, args)

    signature = types.float32(*[types.float32] * operands)
    return intrinsic(_TYPINGS[operands](lambda: (signature, codegen)))


# An intrinsic is told the number of its operands by its own parameters.
_TYPINGS: Mapping[int, Callable[[Any], Any]] = {
    1: lambda typed: lambda typingctx, a: typed(),
    2: lambda typed: lambda typingctx, a, b: typed(),
    3: lambda typed: lambda typingctx, a, b, c: typed(),
}


def _cast(operand: Any, result: Any, kind: Any) -> Any:
    def typing(typingctx: Any, x: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.bitcast(args[0], kind)

        return result(operand), codegen

    return intrinsic(typing)


@intrinsic
def _from_below(typingctx: Any, value: Any, distance: Any) -> Any:
    """32 bits of the lane further on; every lane of the warp takes part."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        word = context.get_value_type(value)
        register = "f" if value == types.float32 else "r"
        kind = ir.FunctionType(word, [word, ir.IntType(32)])
        text = "shfl.sync.down.b32 $0, $1, $2, 31, 0xffffffff;"
        assembly = ir.InlineAsm(kind, text, f"={register},{register},r", side_effect=True)
        return builder.call(assembly, args)

    return value(value, types.int32), codegen


def _thread() -> Any:
    return cuda.threadIdx.x


def _block() -> Any:
    return cuda.blockIdx.x


def _barrier() -> None:
    cuda.syncthreads()


@intrinsic
def _where(typingctx: Any, condition: Any, a: Any, b: Any) -> Any:
    """A select: no branch, both sides are computed."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(*args)

    kind = types.unliteral(a)
    return kind(types.boolean, kind, kind), codegen


def _negative(x: Any) -> Any:
    return -x


def _logical_not(x: Any) -> Any:
    return not x


def _inline(function: Callable[..., Any]) -> Any:
    return cuda.jit(device=True, inline="always")(function)


# By identity: what stands in `ops`, and what stands for it on a device.
_MEANING: Mapping[int, Any] = {
    id(ops.add): _arithmetic(f"add{_FLUSH}", 2),
    id(ops.sub): _arithmetic(f"sub{_FLUSH}", 2),
    id(ops.mul): _arithmetic(f"mul{_FLUSH}", 2),
    id(ops.div): _arithmetic(f"div{_FLUSH}", 2),
    id(ops.fma): _arithmetic(f"fma{_FLUSH}", 3),
    id(ops.sqrt): _arithmetic(f"sqrt{_FLUSH}", 1),
    id(ops.maximum): _arithmetic("max.NaN.f32", 2),
    id(ops.minimum): _arithmetic("min.NaN.f32", 2),
    id(ops.bits): _cast(types.float32, types.int32, ir.IntType(32)),
    id(ops.of_bits): _cast(types.int32, types.float32, ir.FloatType()),
    id(ops.from_below): _from_below,
    id(ops.four): fours.four,
    id(ops.outer): fours.outer,
    id(ops.four_shared): fours.four_shared,
    id(ops.put_four_shared): fours.put_four_shared,
    id(ops.put_four): fours.put_four,
    id(ops.thread): _inline(_thread),
    id(ops.block): _inline(_block),
    id(ops.barrier): _inline(_barrier),
    id(ops.where): _where,
    id(ops.negative): _inline(_negative),
    id(ops.logical_not): _inline(_logical_not),
}


def device_source(function: Callable[..., Any]) -> FunctionType:
    """The function with everything that it names, functions of ours too, put for a device."""
    assert isinstance(function, FunctionType)
    names = function.__code__.co_names
    scope = {n: _placed(function.__globals__[n]) for n in names if n in function.__globals__}
    cells = tuple(CellType(_placed(c.cell_contents)) for c in function.__closure__ or ())
    found = FunctionType(function.__code__, scope, function.__name__, None, cells)
    found.__module__ = function.__module__
    return found


def _placed(value: Any) -> Any:
    if id(value) in _MEANING:
        return _MEANING[id(value)]
    if isinstance(value, ops.Shared):
        return _shared(value.count)
    if isinstance(value, FunctionType):
        return _inline(device_source(value))
    return value


def _shared(count: int) -> Any:
    f32 = types.float32

    def array() -> Any:
        return cuda.shared.array(count, f32, 16)

    return _inline(array)
