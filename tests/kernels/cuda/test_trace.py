"""What is traced from a definition does over arrays, to the bit, what the definition does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from anhvm.errors import Bug
from anhvm.kernels.cuda import ops, symbols
from anhvm.kernels.cuda.maps import RANDOM, is_map, trace, trace_random
from anhvm.kernels.cuda.symbols import Lines, Symbol, Tape
from anhvm.kernels.definitions.call import call
from anhvm.kernels.definitions.floats import canonical
from anhvm.kernels.signature import DType
from anhvm.kernels.table import BY_NAME, KERNELS
from tests.kernels.numbers import hostile

MAPS = [kernel.name for kernel in KERNELS if is_map(kernel.name)]
COUNT = 20_000


def run(lines: Lines, *operands: Any) -> list[Any]:
    scope = {**vars(ops), **lines.constants, **{f"x{i}": x for i, x in enumerate(operands)}}
    with np.errstate(all="ignore"):
        exec("\n".join(lines.text), scope)
    return [scope[result] for result in lines.results]


def operand(name: str, dtype: DType, random: np.random.Generator) -> NDArray[Any]:
    if dtype is DType.F32:
        return hostile(random, (COUNT,))
    if dtype is DType.BOOL:
        return random.random(COUNT) < 0.5
    if dtype is DType.I8:
        return random.integers(-128, 128, COUNT, np.int8)
    return random.integers(-(1 << 31), 1 << 31, COUNT).astype(np.int32)


@pytest.mark.parametrize("name", MAPS)
def test_a_line_equals_its_definition(name: str) -> None:
    random = np.random.default_rng(len(name))
    inputs = BY_NAME[name].signature.inputs
    operands = [operand(o.name, o.dtype, random) for o in inputs]
    for i, o in enumerate(inputs):
        if not o.rests:
            operands[i] = operands[i][:1].reshape(())
    for found, law in zip(run(trace(name), *operands), call(name, operands), strict=True):
        ours = np.broadcast_to(found, law.shape)
        if law.dtype == np.float32:
            ours, law = canonical(ours), canonical(law)
        np.testing.assert_array_equal(ours.view(np.uint8), law.view(np.uint8))


@pytest.mark.parametrize("name", RANDOM)
def test_a_generator_equals_its_definition(name: str) -> None:
    seed, stream = np.uint64(0xFEDCBA9876543210), np.uint64(0x123456789ABCDEF)
    (law,) = call(name, [seed, stream], (), (4001,))
    (ours,) = run(trace_random(name), np.arange(4001, dtype=np.uint64), seed, stream)
    np.testing.assert_array_equal(ours.view(np.int32), law.view(np.int32))


def test_enough_is_traced() -> None:
    assert {"exp", "log", "tanh", "erf", "sin", "sigmoid", "gelu_grad", "select"} <= set(MAPS)


def test_a_table_is_read_at_every_index() -> None:
    tape, values = Tape(), np.array([7, 11, 13, 17], np.uint64)
    lines = tape.lines([symbols.Table(values)[Symbol(tape, "uint64", "x0")]])
    (found,) = run(lines, np.arange(4, dtype=np.uint64))
    assert found.tolist() == values.tolist()


def test_a_definition_that_rounds_by_itself_is_refused() -> None:
    x = Symbol(Tape(), "float32", "x0")
    with pytest.raises(Bug, match="without a primitive"):
        x * x


def test_a_definition_with_an_unknown_function_is_refused() -> None:
    with pytest.raises(Bug, match="hypot"):
        symbols.rebound(np).hypot(1, 2)
