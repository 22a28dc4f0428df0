"""The run of `anhvm bench worst`: search, make small, keep."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from anhvm.benches.gas import calibration
from anhvm.benches.gas.breed import Judge, Search, search
from anhvm.benches.gas.case import Measured, Meter, Trapped
from anhvm.benches.gas.genes import loop
from anhvm.benches.gas.quiet import HURRY, PATIENCE, Quiet
from anhvm.benches.gas.shrink import KEPT, shrink
from anhvm.benches.gas.text import Loop
from anhvm.benches.report import SCHEMA, Row, machine
from anhvm.benches.sides import Say
from anhvm.errors import UserError
from anhvm.isa.schedule import load

BAR, AIM = 3.0, 2.0
_ROUNDS: Final = 7
LEAST, SHARE = 10.0, 0.25
"""Seconds, and the share of those of the search, in which the worst is made small."""
CLOSELY: Final = 2
"""Rounds above which a program is looked at closely."""


@dataclass(frozen=True)
class Found:
    """The worst program of a search: as it was bred, and small."""

    command: str
    search: Search
    seed: int
    small: Loop
    measured: Measured
    scale: float

    @property
    def ratio(self) -> float:
        """Its time per gas on the scale of the calibration list."""
        return self.measured.ratio / self.scale

    def to_json(self) -> dict[str, object]:
        """One object of the schema, with the program."""
        row = Row(
            name="worst program",
            size=f"seed {self.seed}",
            threads=1,
            unit="ns/gas",
            ours=self.measured.ratio,
            peer=self.scale,
            peer_name="calibration",
            peers={"calibration": self.scale},
            ratio=self.ratio,
            limit=None,
            limit_name=None,
            share=None,
            bar=BAR,
            aim=AIM,
            runs=_ROUNDS,
            spread=self.measured.spread,
        )
        counts = {"tried": self.search.tried, "alive": self.search.alive}
        return {
            "schema": SCHEMA,
            "command": self.command,
            "machine": machine(()),
            "rows": [msgspec.to_builtins(row)],
            "missing": [],
            "search": {**counts, "bred": self.search.best.ratio, "program": self.text()},
        }

    def text(self) -> str:
        """The small program as a file of `benches/worst`."""
        head = f"# {self.ratio:.2f} of the calibration list under schedule {load().version}"
        return f"{head}, found by: {self.command}\n{self.small.text()}"

    def summary(self) -> str:
        """For people."""
        found = self.search
        return (
            f"worst program  {self.ratio:.2f} of the calibration list (bar {BAR}, aim {AIM})\n"
            f"tried          {found.tried:,} programs, of which {found.alive:,} came to their end\n"
            f"bred           {found.best.ratio:.2f}, before it was made small\n\n{self.text()}"
        )


def judge_of(quiet: Quiet, scale: float) -> Judge:
    """Times programs; one that is refused, traps or hardly runs is worth nothing.

    One that is looked at closely is timed in a quiet moment.  Where none comes, the calibration
    list is timed beside it: what a slow minute of the computer does to both is no mispricing.
    """

    def judge(trial: Loop, rounds: int) -> float:
        closely = rounds > CLOSELY
        try:
            found, alone = quiet.measure(trial.case("bred"), rounds, PATIENCE if closely else HURRY)
        except (UserError, Trapped):
            return 0.0
        if found.drowned:
            return 0.0
        beside = scale_of(quiet, CLOSELY, 0.0) if closely and not alone else scale
        return found.ratio / max(scale, beside)

    return judge


def scale_of(quiet: Quiet, rounds: int, patience: float) -> float:
    """The scale of the figure, measured now."""
    return calibration.scale(
        [quiet.measure(case, rounds, patience)[0] for case in calibration.cases()]
    )


def find(command: str, minutes: float, seed: int, say: Say) -> Found:
    """Searches for so long, and makes the worst small."""
    quiet = Quiet(Meter(load()))
    judge = judge_of(quiet, scale_of(quiet, _ROUNDS, PATIENCE))
    done = search(judge, minutes * 60, Random(seed), say)
    say("making the worst small")
    small = shrink(done.best.genome, done.best.ratio, judge, LEAST + minutes * 60 * SHARE)
    small, measured = as_bad(quiet, small, loop(done.best.genome))
    return Found(command, done, seed, small, measured, scale_of(quiet, _ROUNDS, PATIENCE))


def as_bad(quiet: Quiet, small: Loop, bred: Loop) -> tuple[Loop, Measured]:
    """The small program and its time; the bred one if what went in a bad moment was needed."""
    whole, measured = (
        quiet.measure(one.case("worst"), _ROUNDS, PATIENCE)[0] for one in (bred, small)
    )
    return (small, measured) if measured.ratio >= KEPT * whole.ratio else (bred, whole)


def keep(found: Found, folder: Path) -> Path:
    """Writes the program where `anhvm bench gas` looks for cases."""
    path = folder / f"seed-{found.seed}-schedule-{load().version}.asm"
    path.write_text(found.text(), encoding="utf-8")
    return path
