"""Memory as CPU kernels see it: addresses are int64, and the parameter block says what lies where.

The parameter block `p` of a call, in int64 words:

    0 tiles   1 workspace bytes per worker   2 operands   3 attributes
    4 bytes of an element of the first operand
    5 shared bytes   6 address of the memory that all workers share
    then 8 words for each fixed input, then for each output:
        address   rank   d0 .. d5         row-major, contiguous; dims beyond the rank are 1
    then the attributes, then the values of trailing u64 operands

Where `plan` asks for shared bytes, the last tile runs alone, after all the others: it makes the
result out of what they left there.  The caller clears the first words and the fifth before `plan`.

A rank-0 operand lies in the low bytes of its 8-byte register slot; the caller clears the slot of an
output.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

TILES, WORKSPACE, SHARED, SHARED_AT, HEADER, OPERAND_WORDS, MAX_RANK = 0, 1, 5, 6, 7, 8, 6


def _loader(kind: Any, stored: ir.Type, unpack: Callable[[Any, Any], Any]) -> Any:
    def load(typingctx: Any, address: Any, index: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            base = builder.inttoptr(args[0], stored.as_pointer())
            return unpack(builder, builder.load(builder.gep(base, [args[1]])))

        return kind(types.int64, types.int64), codegen

    return intrinsic(load)


def _storer(kind: Any, stored: ir.Type, pack: Callable[[Any, Any], Any]) -> Any:
    def store(typingctx: Any, address: Any, index: Any, value: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            base = builder.inttoptr(args[0], stored.as_pointer())
            builder.store(pack(builder, args[2]), builder.gep(base, [args[1]]))
            return context.get_dummy_value()

        return types.void(types.int64, types.int64, kind), codegen

    return intrinsic(store)


def _same(builder: Any, value: Any) -> Any:
    return value


_BYTE = ir.IntType(8)

# load(address, index) and store(address, index, value), index in elements.
load_f32 = _loader(types.float32, ir.FloatType(), _same)
load_i32 = _loader(types.int32, ir.IntType(32), _same)
load_i64 = _loader(types.int64, ir.IntType(64), _same)
load_u64 = _loader(types.uint64, ir.IntType(64), _same)
load_i8 = _loader(types.int8, _BYTE, _same)
load_bool = _loader(
    types.boolean, _BYTE, lambda builder, v: builder.icmp_unsigned("!=", v, ir.Constant(_BYTE, 0))
)
store_f32 = _storer(types.float32, ir.FloatType(), _same)
store_i32 = _storer(types.int32, ir.IntType(32), _same)
store_i64 = _storer(types.int64, ir.IntType(64), _same)
store_u64 = _storer(types.uint64, ir.IntType(64), _same)
store_i8 = _storer(types.int8, _BYTE, _same)
store_i16 = _storer(types.int16, ir.IntType(16), _same)
store_bool = _storer(types.boolean, _BYTE, lambda builder, v: builder.zext(v, _BYTE))


@njit(error_model="numpy")
def address(p: Any, operand: Any) -> Any:
    """Address of an operand."""
    return load_i64(p, HEADER + OPERAND_WORDS * operand)


@njit(error_model="numpy")
def rank(p: Any, operand: Any) -> Any:
    """Rank of an operand."""
    return load_i64(p, HEADER + OPERAND_WORDS * operand + 1)


@njit(error_model="numpy")
def dim(p: Any, operand: Any, axis: Any) -> Any:
    """A dimension of an operand."""
    return load_i64(p, HEADER + OPERAND_WORDS * operand + 2 + axis)


@njit(error_model="numpy")
def numel(p: Any, operand: Any) -> Any:
    """Number of elements of an operand."""
    count = 1
    for axis in range(MAX_RANK):
        count *= dim(p, operand, axis)
    return count


@njit(error_model="numpy")
def item(p: Any) -> Any:
    """Bytes of an element of the first operand."""
    return load_i64(p, 4)


@njit(error_model="numpy")
def attribute(p: Any, index: Any) -> Any:
    """An attribute of the call; behind them, a trailing u64 operand."""
    return load_i64(p, HEADER + OPERAND_WORDS * load_i64(p, 2) + index)


@njit(error_model="numpy")
def planned(p: Any, tiles: Any, workspace: Any) -> Any:
    """Sets what `plan` answers, and returns the status."""
    store_i64(p, TILES, tiles)
    store_i64(p, WORKSPACE, workspace)
    return 1


@njit(error_model="numpy")
def planned_shared(p: Any, tiles: Any, workspace: Any, shared: Any) -> Any:
    """`planned`, with `shared` > 0 bytes for what `tiles` leave, and a last tile after them."""
    store_i64(p, SHARED, shared)
    return planned(p, tiles + 1, workspace)


@njit(error_model="numpy")
def last_tile(p: Any) -> Any:
    """The number of the last tile."""
    return load_i64(p, TILES) - 1


@njit(error_model="numpy")
def shared(p: Any) -> Any:
    """The address of what the workers share; 0 where they share nothing."""
    return load_i64(p, SHARED_AT) if load_i64(p, SHARED) else 0


def header(operands: int, attributes: int, item: int) -> list[int]:
    """The words before the operands, as `plan` expects them."""
    return [0, 0, operands, attributes, item, 0, 0]
