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
from anhvm.benches.gas.shrink import shrink
from anhvm.benches.gas.text import Loop
from anhvm.benches.report import SCHEMA, Row, machine
from anhvm.benches.sides import Say
from anhvm.errors import UserError
from anhvm.isa.schedule import load

BAR, AIM = 3.0, 2.0
_ROUNDS: Final = 7


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


def judge_of(meter: Meter, scale: float) -> Judge:
    """Times programs; one that is refused or traps is worth nothing."""

    def judge(trial: Loop, rounds: int) -> float:
        try:
            return meter.measure(trial.case("bred"), rounds).ratio / scale
        except (UserError, Trapped):
            return 0.0

    return judge


def find(command: str, minutes: float, seed: int, say: Say) -> Found:
    """Searches for so long, and makes the worst small."""
    meter = Meter(load())
    scale = calibration.scale([meter.measure(case, _ROUNDS) for case in calibration.cases()])
    judge = judge_of(meter, scale)
    done = search(judge, minutes * 60, Random(seed), say)
    say("making the worst small")
    small = shrink(done.best.genome, done.best.ratio, judge)
    return Found(command, done, seed, small, meter.measure(small.case("worst"), _ROUNDS), scale)


def keep(found: Found, folder: Path) -> Path:
    """Writes the program where `anhvm bench gas` looks for cases."""
    path = folder / f"seed-{found.seed}-schedule-{load().version}.asm"
    path.write_text(found.text(), encoding="utf-8")
    return path
