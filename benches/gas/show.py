"""What `anhvm bench gas` says: for people, as JSON, as a page, as a picture, as a gas file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from anhvm.benches.gas.case import Measured
from anhvm.benches.gas.parts import Constant, constants
from anhvm.benches.gas.suite import AIM, BAR, Outcome, Priced, by_class
from anhvm.benches.gas.times import taken
from anhvm.benches.report import SCHEMA, Row, machine
from anhvm.benches.show import plain_ratios
from anhvm.isa.schedule import source

_SHOWN = 12
"""Cases at either end that a person is shown."""
UNIT, PEER = "ns/gas", "calibration"


def text(outcome: Outcome) -> str:
    """Constants, how well they fit, the dearest and the cheapest cases."""
    lines = []
    for title, priced in _both(outcome):
        lines += [f"{title}: gas schedule {priced.schedule.version}", *_summary(priced), ""]
        lines += ["time per gas ÷ calibration, ns, gas of the dearest cases", *_dearest(priced)]
        lines += ["... and of the cheapest", *_cheapest(priced), ""]
    if outcome.proposed:
        lines += ["constants now -> proposed", *_changes(outcome.now, outcome.proposed)]
    return "\n".join(lines)


def to_json(outcome: Outcome) -> dict[str, object]:
    """One object of the schema: the figure, then a row for each case; constants under `fits`, what
    `--times` reads again under `times`."""
    fits = {
        title: {
            "version": priced.schedule.version,
            "figure": priced.figure,
            "calibration": priced.scale,
            "r_squared": priced.explained,
            "cases": len(priced.measured),
            "constants": {".".join(k): v for k, v in constants(priced.schedule).items()},
        }
        for title, priced in _both(outcome)
    }
    return {
        "schema": SCHEMA,
        "command": outcome.command,
        "machine": machine(()),
        "rows": [msgspec.to_builtins(row) for row in rows(outcome.now, outcome.rounds)],
        "missing": [],
        "fits": fits,
        "times": [msgspec.to_builtins(one) for one in taken(outcome.now.measured)],
    }


def rows(priced: Priced, rounds: int) -> list[Row]:
    """The figure, whose size says which case it is, and all cases."""
    worst = priced.worst
    figure = _row("worst case", worst.case.key, worst, priced.scale, rounds)
    return [
        figure,
        *(_row(m.case.name, m.case.size, m, priced.scale, rounds) for m in priced.measured),
    ]


def _row(name: str, size: str, one: Measured, scale: float, rounds: int) -> Row:
    return Row(
        name=name,
        size=size,
        threads=1,
        unit=UNIT,
        ours=one.ratio,
        peer=scale,
        peer_name=PEER,
        peers={PEER: scale},
        ratio=one.ratio / scale,
        limit=None,
        limit_name=None,
        share=None,
        bar=BAR,
        aim=AIM,
        runs=rounds,
        spread=one.spread,
    )


def _both(outcome: Outcome) -> list[tuple[str, Priced]]:
    found = [("now", outcome.now)]
    return [*found, ("proposed", outcome.proposed)] if outcome.proposed else found


def _summary(priced: Priced) -> Iterator[str]:
    ratios = sorted(m.ratio / priced.scale for m in priced.measured)
    yield f"figure       {priced.figure:.2f}, at {priced.worst.case.key} (bar {BAR}, aim {AIM})"
    yield f"calibration  {priced.scale:.3f} ns a gas"
    yield f"R²           {priced.explained:.4f} of log time by log gas, {len(ratios)} cases"
    shares = (0.01, 0.1, 0.5, 0.9, 0.99)
    seen = ", ".join(f"{s:.0%} {ratios[int(s * (len(ratios) - 1))]:.2f}" for s in shares)
    yield f"residuals    {seen}"


def _line(one: Measured, scale: float) -> str:
    return f"{one.ratio / scale:7.2f} {one.nanoseconds:14,.1f} {one.gas:14,.1f}  {one.case.key}"


def _dearest(priced: Priced) -> Iterator[str]:
    """The dearest case of each of the dearest rows."""
    firsts = [found[0] for found in by_class(priced.measured).values()]
    yield from (_line(one, priced.scale) for one in firsts[:_SHOWN])


def _cheapest(priced: Priced) -> Iterator[str]:
    found = by_class(priced.measured).values()
    lasts = sorted((one[-1] for one in found), key=lambda one: one.ratio)
    yield from (_line(one, priced.scale) for one in lasts[:_SHOWN])


def _changes(now: Priced, proposed: Priced) -> Iterator[str]:
    old, new = constants(now.schedule), constants(proposed.schedule)
    for name, price in new.items():
        yield f"{'.'.join(name):32} {old[name]:7} -> {price:7}"


def page(outcome: Outcome) -> str:
    """The part of docs/gas.md that is made from a run."""
    priced = outcome.proposed or outcome.now
    lines = [f"`{outcome.command}` on {machine(())['cpu']}:", "", "```text"]
    lines += [
        *_summary(priced),
        "```",
        "",
        "Dearest and cheapest case of each row of the tables:",
        "",
    ]
    lines += ["| row | cases | dearest | at | cheapest | at |", "|---|---|---|---|---|---|"]
    for name, found in by_class(priced.measured).items():
        ends = (found[0], found[-1])
        words = (f"{m.ratio / priced.scale:.2f} | {m.case.size or 'as it is'}" for m in ends)
        lines.append(f"| `{name}` | {len(found)} | {' | '.join(words)} |")
    return "\n".join(lines) + "\n"


def plot(outcome: Outcome, path: Path) -> None:
    """Draws time against gas, and the range of each row; raises OSError, ValueError."""
    from matplotlib.figure import Figure

    priced = outcome.proposed or outcome.now
    rows = list(by_class(priced.measured).items())
    figure = Figure(figsize=(15, 3 + 0.13 * len(rows)), layout="constrained")
    left, right = figure.subplots(1, 2)
    kernels = {kernel for kernel, found in rows if found[0].case.program.functions[0].sites}
    for label, inside in (("opcodes", False), ("kernels, sites", True)):
        some = [m for m in priced.measured if (m.case.name in kernels) == inside]
        left.scatter([m.gas for m in some], [m.nanoseconds for m in some], s=5, label=label)
    ends = [min(m.gas for m in priced.measured), max(m.gas for m in priced.measured)]
    for factor, style, label in ((1, "-", "calibration"), (BAR, "--", f"bar {BAR}")):
        times = [gas * priced.scale * factor for gas in ends]
        left.plot(ends, times, style, color="black", linewidth=1, label=label)
    left.set(xscale="log", yscale="log", xlabel="gas of an iteration", ylabel="ns of an iteration")
    left.legend()
    places = range(len(rows))
    for at, (_, found) in zip(places, reversed(rows), strict=True):
        right.plot([m.ratio / priced.scale for m in found], [at] * len(found), ".", markersize=3,
                   color="tab:blue")  # fmt: skip
    for factor, style in ((1.0, "-"), (AIM, ":"), (BAR, "--")):
        right.axvline(factor, linestyle=style, color="black", linewidth=1)
    right.set_yticks(places, [name for name, _ in reversed(rows)], fontsize=6)
    plain_ratios(right)
    right.set_xlabel("time per gas ÷ calibration; right of the dashes misses the bar")
    right.set_ylim(-1, len(rows))
    figure.savefig(path, dpi=110)


def proposal(outcome: Outcome) -> str:
    """The text of the next schedule: the file of the last with the fitted numbers."""
    priced = outcome.proposed or outcome.now
    version = priced.schedule.version
    prices = {**constants(priced.schedule), ("version",): version + 1}
    lines: list[str] = []
    section: Constant = ()
    for line in source(version).splitlines():
        if line.startswith("["):
            section = tuple(line.strip("[] ").split("."))
        lines.append(_repriced(line, section, prices))
    return "\n".join(lines) + "\n"


def _repriced(line: str, section: Constant, prices: Mapping[Constant, int]) -> str:
    name, equals, rest = line.partition(" = ")
    price = prices.get((*section, name))
    if not equals or price is None:
        return line.replace(f"schedule {prices['version',] - 1}", f"schedule {prices['version',]}")
    comment = rest.partition("#")[2].strip()
    return f"{name} = {price}" + (f"  # {comment}" if comment else "")
