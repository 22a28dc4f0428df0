"""Steps of optimisers, straight from the programs of their rows, in vector IR.

One vector of each operand comes, one of each output goes: whatever a step computes, all goes
through memory once.  Numba would not vectorise loops over so many arrays, as any two may overlap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llvmlite import ir

from anhvm.kernels.cpu.elementwise import TILE, plan
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.matmul_ir import made
from anhvm.kernels.cpu.memory import HEADER, OPERAND_WORDS, numel
from anhvm.kernels.cpu.target import tile
from anhvm.kernels.cpu.vector_ir import F32, I64, Emitter, i64
from anhvm.kernels.programs import Call, Expr, Literal, Name, parse_program
from anhvm.kernels.table import BY_NAME, Kernel


def _primitive(e: Emitter, name: str, args: Sequence[Any]) -> Any:
    match name:
        case "add" | "sub" | "mul" | "div":
            return getattr(e.builder, f"f{name}")(*args)
        case "fma":
            return e.fma(*args)
    assert name == "sqrt", name
    return e.sqrt(*args)


def _apply(e: Emitter, kernel: Kernel, args: Sequence[Any]) -> list[Any]:
    """The outputs of a row on vectors, by its program down to primitives."""
    if not kernel.program:
        return [_primitive(e, kernel.name, args)]
    values = dict(zip((o.name for o in kernel.signature.inputs), args, strict=True))
    for statement in parse_program(kernel.program):
        values[statement.name] = _value(e, statement.value, values)
    return [values[o.name] for o in kernel.signature.outputs]


def _value(e: Emitter, expr: Expr, values: Mapping[str, Any]) -> Any:
    match expr:
        case Name(name):
            return values[name]
        case Literal(value):
            return e.splat(ir.Constant(F32, value))
        case Call(kernel, operands):
            return _apply(e, kernel, [_value(e, o, values) for o in operands])[0]


def _loop(kernel: Kernel) -> Any:
    """An intrinsic `(p, start, count)`: so many elements from `start` on, all operands alike."""
    inputs, outputs = kernel.signature.inputs, kernel.signature.outputs
    lanes = min(8, tile().lanes)  # streams of wider vectors are slower

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        p, start, count = args
        e = Emitter(builder, lanes)

        def place(operand: int) -> Any:
            word = builder.add(p, i64(8 * (HEADER + OPERAND_WORDS * operand)))
            return builder.load(e.pointer(word, I64))

        sources = [place(i) for i in range(len(inputs))]
        scalars = {
            i: e.broadcast(at)
            for i, (o, at) in enumerate(zip(inputs, sources, strict=True))
            if not o.rests
        }
        targets = [place(len(inputs) + i) for i in range(len(outputs))]

        def vector(at: Any, mask: Any) -> None:
            given = [
                scalars[i] if i in scalars else e.load(e.offset(x, at), mask)
                for i, x in enumerate(sources)
            ]
            for y, value in zip(targets, _apply(e, kernel, given), strict=True):
                e.store(value, e.offset(y, at), mask)

        def whole(index: Any, state: Any) -> Any:
            vector(builder.add(start, builder.mul(index, i64(lanes))), None)
            return state

        def tail(index: Any, state: Any) -> Any:
            vector(builder.add(start, done), e.below(rest))
            return state

        full = builder.sdiv(count, i64(lanes))
        done = builder.mul(full, i64(lanes))
        rest = builder.sub(count, done)
        e.loop(full, [], whole)
        e.loop(builder.zext(builder.icmp_signed(">", rest, i64(0)), I64), [], tail)
        return context.get_dummy_value()

    return made(emit, 3)


def _step(name: str) -> Functions:
    kernel = BY_NAME[name]
    loop, output = _loop(kernel), len(kernel.signature.inputs)

    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        start = lo * TILE
        loop(p, start, min(hi * TILE, numel(p, output)) - start)
        return 1

    return Functions(plan, run)


FUNCTIONS: Mapping[str, Functions] = {
    name: _step(name)
    for name in (
        "sgd",
        "momentum",
        "momentum_step",
        "adam_mean",
        "adam_square",
        "adam_step",
        "adamw_step",
        "adamw",
    )
}
