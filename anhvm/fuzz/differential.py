"""The reference interpreter against the C core, on generated programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from anhvm.fuzz.cases import Case, case, near_exhaustion
from anhvm.fuzz.coverage import Blocks, Coverage
from anhvm.fuzz.engines import Subject, cores, reference, stepped
from anhvm.fuzz.observe import Observation, differences, observe
from anhvm.isa.traps import Trap
from anhvm.program.engine import Loaded

_SHORT = 20_000
"""Gas up to which a case is run again near exhaustion."""


@dataclass
class Report:
    """The outcome of a campaign; `divergences` tell seed, engine and what differs."""

    programs: int = 0
    divergences: list[str] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)

    def merge(self, other: Report) -> None:
        """Adds the outcome of another process."""
        self.programs += other.programs
        self.divergences += other.divergences
        self.coverage.merge(other.coverage)


def compare(seeds: Iterable[int], subjects: Sequence[Subject] | None = None) -> Report:
    """Runs the case of each seed on every engine; `subjects` are compared with the reference."""
    return compare_cases(map(case, seeds), subjects)


def compare_cases(cases: Iterable[Case], subjects: Sequence[Subject] | None = None) -> Report:
    """Runs each case on every engine, and once more with gas near what it needs.

    Registers are compared at every mark; where the cores are meant, in the first run of each case
    at every instruction, too.
    """
    judge, report = reference(), Report()
    stepping = stepped() if subjects is None else None
    subjects = cores() if subjects is None else subjects
    for one in cases:
        report.programs += 1
        _compare(one, judge, subjects, report)
        if stepping:
            _compare_steps(one, *stepping, report)
    return report


def _compare(first: Case, judge: Subject, subjects: Sequence[Subject], report: Report) -> None:
    loaded = judge.engine.load(first.encoded)
    others = [(subject, subject.engine.load(first.encoded)) for subject in subjects]
    blocks = Blocks(first.program)

    def run(one: Case, near: bool) -> Observation:
        wanted = observe(judge.engine, loaded, one, judge.recorder.take)
        report.coverage.add(blocks, one, wanted, near)
        for subject, prepared in others:
            _judge(wanted, subject, prepared, one, report)
        return wanted

    seen = run(first, False)
    if seen.trap != Trap.OUT_OF_GAS and seen.gas_used <= _SHORT:
        for near in near_exhaustion(first, seen.gas_used):
            run(near, True)


def _compare_steps(one: Case, judge: Subject, subject: Subject, report: Report) -> None:
    loaded = judge.engine.load(one.encoded)
    wanted = observe(judge.engine, loaded, one, judge.recorder.take)
    _judge(wanted, subject, subject.engine.load(one.encoded), one, report)


def _judge(
    wanted: Observation, subject: Subject, prepared: Loaded, one: Case, report: Report
) -> None:
    seen = observe(subject.engine, prepared, one, subject.recorder.take)
    if not subject.traced:
        seen = replace(seen, trace=wanted.trace)
    found = differences(wanted, seen)
    if found:
        head = f"{one.program.name}, seed {one.seed}, gas {one.gas}, {subject.name}: "
        report.divergences.append(head + "; ".join(found))
