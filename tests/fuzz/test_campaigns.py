"""Slices of the campaigns, and the proof that a campaign can fail."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from random import Random

import msgspec
import numpy as np
import pytest

from anhvm.fuzz import __main__ as fuzz
from anhvm.fuzz.cases import FAMILY, Case, case, every_gas, near_exhaustion
from anhvm.fuzz.coverage import MACHINE_TRAPS, Coverage
from anhvm.fuzz.differential import Report, compare
from anhvm.fuzz.engines import Recorder, Subject, cores, reference
from anhvm.fuzz.generate import generate
from anhvm.fuzz.mutate import campaign, judge, mutate
from anhvm.fuzz.observe import differences, observe
from anhvm.isa.opcodes import OPS
from anhvm.isa.schedule import Schedule, load
from anhvm.isa.traps import Trap
from anhvm.kernels.definitions.call import call
from anhvm.program.encode import encode
from anhvm.program.engine import Engine, Env, Loaded, Need, Value
from anhvm.program.trace import Watch
from anhvm.reference import ReferenceEngine, ReferenceRun
from anhvm.reference.state import Prepared


def test_engines_agree_on_generated_programs() -> None:
    report = compare(range(400))
    assert report.programs == 400 and not report.divergences
    assert report.compared > 3 * report.coverage.runs, "once with a trace, and twice without"
    assert report.coverage.scanned and 0 < report.refused < 40


def test_verdicts_agree_on_broken_containers() -> None:
    verdicts = campaign(600, 1)
    assert verdicts.tried == 600 and not verdicts.divergences
    assert 0 < verdicts.accepted < 600


def test_a_campaign_stops_where_the_exception_of_ctrl_c_is_lost(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(seeds: Sequence[int]) -> Report:
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        return compare(seeds[:1])

    monkeypatch.setattr(fuzz, "compare", interrupted)
    monkeypatch.setattr(sys, "argv", ["fuzz", "differential", "--count", "1000"])
    before = signal.getsignal(signal.SIGINT)
    assert fuzz.main() == 0
    assert "1 programs, 0 divergences" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGINT) == before


def faulty(schedule: Schedule, kernels: object = call) -> Subject:
    """A reference engine with something wrong, as if it were another engine."""
    recorder = Recorder()
    engine = ReferenceEngine(kernels, schedule, recorder, Watch.MARKS)  # type: ignore[arg-type]
    return Subject("faulty", engine, recorder)


def test_an_engine_that_is_right_shows_no_divergence() -> None:
    assert not compare(range(40), [faulty(load())]).divergences


@pytest.mark.parametrize("name", ["alu", "branch", "store", "ret"])
def test_a_price_that_is_off_by_one_is_found(name: str) -> None:
    prices = load()
    wrong = replace_price(prices, name)
    assert compare(range(240), [faulty(wrong)]).divergences


def replace_price(schedule: Schedule, name: str) -> Schedule:
    opcodes = {**schedule.opcodes, name: schedule.opcodes[name] + 1}
    return msgspec.structs.replace(schedule, opcodes=opcodes)


def test_a_kernel_that_is_off_by_one_bit_is_found() -> None:
    def wrong(
        name: str, inputs: Sequence[Value], attrs: Sequence[int], counts: Sequence[int]
    ) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
        results = call(name, inputs, attrs, counts)
        for result in results:
            if result.dtype == np.float32 and result.size:
                result.reshape(-1).view(np.uint32)[0] ^= 1
        return results

    assert compare(range(400), [faulty(load(), wrong)]).divergences


class Forgetful(ReferenceEngine):
    """Loses the last read of every run."""

    def start(
        self,
        loaded: Loaded,
        function: int,
        args: Sequence[Value],
        env: Env,
        gas: int,
        permits: bool = False,
    ) -> ReferenceRun:
        later = replace(env, height=env.height + 1)
        return super().start(loaded, function, args, later, gas, permits)


def test_a_header_that_is_not_passed_on_is_found() -> None:
    recorder = Recorder()
    subject = Subject("forgetful", Forgetful(call, load(), recorder, Watch.MARKS), recorder)
    assert compare(range(0, 400 * FAMILY, FAMILY), [subject]).divergences


def test_a_verifier_that_accepts_more_is_found() -> None:
    class Trusting(ReferenceEngine):
        def load(self, encoded: bytes) -> Prepared:
            return Prepared(case(0).program, (), (), 0)

    engine: Engine = Trusting(call, load())
    verdicts = campaign(60, 3, engine)
    assert len(verdicts.divergences) == 60 - verdicts.accepted > 0


def test_a_verifier_that_accepts_more_is_found_in_changed_programs() -> None:
    class Trusting(ReferenceEngine):
        def load(self, encoded: bytes) -> Prepared:
            return Prepared(case(0).program, (), (), 0)

    subject = Subject("trusting", Trusting(call, load()), Recorder())
    refused = [seed for seed in range(400) if judge(case(seed).encoded)]
    found = compare(refused, [subject])
    assert len(found.divergences) == found.refused == len(refused) > 0


def test_the_same_seed_is_the_same_case() -> None:
    one, other = case(77), case(77)
    assert one.encoded == other.encoded and one.gas == other.gas
    subject = reference()
    loaded = subject.engine.load(one.encoded)
    seen = [observe(subject.engine, loaded, c, subject.recorder.take) for c in (one, other)]
    assert differences(*seen) == []
    assert differences(seen[0], replace(seen[1], gas_used=-1)) == [
        f"gas_used: {seen[0].gas_used} against -1"
    ]


def test_a_family_is_one_program_with_a_few_things_changed() -> None:
    family = [case(seed).program for seed in range(8 * FAMILY, 9 * FAMILY)]
    assert len({encode(program) for program in family}) > FAMILY // 2
    sizes = {tuple(len(function.code) for function in program.functions) for program in family}
    assert len(sizes) == 1


def test_every_gas_that_does_not_suffice_is_tried() -> None:
    assert [one.gas for one in every_gas(case(8), 5)] == [0, 1, 2, 3, 4]


def test_gas_near_exhaustion_is_within_two() -> None:
    first = case(5)
    assert all(abs(near.gas - 100) <= 2 for near in near_exhaustion(first, 100))
    assert all(near.gas >= 0 for near in near_exhaustion(first, 0))


@pytest.fixture(scope="module")
def coverage() -> Coverage:
    """Of as many programs as it takes, within reason: the table of kernels may grow."""
    total = Coverage()
    for start in range(0, 4800 * FAMILY, 300 * FAMILY):
        total.merge(compare(range(start, start + 300 * FAMILY, FAMILY), []).coverage)
        if not total.missing:
            break
    return total


def test_generated_programs_reach_every_opcode_kernel_trap_and_class(coverage: Coverage) -> None:
    assert coverage.missing == []
    assert list(MACHINE_TRAPS) == list(Trap)
    assert coverage.ends["returned"] > coverage.runs // 5
    assert f"{len(OPS)} of {len(OPS)}" in coverage.report() and "never" not in coverage.report()


def test_what_was_not_reached_is_told() -> None:
    few = compare(range(1), []).coverage
    assert "never" in few.report() and "MEMORY" in few.missing


def test_coverage_adds_up_over_processes() -> None:
    both = compare(range(10), []).coverage
    one, two = (compare(part, []).coverage for part in (range(5), range(5, 10)))
    one.merge(two)
    assert one == both


def test_a_mutant_is_another_container_and_mostly_refused() -> None:
    body = encode(generate(Random(1)))[:-32]
    mutants = [mutate(Random(seed), body) for seed in range(50)]
    assert sum(mutant != body for mutant in mutants) > 40
    assert judge(b"") == "program.container" and judge(encode(generate(Random(1)))) == ""


def test_the_command_reports_and_succeeds() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "anhvm.fuzz", "differential", "--count", "20", "--seed", "7"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "20 programs, 0 divergences" in done.stdout and "opcodes" in done.stdout


def test_needs_are_answered_the_same_for_every_engine() -> None:
    asked = False
    subject = cores()[0]
    for seed in range(0, 100 * FAMILY, FAMILY):
        one: Case = case(seed)
        run = subject.engine.start(subject.engine.load(one.encoded), 0, one.args, one.env, one.gas)
        outcome = run.resume()
        subject.recorder.take()
        if isinstance(outcome, Need):
            asked = True
            assert repr(one.stored(outcome.cell)) == repr(case(seed).stored(outcome.cell))
    assert asked
