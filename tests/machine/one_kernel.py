"""Programs of one kernel, for any call that a row admits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.isa.opcodes import BY_NAME
from anhvm.isa.types import Type, is_tensor
from anhvm.kernels.definitions.call import type_of
from anhvm.kernels.ranks import StaticType, infer_ranks
from anhvm.kernels.table import Kernel
from anhvm.program.encode import encode
from anhvm.program.engine import Done, Engine, Env, Value
from anhvm.program.kernel_types import machine_type
from anhvm.program.model import Function, Init, Instr, Kind, Program, Register, Site, SiteKind
from anhvm.program.values import release

Array = NDArray[Any]


def program(
    kernel: Kernel, inputs: Sequence[Array], attrs: Sequence[int], counts: Sequence[int]
) -> Program:
    """A program whose function takes the operands and dimensions, and returns the results."""
    found = [type_of(np.asarray(x)) for x in inputs]
    static = [StaticType(t.dtype, len(t.dims)) for t in found]
    outs = [machine_type(t) for t in infer_ranks(kernel, static, attrs, len(counts))]
    params = [*map(machine_type, static), *[int(Type.U64)] * len(counts)]
    registers = [Register(code, Init.ARG, i) for i, code in enumerate(params)]
    results = range(len(params), len(params) + len(outs))
    site = Site(SiteKind.KERNEL, kernel.id, tuple(range(len(params))), tuple(results), tuple(attrs))
    function = Function(
        "one",
        Kind.CALL,
        tuple(params),
        tuple(outs),
        (*registers, *map(Register, outs)),
        (Instr(BY_NAME["kernel"].code, 0), Instr(BY_NAME["ret"].code, 1)),
        (site, Site(SiteKind.RET, ins=tuple(results))),
    )
    return Program("one", functions=(function,))


def arguments(of: Program, inputs: Sequence[Array], counts: Sequence[int]) -> list[Value]:
    """The operands and dimensions as an engine takes them."""
    given: list[Value] = []
    for code, x in zip(of.functions[0].params, [*inputs, *counts], strict=True):
        held = np.asarray(x)
        if is_tensor(code):
            given.append(held)
        else:
            given.append(np.float32(held) if code == Type.F32 else held.item())
    return given


def run(
    engine: Engine,
    kernel: Kernel,
    inputs: Sequence[Array],
    attrs: Sequence[int] = (),
    counts: Sequence[int] = (),
    gas: int = 1 << 50,
) -> Done:
    """How a run of one call ends."""
    made = program(kernel, inputs, attrs, counts)
    loaded = engine.load(encode(made))
    done = engine.start(loaded, 0, arguments(made, inputs, counts), Env(), gas).resume()
    assert isinstance(done, Done)
    return done


def bits(done: Done) -> tuple[bytes, ...]:
    """The results of a run that did not trap, NaNs canonical."""
    assert done.failure is None, done.failure
    return tuple(np.asarray(release(value)).tobytes() for value in done.returns)
