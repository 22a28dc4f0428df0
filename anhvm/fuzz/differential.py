"""The reference interpreter against the C core, on generated programs and what is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from anhvm.errors import UserError
from anhvm.fuzz.cases import Case, case, every_gas, near_exhaustion
from anhvm.fuzz.coverage import Blocks, Coverage
from anhvm.fuzz.engines import Subject, cores, reference, stepped, with_device
from anhvm.fuzz.observe import Observation, differences, observe, observe_call
from anhvm.isa.traps import Trap
from anhvm.program.engine import Loaded

_SHORT = 20_000
"""Gas up to which a case is run again near exhaustion."""
_SCANNED = 400
"""Gas up to which a case is run again with every gas that does not suffice."""
_EVERY = 19
_NEAR = 5
_SCAN = 397
"""Of how many cases one is seen in full, near exhaustion, and with every gas."""


@dataclass
class Report:
    """The outcome of a campaign; `divergences` tell seed, engine and what differs.

    `compared` counts the runs of a core that were held against the reference: with a trace on one
    thread, as it ships on two, and there again with what the first call left.
    """

    programs: int = 0
    refused: int = 0
    compared: int = 0
    divergences: list[str] = field(default_factory=list)
    coverage: Coverage = field(default_factory=Coverage)

    def merge(self, other: Report) -> None:
        """Adds the outcome of another process."""
        self.programs += other.programs
        self.refused += other.refused
        self.compared += other.compared
        self.divergences += other.divergences
        self.coverage.merge(other.coverage)


@dataclass(frozen=True)
class Depth:
    """How closely a case is looked at: the engines compared, and what it is run with again."""

    subjects: Sequence[Subject]
    steps: bool = False
    near: bool = True
    scan: bool = False


def depth_of(seed: int) -> Depth:
    """The reference and the shipped core run every case, and one core with its trace and registers.

    That is all that most cases get, so that there can be many of them.  Those seen in full run on
    every core, and on those with a device.
    """
    traced, unfused, shipped = cores()
    full = seed % _EVERY == 0
    subjects = (*cores(), *with_device()) if full else (unfused if seed & 1 else traced, shipped)
    return Depth(subjects, full, full or seed % _NEAR == 0, seed % _SCAN == 0)


def compare(seeds: Iterable[int], subjects: Sequence[Subject] | None = None) -> Report:
    """Runs the case of each seed on every engine; `subjects` are compared with the reference."""
    report = Report()
    for seed in seeds:
        _compare(case(seed), Depth(subjects) if subjects is not None else depth_of(seed), report)
    return report


def compare_cases(cases: Iterable[Case]) -> Report:
    """Runs each case on every engine: as it is, near exhaustion, by steps."""
    report = Report()
    for one in cases:
        _compare(one, Depth(cores(), steps=True), report)
    return report


def _compare(first: Case, depth: Depth, report: Report) -> None:
    report.programs += 1
    judge = reference()
    try:
        loaded = judge.engine.load(first.encoded)
    except UserError as refusal:
        report.refused += 1
        for subject in depth.subjects:
            _refuses(subject, first, refusal, report)
        return
    program = loaded.program
    others = [(subject, subject.load(first.encoded, program)) for subject in depth.subjects]
    blocks = Blocks(program, {where: other for where, (other, _) in first.others.items()})

    def run(one: Case, near: bool = False) -> Observation:
        wanted = observe(judge.engine, loaded, one, judge.recorder.take)
        report.coverage.add(blocks, one, wanted, near)
        for subject, prepared in others:
            _judge(wanted, subject, prepared, one, report)
        return wanted

    seen = run(first)
    if depth.steps:
        stepping, by_steps = stepped()
        wanted = observe(stepping.engine, loaded, first, stepping.recorder.take)
        _judge(wanted, by_steps, by_steps.load(first.encoded, program), first, report)
    if seen.trap == Trap.OUT_OF_GAS:
        return
    if depth.near and seen.gas_used <= _SHORT:
        for near in near_exhaustion(first, seen.gas_used):
            run(near, True)
    if depth.scan and seen.gas_used <= _SCANNED:
        for less in every_gas(first, seen.gas_used):
            run(less)
        report.coverage.scanned += 1


def _refuses(subject: Subject, one: Case, refusal: UserError, report: Report) -> None:
    try:
        subject.engine.load(one.encoded)
    except UserError as other:
        if other.code == refusal.code:
            return
        found = f"refused as {other.code}"
    else:
        found = "accepted"
    report.divergences.append(f"seed {one.seed}, {subject.name}: {refusal.code} / {found}")


def _judge(
    wanted: Observation, subject: Subject, prepared: Loaded, one: Case, report: Report
) -> None:
    entry = subject.engine.entry(prepared, one.function, one.env)
    for call in ("", " again")[: 1 if subject.traced else 2]:
        seen = observe_call(subject.engine, entry, one, subject.recorder.take)
        if not subject.traced:
            seen = replace(seen, trace=wanted.trace)
        found = differences(wanted, seen)
        report.compared += 1
        if found:
            head = f"{one.program.name}, seed {one.seed}, gas {one.gas}, {subject.name}{call}: "
            report.divergences.append(head + "; ".join(found))
