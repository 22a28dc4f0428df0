"""Every elementwise kernel as one straight line of operations, traced from its definition.

A row is elementwise when it has no attributes and its operands only broadcast; if it has a program,
that runs over such rows alone, and the whole of it becomes one fused kernel (N10).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from anhvm.kernels.cuda.symbols import Lines, Symbol, Tape, rebound, where
from anhvm.kernels.definitions import floats, philox
from anhvm.kernels.definitions.call import NUMPY, evaluate
from anhvm.kernels.definitions.primitives import PRIMITIVES
from anhvm.kernels.programs import calls, parse_program
from anhvm.kernels.signature import DType, Rest
from anhvm.kernels.table import BY_NAME

RANDOM = ("uniform", "normal")


@cache
def is_map(name: str) -> bool:
    """True when element i of each output depends on one element of each operand alone."""
    kernel = BY_NAME[name]
    signature = kernel.signature
    inputs = all(o.rest in (Rest.WHOLE, Rest.NONE) and not o.tail for o in signature.inputs)
    outputs = all(o.rest in (Rest.WHOLE, Rest.BROADCAST) and not o.tail for o in signature.outputs)
    random = any(o.dtype is DType.U64 for o in signature.inputs)
    if (
        not (inputs and outputs)
        or random
        or kernel.attrs
        or kernel.check
        or kernel.same_count
        or signature.counts
    ):
        return False
    if not kernel.program:
        return kernel.name in PRIMITIVES
    inner = (c for s in parse_program(kernel.program) for c in calls(s.value))
    return all(is_map(c.kernel.name) for c in inner)


@cache
def trace(name: str) -> Lines:
    """The line of an elementwise kernel over x0, x1, … (its operands)."""
    tape = Tape()
    inputs = BY_NAME[name].signature.inputs
    operands = [Symbol(tape, np.dtype(NUMPY[o.dtype]).name, f"x{i}") for i, o in enumerate(inputs)]
    return tape.lines(_apply(name, operands))


def _apply(name: str, operands: list[Any], masks: object = ()) -> list[Any]:
    kernel = BY_NAME[name]
    if not kernel.program:
        return [rebound(PRIMITIVES[name])(operands, (), ())]
    values = dict(zip((o.name for o in kernel.signature.inputs), operands, strict=True))
    for statement in parse_program(kernel.program):
        values[statement.name] = evaluate(statement.value, values, {}, _apply)
    return [values[o.name] for o in kernel.signature.outputs]


@cache
def trace_random(name: str) -> Lines:
    """The line of a generator over x0 (index of the element), x1 (seed), x2 (stream): u64.

    That of ``permutation`` gives the keys, u64, by whose order the indices are permuted.
    """
    tape = Tape()
    index, seed, stream = (Symbol(tape, "uint64", f"x{i}") for i in range(3))
    if name == "permutation":
        words = _words(index >> 1, seed, stream)
        pair = [where((index & 1) == 0, words[i], words[i + 2]) for i in (0, 1)]
        return tape.lines([pair[0] << 32 | pair[1]])
    words = _words(index >> 2, seed, stream)
    if name == "uniform":
        return tape.lines([_unit(_chosen(index & 3, words) >> 8)])
    first = where((index & 2) == 0, words[0], words[2])
    second = where((index & 2) == 0, words[1], words[3])
    u, v = _unit((first >> 8) + 1), _unit(second >> 8)
    add, mul, sqrt, log, cospi, sinpi = (
        rebound(getattr(philox, f)) for f in ("add", "mul", "sqrt", "log", "cospi", "sinpi")
    )
    r = sqrt(mul(np.float32(-2), log(u)))
    t = add(v, v)
    return tape.lines([mul(r, where((index & 1) == 0, cospi(t), sinpi(t)))])


def _unit(word: Symbol) -> Any:
    return rebound(floats.mul)(word.astype(np.float32), philox._UNIT)


def _words(block: Symbol, seed: Symbol, stream: Symbol) -> list[Symbol]:
    low, round_ = 0xFFFFFFFF, rebound(philox._round)
    counter = [block & low, block >> 32, stream & low, stream >> 32]
    key = [seed & low, seed >> 32]
    for _ in range(philox.ROUNDS):
        counter = round_(counter, key)
        key = [(k + step) & low for k, step in zip(key, philox.KEY_STEPS, strict=True)]
    return counter


def _chosen(which: Symbol, words: list[Symbol]) -> Any:
    found: Any = words[-1]
    for i, word in reversed(list(enumerate(words[:-1]))):
        found = where(which == i, word, found)
    return found
