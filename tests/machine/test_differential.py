"""One program, many ways: the reference, the core as it ships, traced, and unfused must agree."""

from __future__ import annotations

import random

import pytest

from anhvm.assembler import assemble
from anhvm.errors import UserError
from anhvm.fuzz.cases import Case, case, near_exhaustion
from anhvm.fuzz.observe import Line, Observation, differences, observe
from anhvm.isa import schedule
from anhvm.kernels.definitions.call import call
from anhvm.machine import sanitize
from anhvm.machine.boundary import prices
from anhvm.machine.core import ffi, lib
from anhvm.machine.engine import CoreEngine
from anhvm.program.encode import DIGEST_SIZE, decode, digest, encode
from anhvm.program.engine import Engine, Env
from anhvm.reference.engine import ReferenceEngine
from anhvm.verifier import verify
from tests.machine.build import CELLS, FIBONACCI, engine, kernels

SEEDS = range(120)


class Watched:
    """An engine with the trace that it keeps, if it keeps one."""

    def __init__(self, kind: str) -> None:
        self.lines: list[Line] = []
        self.engine: Engine
        if kind == "reference":
            self.engine = ReferenceEngine(call, schedule.load(), self.mark)
        elif kind == "shipped":
            self.engine = engine()
        else:
            self.engine = engine(trace=self.mark, unfused=kind == "unfused")

    def mark(self, mark: int, function: int, pc: int, gas: int) -> None:
        self.lines.append((int(mark), function, pc, gas))

    def see(self, given: Case) -> Observation:
        self.lines.clear()
        loaded = self.engine.load(given.encoded)
        return observe(self.engine, loaded, given, lambda run: list(self.lines))


def cases() -> list[Case]:
    plain = CoreEngine(kernels().pointers, schedule.load())
    found = []
    for given in map(case, SEEDS):
        used = observe(plain, plain.load(given.encoded), given, lambda run: ()).gas_used
        found += [given, *near_exhaustion(given, used)]
    return found


def test_reference_traced_and_unfused_core_agree_in_everything_and_on_the_trace() -> None:
    reference, traced, unfused = map(Watched, ("reference", "traced", "unfused"))
    shipped = Watched("shipped")
    for given in cases():
        expected = reference.see(given)
        for other in (traced, unfused):
            found = differences(expected, other.see(given))
            assert not found, (given.seed, given.gas, found)
        silent = [x for x in differences(expected, shipped.see(given)) if not x.startswith("trace")]
        assert not silent, (given.seed, given.gas, silent)


FUSIBLE = """
const one: u64 = 1
const big: u64 = {big}
function fused call (u64, u64) -> (u64, u64, u64, bool)
  reg n: u64 = arg 0
  reg start: u64 = arg 1
  reg one: u64 = const one
  reg big: u64 = const big
  reg a: u64
  reg b: u64
  reg t: u64
  reg i: u64
  reg more: bool
  mov b, start
  mov a, start
loop:
  u64.add t, a, b
  mov a, b
  mov b, t
  u64.add i, i, one
  u64.{compare} more, i, n
  {branch} more, loop
  ret (a, b, i, more)
"""


@pytest.mark.parametrize("branch", ["jif", "jifnot"])
@pytest.mark.parametrize("compare", ["eq", "ne", "lt", "le"])
def test_fused_code_traps_and_runs_dry_where_its_parts_do(compare: str, branch: str) -> None:
    program = assemble(FUSIBLE.format(big=(1 << 64) - 1, compare=compare, branch=branch))
    reference, shipped = Watched("reference"), Watched("shipped")
    for start in (0, 1, 1 << 60, (1 << 64) - 1):
        for gas in (*range(9, 34), 200, 1000):
            given = Case(0, program, encode(program), (7, start), Env(), gas)
            found = differences(reference.see(given), shipped.see(given))
            assert all(x.startswith("trace") for x in found), (start, gas, found)


def refused_by_the_core(body: bytes) -> bool:
    out, why = ffi.new("anh_program **"), ffi.new("anh_refusal *")
    status = lib.anh_load(body, len(body), prices(schedule.load()), 0, out, why)
    assert status in (0, 1)
    lib.anh_program_free(out[0])
    return bool(status)


def refused_by_python(body: bytes) -> bool:
    try:
        verify(decode(body + digest(body)))
    except UserError:
        return True
    return False


def broken(rng: random.Random, body: bytes) -> bytes:
    data = bytearray(body)
    for _ in range(rng.choice((1, 1, 2))):
        at = rng.randrange(len(data))
        data[at] = rng.choice((data[at] ^ 1 << rng.randrange(8), rng.randrange(16), 255))
    return bytes(data[: rng.randrange(len(data))] if rng.random() < 0.02 else data)


def test_both_verifiers_give_one_verdict_on_broken_containers() -> None:
    rng = random.Random(11)
    bodies = [case(seed).encoded[:-DIGEST_SIZE] for seed in range(40)]
    verdicts = []
    for _ in range(1500):
        body = broken(rng, rng.choice(bodies))
        verdicts.append(refused_by_the_core(body))
        assert verdicts[-1] == refused_by_python(body), body.hex()
    assert 100 < sum(verdicts) < len(verdicts) - 100, "both verdicts must occur"


def test_the_sanitizers_find_nothing_in_mutated_programs() -> None:
    texts = [encode(assemble(text)) for text in (CELLS, FIBONACCI)]
    line = sanitize.attack([*texts, *(case(seed).encoded for seed in range(60))], 4000)
    assert line.startswith("4000 programs") and line.endswith("0 faults")
