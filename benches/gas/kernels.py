"""Cases of kernels: a loop that calls one, over all its shapes, hostile operands, a cold cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from anhvm.benches.gas.case import Case
from anhvm.benches.gas.shapes import Call, calls, types_of
from anhvm.benches.gas.text import Loop
from anhvm.benches.gas.values import HOSTILE, ORDINARY, operands
from anhvm.isa.schedule import Schedule
from anhvm.isa.types import show
from anhvm.kernels.ranks import StaticType
from anhvm.kernels.shapes import Type, infer, work
from anhvm.kernels.table import Kernel
from anhvm.program.kernel_types import machine_type

DEAREST: Final = 60_000_000
"""Gas of a call that is still timed; a quick run times those of a hundredth."""
_COLD: Final = 48 << 20
"""Bytes of the operands that a cold loop walks through: more than caches hold."""
_COLD_CALL: Final = (1 << 17, 5 << 19)
"""Bytes of one call of a cold loop."""
_COLD_CASES: Final = 7
"""How many shapes have one, at most: which axis is reduced or turned matters more than the size."""
_STEADY: Final = 1 << 20
"""Bytes from which on the first two iterations are left out: they pay for memory that all others
use, the first for its results, the second because those are there while it makes its own."""
_VALUED: Final = 1 << 14
"""Work from which on a shape is timed with hostile operands."""


def cases(kernel: Kernel, schedule: Schedule, quick: bool = False) -> Iterator[Case]:
    """The cases of a kernel; a quick run takes every third shape."""
    prices = schedule.kernels[kernel.gas_class]
    found = [
        (call, work(kernel, types_of(kernel, call), call.attrs, call.counts))
        for call in calls(kernel)
    ]
    cheap = [
        (call, done)
        for call, done in found
        if prices.cost(*done) <= DEAREST // (100 if quick else 1)
    ] or found[:1]
    for call, _ in cheap[:: 3 if quick else 1]:
        yield of_call(kernel, call, ORDINARY)
    valued = next((call for call, done in cheap if sum(done) >= _VALUED), cheap[-1][0])
    yield from (of_call(kernel, valued, values) for values in HOSTILE)
    low, high = _COLD_CALL
    cold = [(call, done.bytes) for call, done in cheap if low <= done.bytes <= high]
    if cold and not quick:
        for call, size in cold[:: -(-len(cold) // _COLD_CASES)]:
            yield of_call(kernel, call, ORDINARY, copies=_COLD // size)


def of_call(kernel: Kernel, call: Call, values: str = ORDINARY, copies: int = 1) -> Case:
    """`copies` calls an iteration, each on operands of its own and into a register of its own."""
    types = types_of(kernel, call)
    done = work(kernel, types, call.attrs, call.counts)
    ins, outs = map(_words, (types, infer(kernel, types, call.attrs, call.counts)))
    counts = [f"a{len(ins) * copies + i}" for i in range(1, len(call.counts) + 1)]
    attrs = f"; {', '.join(map(str, call.attrs))}" if call.attrs else ""
    lines = []
    for copy in range(copies):
        given = ", ".join([*(f"a{copy * len(ins) + i}" for i in range(1, len(ins) + 1)), *counts])
        made = ", ".join(f"y{copy}_{i}" for i in range(len(outs)))
        lines.append(f"kernel {kernel.name}({given}{attrs}) -> ({made})")
    words = ["cold"] if copies > 1 else [] if values == ORDINARY else [values]
    return Loop(
        " ".join([call.words, *words]),
        lines,
        registers=[f"y{copy}_{i}: {t}" for copy in range(copies) for i, t in enumerate(outs)],
        params=[*ins * copies, *["u64"] * len(call.counts)],
        args=partial(_arguments, kernel, call, values, copies),
        skip=2 if copies * done.bytes >= _STEADY else 0,
    ).case(kernel.name)


def _arguments(kernel: Kernel, call: Call, values: str, copies: int) -> tuple[Any, ...]:
    return (*operands(kernel, call, values) * copies, *call.counts)


def _words(types: Sequence[Type]) -> list[str]:
    return [show(machine_type(StaticType(t.dtype, len(t.dims)))) for t in types]
