"""A report for people: a table, and a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from anhvm.benches.report import Report, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.table import Table


_WIDTH = 140


def table(report: Report) -> Table:
    """The rows as a table; a ratio above its bar is red, one within its aim is green."""
    from rich.table import Table

    shown = Table(box=None, pad_edge=False)
    for heading in ("work", "size"):
        shown.add_column(heading, no_wrap=True)
    for heading in ("threads", "ours", "peer", "ratio", "bar", "aim", "of limit", "spread"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("peer is")
    for row in report.rows:
        shown.add_row(
            row.name,
            row.size,
            str(row.threads),
            f"{_figure(row.ours)} {row.unit}",
            f"{_figure(row.peer)} {row.unit}",
            f"[{colour(row)}]{row.ratio:.2f}[/]",
            "" if row.bar is None else f"{row.bar:.2f}",
            "" if row.aim is None else f"{row.aim:.2f}",
            "" if row.share is None else f"{row.share:.0%}",
            f"{row.spread:.0%}",
            row.peer_name,
        )
    return shown


def text(report: Report) -> str:
    """The table, in colour where stdout is a terminal that wants it."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    with console.capture() as captured:
        console.print(table(report))
    return captured.get()


def colour(row: Row) -> str:
    """How a row stands: red misses the bar, green reaches the aim."""
    if row.bar is not None and row.ratio > row.bar:
        return "red"
    if row.aim is not None and row.ratio <= row.aim:
        return "green"
    return "default"


def plot(report: Report, path: Path) -> None:
    """Draws each row's ratio as a bar beside its mark; raises OSError, ImportError."""
    from matplotlib.figure import Figure

    rows = list(reversed(report.rows))
    figure = Figure(figsize=(9, 1 + 0.3 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    labels = [f"{row.name} {row.size}, {row.threads} thr., {row.peer_name}" for row in rows]
    places = range(len(rows))
    axes.barh(places, [row.ratio for row in rows], color="tab:blue")
    for name, marker in (("bar", "|"), ("aim", "x")):
        marks = [(getattr(row, name), at) for row, at in zip(rows, places, strict=True)]
        known = [(value, at) for value, at in marks if value is not None]
        if known:
            across, up = zip(*known, strict=True)
            axes.scatter(across, up, marker=marker, s=90, color="black", label=name)
    axes.axvline(1, color="tab:gray", linewidth=1)
    axes.set_yticks(places, labels)
    plain_ratios(axes)
    axes.set_xlabel("time, ours ÷ fastest peer; left of 1 is faster")
    if any(row.bar is not None for row in rows):
        figure.legend(loc="outside upper right", ncols=2)  # where no mark can lie
    figure.savefig(path, dpi=120)


def plain_ratios(axes: Axes) -> None:
    """A logarithmic x axis with numbers as people write them: 0.5, 1, 2."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
