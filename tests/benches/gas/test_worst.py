"""The search for mispriced programs: valid programs, a judge, a clock, and what is kept."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from anhvm.benches.gas import programs, worst
from anhvm.benches.gas.breed import POPULATION, search
from anhvm.benches.gas.case import Case, Measured, Meter
from anhvm.benches.gas.genes import KINDS, NUMBERS, Gene, loop, random_gene
from anhvm.benches.gas.quiet import Quiet
from anhvm.benches.gas.shrink import shrink
from anhvm.benches.gas.text import Loop
from anhvm.cli import main
from anhvm.isa.schedule import load
from anhvm.machine.loaded import CoreProgram
from anhvm.program.engine import Value
from anhvm.verifier import verify


class ByGas(Meter):
    """Its clock is the gas, which no neighbour moves."""

    def spend(self, loaded: CoreProgram, count: int, args: Sequence[Value]) -> tuple[int, int]:
        _, gas = super().spend(loaded, count, args)
        return gas, gas


@pytest.mark.parametrize("kind", KINDS)
def test_any_numbers_make_a_program_that_verifies(kind: str) -> None:
    rng = Random(kind)
    for _ in range(2 if kind == "bulk" else 5):
        gene = Gene(kind, tuple(rng.randrange(1 << 16) for _ in range(NUMBERS)))
        other = random_gene(rng)
        for genome in ((gene,), (gene, other, gene), (other, gene)):
            verify(loop(genome).case("bred").program)


def test_programs_mostly_run() -> None:
    rng, judge = Random(5), worst.judge_of(Quiet(ByGas(load())), 1.0)
    genes = [Gene(kind, tuple(rng.randrange(99) for _ in range(NUMBERS))) for kind in KINDS]
    quiet = [gene for gene in genes if gene.kind not in ("fuzzed", "memory")]
    assert sum(judge(loop((gene,)), 1) > 0 for gene in quiet) >= len(quiet) - 1


def test_what_a_long_start_drowns_is_worth_nothing() -> None:
    """Filling the tensor takes a thousand times as long as the 400 elements of the loop."""
    judge = worst.judge_of(Quiet(ByGas(load())), 1.0)
    element = next(
        gene
        for numbers in itertools.product(range(12), repeat=2)
        if "t.get" in (gene := Gene("element", (*numbers, *[1] * (NUMBERS - 2)))).part(0).lines[-1]
        and any(line.endswith(f"= {1 << 22}") for line in gene.part(0).top)
    )
    emit = Gene("emit", (0,) * NUMBERS)
    assert judge(loop((element,)), 1) > 0 == judge(loop((element, emit)), 1)


@pytest.mark.parametrize(("alone", "rounds", "ratio"), [(True, 6, 3), (False, 6, 1), (False, 2, 3)])
def test_a_close_look_without_a_quiet_moment_is_on_the_scale_of_that_moment(
    alone: bool, rounds: int, ratio: float
) -> None:
    class Told(Quiet):
        def measure(
            self, case: Case, rounds: int, patience: float, count: int | None = None
        ) -> tuple[Measured, bool]:
            return Measured(case, 10, 30.0, 10.0), alone

    judge = worst.judge_of(Told(Meter(load())), 1.0)
    assert judge(loop((Gene("scalar", (1,) * NUMBERS),)), rounds) == pytest.approx(ratio)


def planted(trial: Loop, rounds: int) -> float:
    """A judge for whom division is mispriced."""
    return 5.0 if any(".div" in line for line in trial.lines) else 1.0


def test_the_search_finds_what_is_mispriced() -> None:
    told: list[str] = []
    ticks = itertools.count(0.0, 0.2)
    found = search(planted, 60, Random(3), told.append, lambda: next(ticks))
    assert found.best.ratio == 5.0 and found.tried >= POPULATION and found.alive == found.tried
    assert told and "worst 5.00" in told[-1]


def test_what_disturbs_a_search_does_not_win_it() -> None:
    """For some seconds everything takes ten times as long."""
    ticks, now = itertools.count(0.0, 0.2), [0.0]

    def clock() -> float:
        now[0] = next(ticks)
        return now[0]

    def disturbed(trial: Loop, rounds: int) -> float:
        return planted(trial, rounds) * (10 if 1 < now[0] < 6 else 1)

    assert search(disturbed, 60, Random(3), lambda _: None, clock).best.ratio == 5.0


def test_a_search_survives_programs_that_die() -> None:
    found = search(lambda *_: 0.0, 0, Random(3), lambda _: None, lambda: 0.0)
    assert found.tried >= POPULATION and found.alive == 0 and found.best.ratio == 0


def test_a_search_is_repeatable() -> None:
    runs = [search(planted, 0, Random(7), lambda _: None, lambda: 0.0).best for _ in range(2)]
    assert runs[0] == runs[1]


def mispriced() -> tuple[Gene, ...]:
    """A program that divides, among much else."""
    rng, genome = Random(1), list[Gene]()
    while not any(".div" in line for gene in genome for line in gene.part(0).lines):
        genome.append(Gene("scalar", tuple(rng.randrange(1 << 16) for _ in range(NUMBERS))))
    noise = [Gene("kernel", tuple(rng.randrange(1 << 16) for _ in range(NUMBERS)))] * 2
    return (*noise, *genome, *noise)


def test_a_mispriced_program_is_made_small() -> None:
    small = shrink(mispriced(), 5.0, planted, 60)
    assert len(small.lines) == 1 and ".div" in small.lines[0]
    assert small.start == [] and len(small.registers) <= 3 and len(small.top) <= 2
    verify(small.case("small").program)


def test_what_disturbs_a_computer_leaves_the_cause_where_it_is() -> None:
    calls = itertools.count()

    def disturbed(trial: Loop, rounds: int) -> float:
        return 5.0 if next(calls) % 4 == 0 else planted(trial, rounds)

    assert any(".div" in line for line in shrink(mispriced(), 5.0, disturbed, 60).lines)


@pytest.mark.parametrize(("nanoseconds", "chosen"), [(30.0, "small"), (20.0, "bred")])
def test_a_program_that_is_bad_no_longer_is_not_kept(nanoseconds: float, chosen: str) -> None:
    small, bred = (replace(loop(mispriced()[:1]), size=size) for size in ("small", "bred"))

    class Fixed(Meter):
        def measure(self, case: Case, rounds: int, count: int | None = None) -> Measured:
            return Measured(case, 10, nanoseconds if case.size == "small" else 31.0, 10.0, 0.1)

    found, measured = worst.as_bad(Quiet(Fixed(load())), small, bred)
    assert found.size == chosen == measured.case.size


def test_a_program_stays_as_it_is_when_the_time_is_over() -> None:
    genome, ticks = (Gene("scalar", (1,) * NUMBERS),) * 3, itertools.count()
    assert shrink(genome, 1.0, planted, 0, lambda: next(ticks)) == loop(genome)


def test_what_is_kept_is_a_case_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = replace(loop((Gene("scalar", (1,) * NUMBERS),)), size="small")
    measured = Measured(small.case("worst"), 10, 30.0, 10.0, 0.1)
    found = search(planted, 0, Random(7), lambda _: None, lambda: 0.0)
    kept = worst.Found("anhvm bench worst --minutes 30 --seed 9", found, 9, small, measured, 2.0)
    path = worst.keep(kept, tmp_path)
    assert path.read_text().startswith("# 1.50 of the calibration list under schedule ")
    monkeypatch.setattr(programs, "WORST", tmp_path)
    (case,) = programs.found()
    assert case.program == small.case("worst").program
    data = json.loads(json.dumps(kept.to_json()))
    assert data["rows"][0]["ratio"] == 1.5 and data["rows"][0]["aim"] == 2.0
    assert "1.50" in kept.summary() and "bar 3.0" in kept.summary()


def test_stored_programs_assemble_verify_and_run() -> None:
    meter = Meter(load())
    for case in programs.found():
        verify(case.program)
        assert isinstance(case, Case) and meter.measure(case, 1, case.skip + 1).gas > 0


def test_a_search_of_no_time_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anhvm.benches.gas.breed.POPULATION", 2)
    asked = ["bench", "worst", "--minutes", "0", "--seed", "4", "--json", "--keep"]
    assert main([*asked, str(tmp_path / "new")]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["search"]["tried"] >= 2 and data["rows"][0]["ratio"] > 0
    (kept,) = (tmp_path / "new").iterdir()
    assert kept.read_text() == data["search"]["program"]
    assert main([*asked, str(kept)]) == 3
    assert "bench.file" in capsys.readouterr().out
