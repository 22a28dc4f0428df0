"""Where words go: data to stdout, talk to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import TextIOWrapper
from typing import Any, TextIO

WIDTH = 48
"""Characters of a cell that are shown."""
Pairs = Iterable[tuple[str, object]]


def say(text: str = "") -> None:
    """Tell the person something that is no data."""
    print(text, file=sys.stderr, flush=True)


def wants_json(args: Sequence[str]) -> bool:
    """Whether ``--json`` stands among the options, even of a command line that is wrong."""
    options = args[: args.index("--")] if "--" in args else args
    return "--json" in options


class Notices:
    """What is said about work that takes long: silent where a program reads the answer."""

    silent = False

    def __call__(self, text: str) -> None:
        if not self.silent:
            say(text)


notice = Notices()


def emit(as_json: bool, data: Mapping[str, object], text: str) -> None:
    """The result of a command: one JSON object, or text for people."""
    print(json.dumps(data, allow_nan=False) if as_json else text.rstrip("\n"))


def pairs(rows: Pairs) -> str:
    """``label  value`` lines, the values in one column."""
    shown = [(label, str(value)) for label, value in rows]
    width = max((len(label) for label, _ in shown), default=0)
    return "\n".join(f"{label:<{width}}  {value}".rstrip() for label, value in shown)


def table(rows: Mapping[Any, str]) -> str:
    """The same for a table with keys, indented."""
    return "\n".join(
        f"  {line}" for line in pairs((str(key), rows[key]) for key in rows).split("\n")
    )


def columns(rows: Sequence[tuple[str, ...]], align: str) -> Iterator[str]:
    """Rows under each other, `align` a ``<`` or ``>`` each; only the last column may be wide."""
    cut = [(*(_short(cell) for cell in row[:-1]), row[-1]) for row in rows]
    widths = [max(len(row[i]) for row in cut) for i in range(len(align))]
    for row in cut:
        cells = (f"{cell:{to}{size}}" for cell, to, size in zip(row, align, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _short(cell: str) -> str:
    return cell if len(cell) <= WIDTH else f"{cell[: WIDTH - 1]}…"


def count(number: int, thing: str) -> str:
    """``1 block``, ``2 blocks``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def is_person(stream: TextIO) -> bool:
    """Whether a terminal that can draw is at the other end."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def colours(stream: TextIO) -> bool:
    return is_person(stream) and not os.environ.get("NO_COLOR")


def survive_odd_letters() -> None:
    """Print what the terminal's encoding lacks as escapes instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Meet a closed pipe or a full disk here, where it can still be reported."""
    sys.stdout.flush()
