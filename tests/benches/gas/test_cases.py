"""Every row of the tables has cases, and they do what they say."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

from anhvm.benches.gas import calibration, kernels, opcodes, programs
from anhvm.benches.gas.case import Case, Meter, Trapped
from anhvm.benches.gas.parts import IdleKernels, Parts, constants
from anhvm.benches.gas.shapes import MOST_ELEMENTS, Call, calls
from anhvm.benches.gas.values import HOSTILE, ORDINARY, operands
from anhvm.isa.opcodes import BY_NAME as OPCODES
from anhvm.isa.opcodes import OPS
from anhvm.isa.operands import OPERANDS
from anhvm.isa.schedule import load
from anhvm.kernels.registry import CpuKernels, KernelPointers
from anhvm.kernels.table import BY_NAME, KERNELS
from anhvm.verifier import verify


@pytest.fixture(scope="module")
def meter() -> Meter:
    return Meter(load())


def runs(meter: Meter, case: Case) -> bool:
    try:
        return meter.measure(case, 1, case.skip + 1).gas > 0
    except Trapped:
        return False


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_every_opcode_has_a_case_that_runs(op: object, meter: Meter) -> None:
    assert isinstance(op, type(OPS[0]))
    found = list(opcodes.cases(op))
    used = {instr.op for case in found for f in case.program.functions for instr in f.code}
    assert op.code in used, "benches/gas/sites.py makes the loops of each kind of site"
    for case in found:
        verify(case.program)
    assert any(runs(meter, case) for case in found)


def test_operands_of_an_opcode_are_chained_and_of_every_class() -> None:
    sizes = {case.size for case in opcodes.cases(OPCODES["f32.add"])}
    assert {"small", "nan", "huge chain", "tiny"} <= sizes
    assert {case.size for case in opcodes.cases(OPCODES["jif"])} == {"true", "false"}
    assert all(OPERANDS[op.code] or list(opcodes.cases(op)) for op in OPS)


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_every_kernel_has_cases_of_all_sizes(kernel: object, meter: Meter) -> None:
    assert isinstance(kernel, type(KERNELS[0]))
    shapes = calls(kernel)
    largest = max(prod(d) for call in shapes for d in (*call.dims, call.counts))
    assert largest > 1 << 15 and largest <= MOST_ELEMENTS
    found = list(kernels.cases(kernel, load(), quick=True))
    assert runs(meter, found[0])
    assert {case.size.split()[-1] for case in found} >= set(HOSTILE)


def test_shapes_are_skewed_in_every_axis() -> None:
    found = {call.dims for call in calls(BY_NAME["matmul"])}
    for wanted in (((1, 1 << 16, 1), (1, 1, 1)), ((1, 1, 1 << 16), (1, 1 << 16, 1))):
        assert wanted in found
    assert any(a[2] == 1 and a[1] > 32 and b[2] > 32 for a, b in found)  # K = 1
    assert ((1 << 15, 2), (2,)) in {call.dims for call in calls(BY_NAME["add"])}


@pytest.mark.parametrize("values", [ORDINARY, *HOSTILE])
def test_operands_are_distinct_and_inside_what_a_kernel_admits(values: str) -> None:
    kernel = BY_NAME["cross_entropy_grad"]
    x, label, _ = operands(kernel, Call(((100, 7), (100,), ())), values)
    assert x.dtype == np.float32 and label.min() >= 0 and label.max() < 7
    one, other = operands(BY_NAME["add"], Call(((1000,), (1000,))), values)
    assert values in ("NaN", "equal", "zeros") or not np.array_equal(one, other)
    assert ((np.abs(one) >= 2.0**-126) | (one == 0) | np.isnan(one)).all()


def test_the_calibration_list_and_the_programs_run(meter: Meter) -> None:
    fixed = list(calibration.cases())
    assert len({case.key for case in fixed}) == len(fixed) > 20
    small = [c for c in programs.cases() if len(c.program.functions[0].code) < 3000]
    for case in (*fixed, *small):
        assert case.size.endswith("67108864 bytes") or runs(meter, case), case.key


@pytest.mark.parametrize("name", ["u64.add", "call", "s.store", "kernel", "bytes.slice", "emit"])
def test_what_a_case_pays_is_its_gas(name: str, meter: Meter) -> None:
    parts = Parts(load(), meter.kernels)
    prices = constants(load())
    for case in list(opcodes.cases(OPCODES[name]))[:4]:
        for count in (3, 50):
            one = meter.measure(case, 1, count)
            paid = parts.of(one)
            # Each dynamic charge is rounded down, so the sum of what is exact is a little more.
            exact = sum(n * prices[constant] for constant, n in paid.items())
            assert exact == pytest.approx(one.gas, rel=0.01, abs=1), (case.key, paid)


class NoKernels(CpuKernels):
    """Has none to give."""

    def pointers(self, kernel_id: int) -> KernelPointers:
        raise AssertionError(f"kernel {kernel_id} is asked for")


@pytest.mark.parametrize("name", ["matmul", "cross_entropy", "top_k", "normal", "conv2d"])
def test_what_a_kernel_pays_is_counted_without_its_work(name: str, meter: Meter) -> None:
    parts, prices = Parts(load(), NoKernels()), constants(load())
    for case in list(kernels.cases(BY_NAME[name], load(), quick=True))[:3]:
        for count in (case.skip + 2, case.skip + 20):
            one = meter.measure(case, 1, count)
            exact = sum(n * prices[constant] for constant, n in parts.of(one).items())
            assert exact == pytest.approx(one.gas, rel=0.01, abs=2), case.key


def test_large_tensors_pay_for_memory_once() -> None:
    """A loop over them pays for two results, and then for the kernel alone; so must a case."""
    meter = Meter(load(), IdleKernels())
    large = [
        c for name in ("add", "normal") for c in kernels.cases(BY_NAME[name], load()) if c.skip
    ]
    assert large
    for case in large[:4]:
        assert meter.gas(case, case.skip + 1) == pytest.approx(meter.gas(case, case.skip + 4))


@pytest.mark.parametrize("name", ["matmul", "matmul_nt", "matmul_tn", "matmul_tt", "matmul_i8"])
def test_products_have_a_case_whose_axes_are_all_long(name: str) -> None:
    assert any(min(c.dims[0][-2:] + c.dims[1][-2:]) >= 1024 for c in calls(BY_NAME[name]))
