"""The gradient of every differentiable kernel, through the compiler's `grad`."""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
import pytest

from anhvm.compiler import ir
from anhvm.compiler.autodiff import differentiate
from anhvm.isa.types import show
from anhvm.kernels.ranks import StaticType
from anhvm.kernels.signature import DType
from anhvm.kernels.table import BY_NAME, KERNELS
from anhvm.program.kernel_types import machine_type
from anhvm.program.model import Kind
from tests.compiler.build import Fn, execute, program, u64, unit
from tests.compiler.interpret import Interpreter
from tests.gradients.smooth import agree, difference, gradients
from tests.kernels.cases import Case, draw
from tests.kernels.test_gradients import smooth

NAMES = [k.name for k in KERNELS if k.differentiable]
CASES = 4


def concrete(dtype: DType) -> DType:
    return DType.F32 if dtype is DType.ANY else dtype


def weighted(name: str, case: Case) -> tuple[ir.Unit, list[int]]:
    """``sum(weight * output)`` and its gradient; the positions of the f32 operands."""
    kernel = BY_NAME[name]
    types: dict[str, str] = {}
    written: dict[str, int] = {}
    for operand, x in zip(kernel.signature.inputs, case.inputs, strict=True):
        types[operand.name] = show(machine_type(StaticType(concrete(operand.dtype), x.ndim)))
        written[operand.name] = sum(1 << i for i, size in enumerate(x.shape) if size == 1)
    loss, step = Fn("loss", Kind.INTERNAL, **types), Fn("step", Kind.CALL, **types)
    for fn in (loss, step):
        fn.params = {n: ir.Var(v.name, v.type, written[n]) for n, v in fn.params.items()}
    outputs = loss.ks(name, *loss.params.values(), *map(u64, case.counts), attrs=case.attrs)
    sums = []
    for number, y in enumerate(outputs):
        weight = loss.k("normal", u64(1 + number), u64(2), *_dims(loss, y))
        product = loss.k("mul", y, weight)
        every = (1 << len(_dims(loss, y))) - 1
        sums.append(loss.k("sum", product, attrs=(every, 0)))
    loss.ret(reduce(lambda a, b: loss.op("f32.add", "f32", a, b), sums))
    wrt = [i for i, o in enumerate(kernel.signature.inputs) if concrete(o.dtype) is DType.F32]
    step.ret(*step.grad("loss", list(step.params.values()), wrt))
    return unit(loss, step), wrt


def _dims(fn: Fn, y: ir.Var) -> list[ir.Var]:
    rank = int(show(y.type)[-2]) if "[" in show(y.type) else 0
    return [fn.op("t.dim", "u64", y, imm=axis) for axis in range(rank)]


@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_that_of_finite_differences(name: str) -> None:
    random = np.random.default_rng(7 + len(name))
    for _ in range(CASES):
        case = draw(name, random, 24, DType.F32)
        made, wrt = weighted(name, case)
        args: list[Any] = [x if x.ndim else x[()] for x in smooth(name, case, random)]
        _, *found = gradients(made, "step", args)
        for at, gradient in zip(wrt, found, strict=True):
            agree(gradient, difference(made, "loss", args, at))


@pytest.mark.parametrize("name", NAMES)
def test_the_machine_computes_the_same_bits_as_the_ir(name: str) -> None:
    random = np.random.default_rng(11 + len(name))
    case = draw(name, random, 24, DType.F32)
    made, _ = weighted(name, case)
    args = [x if x.ndim else x[()] for x in case.inputs]
    done = execute(
        program(made),
        "step",
        [a.item() if a.dtype.kind in "iu" and not a.ndim else a for a in args],
    )
    expected = Interpreter(differentiate(made)).call("step", args)
    assert done.failure is None
    for ours, theirs in zip(done.returns, expected, strict=True):
        np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))
