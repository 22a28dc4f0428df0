"""Prices that no opcode has alone: long programs, bytes in no cache, the first touch of a cell."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from anhvm.assembler import assemble
from anhvm.isa.schedule import KernelClass, Schedule, Steps, load
from anhvm.isa.traps import CELL_OVERHEAD, Trap
from anhvm.kernels.definitions.call import call
from anhvm.kernels.registry import CpuKernels
from anhvm.machine.engine import CoreEngine
from anhvm.program.encode import encode
from anhvm.program.engine import Done, Engine, Env, Need
from anhvm.program.model import Mode
from anhvm.reference import ReferenceEngine

FIRST = 1024
SCHEDULE = msgspec.structs.replace(
    load(),
    code=Steps(step=10, levels=3, price=5),
    bytes_per_1024={**load().bytes_per_1024, "first": FIRST},
)
CELLS = """
field cell: u64
field map[bytes]: u64
function f call () -> ()
  reads cell
  writes cell
  writes map[any]
  reads map[any]
  reg v: u64
  reg own: bytes
  reg key: bytes = self
"""


def engines(schedule: Schedule) -> list[Engine]:
    return [ReferenceEngine(call, schedule), CoreEngine(CpuKernels().pointers, schedule)]


def finish(engine: Engine, text: str, gas: int = 1 << 40) -> Done:
    loaded = engine.load(encode(assemble(text)))
    run = engine.start(loaded, 0, (), Env(self=bytes(50)), gas)
    outcome = run.resume()
    while isinstance(outcome, Need):
        outcome = run.provide(None) if outcome.mode == Mode.READ else run.permit()
    assert isinstance(outcome, Done)
    return outcome


def long(count: int) -> str:
    moves = "  mov v, v\n" * (count - 1)
    return f"function f call () -> ()\n  reg v: u64\n{moves}  ret ()\n"


@pytest.mark.parametrize("count", [1, 9, 10, 29, 30, 31, 100])
def test_each_instruction_of_a_long_program_costs_more(count: int) -> None:
    plain = msgspec.structs.replace(SCHEDULE, code=Steps(step=10, levels=3, price=0))
    wanted = count * 5 * min(count // 10, 3)
    for with_, without in zip(engines(SCHEDULE), engines(plain), strict=True):
        used = [finish(engine, long(count)).gas_used for engine in (with_, without)]
        assert used[0] - used[1] == wanted


def test_all_functions_of_a_program_count() -> None:
    other = long(40).replace(" f ", " g ")
    for engine in engines(SCHEDULE):
        alone, both = (finish(engine, text).gas_used for text in (long(5), long(5) + other))
        assert both - alone == 5 * 15


@pytest.mark.parametrize(("cache", "dear"), [(1 << 20, 0), (850, 1), (100, 2), (15, 3)])
def test_bytes_cost_more_once_a_run_has_held_more_than_caches_do(cache: int, dear: int) -> None:
    """Three calls on 16 bytes each: before, while and after 800 bytes and what they weigh are
    held."""
    text = """
const many: u64 = 200
const one: u64 = 1
const x: f32 = 2.0
function f call () -> ()
  reg many: u64 = const many
  reg one: u64 = const one
  reg x: f32 = const x
  reg t: f32[1]
  reg s: f32[1]
  kernel fill(x, one) -> (s)
  kernel fill(x, many) -> (t)
  kernel fill(x, one) -> (t)
  ret ()
"""
    move = KernelClass(base=1, madds=0, near=0, far=1 << 20, cache=cache)
    schedule = msgspec.structs.replace(SCHEDULE, kernels={**SCHEDULE.kernels, "move": move})
    plain = msgspec.structs.replace(move, far=0)
    free = msgspec.structs.replace(SCHEDULE, kernels={**SCHEDULE.kernels, "move": plain})
    for with_, without in zip(engines(schedule), engines(free), strict=True):
        used = [finish(engine, text).gas_used for engine in (with_, without)]
        assert used[0] - used[1] == 1024 * {0: 0, 1: 16, 2: 812 + 16, 3: 16 + 812 + 16}[dear]


SIXTY = """
const many: u64 = 15
const last: u64 = 14
const x: f32 = 2.0
const six: f32[1] [6] = 1.0, 2.0, 3.0, 4.0, 5.0, 6.0
field first: f32[1] [6] = six
field small: i8[1] [45]
function f call () -> (f32)
  reads first
  reads small
  reg many: u64 = const many
  reg last: u64 = const last
  reg x: f32 = const x
  reg own: bytes = self
  reg more: bytes
  reg u: u64
  reg y: f32
  reg t: f32[1]
  reg s: f32[1]
  reg b: i8[1]
  reg e: i32
  s.load s, first
  s.load b, small
  kernel fill(x, many) -> (t)
  bytes.concat more, own, own
"""


@pytest.mark.parametrize(
    ("line", "steps"),
    [
        ("t.get y, (t, last)", 3),
        ("t.put t, (t, last, x)", 3),
        ("copy s, t\n t.put s, (s, last, x)", 3),
        ("bytes.at u, own, last", 2),
        ("t.get e, (b, last)", 2),
        ("t.get y, (s, u)", 1),
        ("t.put s, (s, u, x)", 1),
        ("t.set s, (t, u, x)", 0),
        ("bytes.at u, more, last", 4),
    ],
)
def test_an_element_of_a_large_value_costs_more(line: str, steps: int) -> None:
    """Values of 60, 50, 100, 45 and 24 bytes; 4 steps at most."""
    text = f"{SIXTY} {line}\n ret (y)\n"
    far, near = (Steps(step=step, levels=4, price=7) for step in (20, 1000))
    dear, cheap = (msgspec.structs.replace(SCHEDULE, element=e) for e in (far, near))
    for with_, without in zip(engines(dear), engines(cheap), strict=True):
        used = [finish(engine, text).gas_used for engine in (with_, without)]
        assert used[0] - used[1] == 7 * steps
        short = finish(with_, text, used[0] - 1)
        assert short.failure is not None and short.failure.trap == Trap.OUT_OF_GAS


@pytest.mark.parametrize(
    ("lines", "touched", "paths"),
    [
        ("s.load v, cell", 1, 0),
        ("s.store v, cell", 1, 0),
        ("s.load v, cell\n s.load v, cell\n s.store v, cell", 1, 0),
        ("s.store v, cell\n s.load v, cell", 1, 0),
        ("s.load v, map[key]\n s.store v, map[own]\n s.load v, map[own]", 2, 54 + 4),
        ("s.store v, map[key]\n s.load v, cell\n s.store v, map[key]", 2, 54),
    ],
)
def test_the_first_touch_of_a_cell_costs_more(lines: str, touched: int, paths: int) -> None:
    text = f"{CELLS} {lines}\n ret ()\n"
    free = msgspec.structs.replace(SCHEDULE, bytes_per_1024={**SCHEDULE.bytes_per_1024, "first": 0})
    for with_, without in zip(engines(SCHEDULE), engines(free), strict=True):
        dear, cheap = finish(with_, text), finish(without, text)
        assert dear.gas_used - cheap.gas_used == touched * CELL_OVERHEAD + paths
        short = finish(with_, text, dear.gas_used - 1)
        assert short.failure is not None and short.failure.trap == Trap.OUT_OF_GAS


def test_memory_that_a_run_gives_back_serves_it_again() -> None:
    """Large values of many sizes, again and again: the same results, gas and mark on both."""
    sizes = {"a": 300_000, "b": 330_000, "c": 900_000, "d": 262_000}
    consts = "".join(f"const n{k}: u64 = {v}\n" for k, v in sizes.items())
    registers = "".join(f"  reg {k}: f32[1]\n  reg n{k}: u64 = const n{k}\n" for k in sizes)
    steps = ("aa", "ba", "cb", "aa", "dd", "bb", "cc", "ab", "da", "cd")
    lines = "".join(f"  kernel fill(x{i}, n{s[0]}) -> ({s[1]})\n" for i, s in enumerate(steps))
    drops = "  drop a\n  drop c\n  kernel fill(x1, nc) -> (c)\n  drop b\n"
    consts += "".join(f"const x{i}: f32 = {i}.5\n" for i in range(10))
    registers += "".join(f"  reg x{i}: f32 = const x{i}\n" for i in range(10))
    head = "function f call () -> (f32[1], f32[1], f32[1], f32[1])\n"
    text = f"{consts}{head}{registers}{lines}{drops}{lines}  ret (a, b, c, d)\n"
    one, other = (finish(engine, text) for engine in engines(load()))
    assert one.failure is None and one.gas_used == other.gas_used
    assert one.high_water == other.high_water
    for x, y in zip(one.returns, other.returns, strict=True):
        assert np.asarray(x).tobytes() == np.asarray(y).tobytes()
