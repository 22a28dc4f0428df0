"""The interpreter alone, and the programs of `anhvm bench vm`: nanoseconds an iteration, gas on.

`make bench` prints the table, in time of the processor, since others may share the machine; `ns`
under extra_info is that of one iteration of each loop.
"""

from __future__ import annotations

import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from anhvm.assembler import assemble
from anhvm.benches.vm_cases import CASES, Program
from anhvm.benches.vm_ours import Engine
from anhvm.isa import schedule
from anhvm.machine.engine import CoreEngine
from anhvm.program.encode import encode
from anhvm.program.engine import Done, Env

ROUNDS = 10_000_000

LOOP = """
const one: u64 = 1
const third: f32 = 0.333
function loop call (u64) -> (u64)
  reg n: u64 = arg 0
  reg one: u64 = const one
  reg third: f32 = const third
  reg a: u64
  reg b: u64
  reg t: u64
  reg i: u64
  reg x: f32
  reg more: bool
loop:
  {body}
  u64.add i, i, one
  u64.lt more, i, n
  jif more, loop
  ret (b)
function same internal (u64) -> (u64)
  reg n: u64 = arg 0
  ret (n)
"""

BODIES = {
    "fibonacci": "u64.add t, a, b\n mov a, b\n mov b, t",  # a, b = b, a + b; bar: 6.4 ns
    "empty": "",
    "bits": "u64.xor a, b, i\n u64.and b, a, i\n u64.or a, a, b",
    "floats": "f32.add x, x, third\n f32.mul x, x, third",
    "division": "u64.div a, i, one\n u64.mod b, i, one",
    "call": "call same(i) -> (a)",
}


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("unfused", [False, True], ids=["shipped", "unfused"])
@pytest.mark.parametrize("name", BODIES)
def test_loop(benchmark: BenchmarkFixture, name: str, unfused: bool) -> None:
    engine = CoreEngine(lambda kernel: (0, 0, 0, 0), schedule.load(), unfused=unfused)
    loaded = engine.load(encode(assemble(LOOP.format(body=BODIES[name]))))

    def run() -> None:
        done = engine.start(loaded, 0, [ROUNDS], Env(), 1 << 40).resume()
        assert isinstance(done, Done) and done.failure is None

    benchmark.pedantic(run, rounds=3, warmup_rounds=1)
    if benchmark.stats:
        benchmark.extra_info["ns"] = round(benchmark.stats.stats.min / ROUNDS * 1e9, 2)


@pytest.mark.benchmark(timer=time.process_time)
@pytest.mark.parametrize("case", CASES, ids=[case.function for case in CASES])
def test_program(benchmark: BenchmarkFixture, case: Program) -> None:
    engine, length = Engine(), case.counts[0]
    args = (length, *case.args) if length else ()
    benchmark.pedantic(engine.call(case.function, *args), rounds=5, warmup_rounds=1)
    if benchmark.stats:
        turns = length * case.steps or 1
        benchmark.extra_info["ns"] = round(benchmark.stats.stats.min / turns * 1e9, 2)
