"""One kernel for each traced line: a thread computes one element of each output."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import FunctionType
from typing import Any

from anhvm.kernels.cuda import ops
from anhvm.kernels.cuda.maps import trace, trace_random
from anhvm.kernels.cuda.walks import strided

# How an operand is read: an element for each of the output, one for all, or by a walk.
SAME, ONE, WALK = "i", "0", "strided(i, w{})"

_KERNEL = """
def each_{name}({parameters}):
    i = block() * {threads} + thread()
    if i < count:
        {body}
"""


def program(name: str, parameters: Sequence[str], body: Sequence[str], **constants: Any) -> Any:
    """The function of a kernel whose text is made here."""
    text = _KERNEL.format(
        name=name,
        parameters=", ".join(parameters),
        threads=ops.THREADS,
        body="\n        ".join(body),
    )
    scope = {**vars(ops), "strided": strided, **constants, "__name__": __name__}
    exec(text, scope)
    return scope[f"each_{name}"]


@cache
def elementwise(name: str, modes: tuple[str, ...]) -> FunctionType:
    """Kernel of (count, y0, …, a0, a1, …, w0, w1, …); a walk for each operand in mode WALK."""
    lines = trace(name)
    places = [(i, mode.format(i)) for i, mode in enumerate(modes)]
    loads = [f"x{i} = a{i}[{place}]" for i, place in places]
    walks = [f"w{i}" for i, mode in enumerate(modes) if mode == WALK]
    outputs = [f"y{k}" for k in range(len(lines.results))]
    parameters = ["count", *outputs, *(f"a{i}" for i, _ in places), *walks]
    stores = [f"{y}[i] = {result}" for y, result in zip(outputs, lines.results, strict=True)]
    body = [*loads, *lines.text, *stores]
    return program(name, parameters, body, **lines.constants)  # type: ignore[no-any-return]


@cache
def generator(name: str) -> FunctionType:
    """Kernel of (count, y, seed, stream), the last two one element long."""
    lines = trace_random(name)
    loads = ["x0 = uint64(i)", "x1 = seed[0]", "x2 = stream[0]"]
    body = [*loads, *lines.text, f"y[i] = {lines.results[0]}"]
    parameters = ["count", "y", "seed", "stream"]
    return program(name, parameters, body, **lines.constants)  # type: ignore[no-any-return]
