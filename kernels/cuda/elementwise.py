"""One kernel for each traced line: a thread computes one element of each output."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from types import FunctionType
from typing import Any

from anhvm.kernels.cuda import ops
from anhvm.kernels.cuda.maps import trace, trace_random
from anhvm.kernels.cuda.walks import strided

# How an operand is read: an element for each of the output, one for all, or by a walk.
SAME, ONE, WALK = "i", "0", "strided(i, w{})"
EACH = 4  # elements of a thread

_KERNEL = """
def each_{name}({parameters}):
    i = block() * {threads} + thread()
    if i < count:
        {body}
"""
_KERNEL_OF_MORE = """
def each_{name}({parameters}):
    i = block() * {span} + thread()
    if i + {reach} < count:
        {several}
    else:
        while i < count:
            {body}
            i += {threads}
"""


def program(
    name: str,
    parameters: Sequence[str],
    body: Sequence[str],
    several: Sequence[str] = (),
    **constants: Any,
) -> FunctionType:
    """The function of a kernel whose text is made here; with `several`, of EACH elements."""
    text = (_KERNEL_OF_MORE if several else _KERNEL).format(
        name=name,
        parameters=", ".join(parameters),
        threads=ops.THREADS,
        span=EACH * ops.THREADS,
        reach=(EACH - 1) * ops.THREADS,
        body=("\n" + " " * (12 if several else 8)).join(body),
        several="\n        ".join(several),
    )
    scope = {**vars(ops), "strided": strided, **constants, "__name__": __name__}
    exec(text, scope)
    made: FunctionType = scope[f"each_{name}"]
    return made


@cache
def elementwise(name: str, modes: tuple[str, ...]) -> FunctionType:
    """Kernel of (count, y0, …, a0, a1, …, w0, w1, …); a walk for each operand in mode WALK.

    A thread has EACH elements, a block apart, and loads them all before it computes the first: one
    alone would leave the memory idle.
    """
    lines = trace(name)
    places = [(i, mode.format(i)) for i, mode in enumerate(modes)]
    loads = [f"x{i} = a{i}[{place}]" for i, place in places]
    walks = [f"w{i}" for i, mode in enumerate(modes) if mode == WALK]
    outputs = [f"y{k}" for k in range(len(lines.results))]
    parameters = ["count", *outputs, *(f"a{i}" for i, _ in places), *walks]
    stores = [f"{y}[i] = {result}" for y, result in zip(outputs, lines.results, strict=True)]
    body = [*loads, *lines.text, *stores]
    several = _several(loads, lines.text, stores)
    return program(name, parameters, body, several, **lines.constants)


def _several(*parts: Sequence[str]) -> list[str]:
    """The loads of all elements, then what is computed from them, then the stores."""

    def turn(line: str, element: int) -> str:
        here = re.sub(r"\bi\b", f"i{element}", line)
        return re.sub(r"\b([xt]\d+)\b", rf"\1_{element}", here)

    places = [f"i{e} = i + {e * ops.THREADS}" for e in range(EACH)]
    return places + [turn(line, e) for part in parts for e in range(EACH) for line in part]


@cache
def generator(name: str) -> FunctionType:
    """Kernel of (count, y, seed, stream), the last two one element long."""
    lines = trace_random(name)
    loads = ["x0 = uint64(i)", "x1 = seed[0]", "x2 = stream[0]"]
    body = [*loads, *lines.text, f"y[i] = {lines.results[0]}"]
    parameters = ["count", "y", "seed", "stream"]
    return program(name, parameters, body, (), **lines.constants)
