"""Device code for products of matrices: four neighbours at a time, and a tile's products at once.

An asm that touches memory has a side effect, so that a barrier is never passed.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.cuda.extending import intrinsic

_F32, _I32, _I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_FOUR = types.UniTuple(types.float32, 4)
_FMA = ir.InlineAsm(ir.FunctionType(_F32, [_F32] * 3), "fma.rn.ftz.f32 $0, $1, $2, $3;", "=f,f,f,f")


def _global(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """The address of element `args[1]` of an array."""
    array = context.make_array(signature.args[0])(context, builder, args[0])
    return builder.ptrtoint(builder.gep(array.data, [args[1]]), _I64)


def _shared(context: Any, builder: Any, signature: Any, args: Any) -> Any:
    """The same in shared memory, whose addresses have 32 bits."""
    array = context.make_array(signature.args[0])(context, builder, args[0])
    data = builder.addrspacecast(array.data, ir.PointerType(_F32, 3))
    return builder.trunc(builder.ptrtoint(builder.gep(data, [args[1]]), _I64), _I32)


def _load(builder: Any, text: str, more: str, operands: Any) -> Any:
    """What an asm of four results gives."""
    kind = ir.FunctionType(ir.LiteralStructType([_F32] * 4), [x.type for x in operands])
    asm = ir.InlineAsm(kind, text, f"=f,=f,=f,=f,{more}", side_effect=True)
    return _elements(builder, builder.call(asm, operands), 4)


def _store(builder: Any, text: str, address: str, operands: Any) -> None:
    kind = ir.FunctionType(ir.VoidType(), [x.type for x in operands])
    asm = ir.InlineAsm(kind, text, f"{address},f,f,f,f", side_effect=True)
    builder.call(asm, operands)


def _elements(builder: Any, aggregate: Any, count: int) -> list[Any]:
    return [builder.extract_value(aggregate, i) for i in range(count)]


@intrinsic
def four(typingctx: Any, x: Any, at: Any, when: Any, otherwise: Any) -> Any:
    """A load under a predicate: there is no branch, which the assembler would move."""
    text = (
        "{ .reg .pred %when;\nsetp.ne.u32 %when, $9, 0;\n"
        "@%when ld.global.v4.f32 {$0, $1, $2, $3}, [$8];\n}"
    )

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _global(context, builder, signature, args)
        operands = *_elements(builder, args[3], 4), place, builder.zext(args[2], _I32)
        parts = _load(builder, text, "0,1,2,3,l,r", operands)
        return context.make_tuple(builder, signature.return_type, parts)

    return _FOUR(x, types.uint64, types.boolean, _FOUR), codegen


@intrinsic
def four_shared(typingctx: Any, x: Any, at: Any) -> Any:
    text = "ld.shared.v4.f32 {$0, $1, $2, $3}, [$4];"

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        parts = _load(builder, text, "r", [_shared(context, builder, signature, args)])
        return context.make_tuple(builder, signature.return_type, parts)

    return _FOUR(x, types.uint64), codegen


@intrinsic
def put_four(typingctx: Any, x: Any, at: Any, values: Any) -> Any:
    text = "st.global.v4.f32 [$0], {$1, $2, $3, $4};"

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _global(context, builder, signature, args)
        _store(builder, text, "l", [place, *_elements(builder, args[2], 4)])
        return context.get_dummy_value()

    return types.void(x, types.uint64, _FOUR), codegen


@intrinsic
def put_four_shared(typingctx: Any, x: Any, at: Any, values: Any) -> Any:
    text = "st.shared.v4.f32 [$0], {$1, $2, $3, $4};"

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = _shared(context, builder, signature, args)
        _store(builder, text, "r", [place, *_elements(builder, args[2], 4)])
        return context.get_dummy_value()

    return types.void(x, types.uint64, _FOUR), codegen


@intrinsic
def outer(typingctx: Any, c: Any, u: Any, v: Any) -> Any:
    """Every second row goes backwards, so that an operand stays where two rows meet."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        sums, rows, columns = (
            _elements(builder, x, kind.count) for x, kind in zip(args, signature.args, strict=True)
        )
        for e, left in enumerate(rows):
            for f in sorted(range(len(columns)), reverse=e % 2 == 1):
                at = e * len(columns) + f
                sums[at] = builder.call(_FMA, [left, columns[f], sums[at]])
        return context.make_tuple(builder, signature.return_type, sums)

    return c(c, u, v), codegen
