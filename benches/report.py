"""What a bench says: rows of figures, the machine they are from, and both as one JSON object."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from statistics import median

SCHEMA = 1
FASTEST = "fastest"
"""In `Yardsticks`: whichever peer is the fastest."""
SECONDS = "seconds"
"""In `Yardsticks`: no peer, but the clock."""
OURS, LIMIT = "ours", "limit"
"""Sides that are no peers."""

Yardsticks = Mapping[str, float]
"""Most time that is allowed, as a share of a peer's; the least of those that ran counts."""


@dataclass(frozen=True)
class Case:
    """One piece of work that ours and peers do, its yardsticks, how many multiply-adds it has, and
    what limits it ("": nothing that is measured)."""

    name: str
    size: str
    bars: Yardsticks = field(default_factory=dict)
    aims: Yardsticks = field(default_factory=dict)
    madds: int = 0
    limit_name: str = ""

    @property
    def key(self) -> str:
        """What `--only` looks at, and what names the case to a side."""
        return f"{self.name} {self.size}"


@dataclass(frozen=True)
class Row:
    """One case on so many threads; see section 12 of the design for the names.

    Times are in `unit`, medians over `runs` processes; `ratio`, `bar` and `aim` are in units of
    `peer`, the fastest; `share` is the part of the physical limit that is reached; `spread` is
    (slowest - fastest) / median of our processes.
    """

    name: str
    size: str
    threads: int
    unit: str
    ours: float
    peer: float
    peer_name: str
    peers: Mapping[str, float]
    ratio: float
    limit: float | None
    limit_name: str | None
    share: float | None
    bar: float | None
    aim: float | None
    runs: int
    spread: float


@dataclass(frozen=True)
class Report:
    """All rows of a run; `missing` are peers that are not installed or did not work."""

    command: str
    rows: Sequence[Row]
    missing: Sequence[str]
    libraries: Sequence[str]

    def to_json(self) -> dict[str, object]:
        """One object of the schema."""
        return {
            "schema": SCHEMA,
            "command": self.command,
            "machine": machine(self.libraries),
            "rows": [asdict(row) for row in self.rows],
            "missing": list(self.missing),
        }


def row(
    case: Case,
    threads: int,
    unit: str,
    scale: float,
    times: Mapping[str, Sequence[float]],
) -> Row | None:
    """The row of a case from seconds by side; None where ours or every peer is absent.

    `scale` is how many of `unit` a second is.
    """
    found = {side: median(each) for side, each in times.items() if each}
    peers = {side: seconds for side, seconds in found.items() if side not in (OURS, LIMIT)}
    if OURS not in found or not peers:
        return None
    ours, mine = found[OURS], times[OURS]
    limit = min(times[LIMIT]) if times.get(LIMIT) else None
    fastest = min(peers, key=lambda side: peers[side])
    known = {**peers, FASTEST: peers[fastest], SECONDS: 1.0}
    return Row(
        name=case.name,
        size=case.size,
        threads=threads,
        unit=unit,
        ours=ours * scale,
        peer=peers[fastest] * scale,
        peer_name=fastest,
        peers={side: seconds * scale for side, seconds in peers.items()},
        ratio=ours / peers[fastest],
        limit=None if limit is None else limit * scale,
        limit_name=None if limit is None else case.limit_name,
        share=None if limit is None else limit / ours,
        bar=_allowed(case.bars, known),
        aim=_allowed(case.aims, known),
        runs=len(mine),
        spread=(max(mine) - min(mine)) / ours,
    )


def _allowed(yardsticks: Yardsticks, known: Mapping[str, float]) -> float | None:
    allowed = [share * known[peer] for peer, share in yardsticks.items() if peer in known]
    return min(allowed) / known[FASTEST] if allowed else None


def machine(libraries: Sequence[str]) -> dict[str, object]:
    """What the figures depend on: the CPU, and versions of what was measured."""
    from anhvm import __version__
    from anhvm.kernels.cpu.loader import target

    name, features = target()
    known = ("fma", "avx2", "avx512f")
    versions = {"anhvm": __version__, "python": platform.python_version()}
    for library in ("numba", "llvmlite", *libraries):
        if (version := installed(library)) is not None:
            versions[library] = version
    return {
        "cpu": _model() or name,
        "cores": len(os.sched_getaffinity(0)),
        "features": [f for f in known if f"+{f}" in features.split(",")],
        "versions": versions,
    }


def installed(distribution: str) -> str | None:
    """The version of an installed distribution."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _model() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), None)
