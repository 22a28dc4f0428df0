"""Engines and programs that the tests of the core share."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from anhvm.assembler import assemble
from anhvm.fuzz.device import DefinedTier
from anhvm.isa import schedule
from anhvm.kernels.cuda.registry import CudaPointers, Tier
from anhvm.kernels.registry import CpuKernels
from anhvm.machine.engine import CoreEngine
from anhvm.machine.loaded import CoreProgram
from anhvm.machine.run import CoreRun
from anhvm.program.encode import encode
from anhvm.program.engine import Done, Engine, Env, Need, Value
from anhvm.program.trace import Trace, Watch

GAS = 1 << 40


@cache
def kernels() -> CpuKernels:
    return CpuKernels()


def engine(
    threads: int = 1,
    trace: Trace | None = None,
    unfused: bool = False,
    watch: Watch = Watch.NOTHING,
) -> CoreEngine:
    return CoreEngine(kernels().pointers, schedule.load(), threads, trace, unfused, watch)


def on_device(
    tier: Tier | None = None,
    here: Sequence[str] = (),
    trace: Trace | None = None,
    watch: Watch = Watch.NOTHING,
) -> CoreEngine:
    """The core with a device, on which all kernels run but those `here`."""
    device = CudaPointers(tier or DefinedTier(), here)
    return CoreEngine(device.pointers, schedule.load(), 1, trace, watch=watch, device=device)


def load(text: str, on: CoreEngine | None = None) -> tuple[CoreEngine, CoreProgram]:
    on = on or engine()
    return on, on.load(encode(assemble(text)))


def start(
    text: str, *args: Value, gas: int = GAS, on: CoreEngine | None = None, **env: Any
) -> CoreRun:
    """A run of the first function of a program in assembler text."""
    on, loaded = load(text, on)
    return on.start(loaded, 0, args, Env(**env), gas)


FIBONACCI = """
const one: u64 = 1
function fibonacci call (u64) -> (u64)
  reg n: u64 = arg 0
  reg one: u64 = const one
  reg a: u64
  reg b: u64
  reg t: u64
  reg i: u64
  reg more: bool
loop:
  u64.add t, a, b
  mov a, b
  mov b, t
  u64.add i, i, one
  u64.lt more, i, n
  jif more, loop
  ret (b)
"""
"""`a, b = b, a + b` with a counter, from zeros, so that it never overflows."""

PRODUCT = """
function product call (f32[2], f32[2]) -> (f32[2])
  reg a: f32[2] = arg 0
  reg b: f32[2] = arg 1
  reg y: f32[2]
  kernel matmul(a, b) -> (y)
  ret (y)
"""

CELLS = """
const start: u64 = 40
field total: u64 = start
field seen[bytes, u64]: bytes
field grid: f32[2] [2, 3]
event Told(u64, bytes, f32[2])
function touch call (u64, bytes) -> (u64, f32[2])
  reads total
  reads grid
  reads seen[sender, any]
  writes total
  writes seen[sender, any]
  reg n: u64 = arg 0
  reg text: bytes = arg 1
  reg who: bytes = sender
  reg k: u64
  reg sum: u64
  reg old: bytes
  reg g: f32[2]
  s.load sum, total
  u64.add sum, sum, n
  u64.add k, n, n
  s.store sum, total
  s.load old, seen[who, k]
  bytes.concat old, old, text
  s.store old, seen[who, k]
  s.load old, seen[who, k]
  s.load g, grid
  emit Told(sum, old, g)
  ret (sum, g)
"""


def finish(on: Engine, text: str, *args: Value) -> Done:
    """The end of a run of that function; whatever it stores is permitted."""
    run = on.start(on.load(encode(assemble(text))), 0, args, Env(), GAS)
    outcome = run.resume()
    while isinstance(outcome, Need):
        outcome = run.permit()
    assert isinstance(outcome, Done) and outcome.failure is None, outcome
    return outcome


def shown(done: Done) -> list[bytes]:
    """Every value that a run hands out, of each event the first."""
    values = [*done.returns, *(v for _, v in done.writes), *(e.values[0] for e in done.events)]
    return [np.asarray(v).tobytes() for v in values]
