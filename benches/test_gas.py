"""Every opcode of the table: nanoseconds of one iteration of its loop, with gas on.

`gas` under extra_info is what an iteration pays.
"""

from __future__ import annotations

import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from anhvm.benches.gas import opcodes
from anhvm.benches.gas.case import Case, Meter, Trapped
from anhvm.isa.opcodes import OPS, Op
from anhvm.isa.schedule import load

METER = Meter(load())


def _first(op: Op) -> tuple[Case, int]:
    """The first case of an opcode that does not trap, and the length of a run of it."""
    for case in opcodes.cases(op):
        try:
            return case, METER.measure(case, 1).count
        except Trapped:
            continue
    raise AssertionError(f"{op.name} has no case")


@pytest.mark.benchmark(timer=time.thread_time)
@pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
def test_opcode(benchmark: BenchmarkFixture, op: Op) -> None:
    case, count = _first(op)
    loaded, args = METER.load(case), case.args()
    benchmark.pedantic(lambda: METER.spend(loaded, count, args), rounds=3, warmup_rounds=1)
    if benchmark.stats:
        benchmark.extra_info["ns"] = round(benchmark.stats.stats.min / count * 1e9, 2)
        benchmark.extra_info["gas"] = METER.gas(case, count)
