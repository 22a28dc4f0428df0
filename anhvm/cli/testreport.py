"""What tests have shown, for people and as JSON: verdicts, and gas by function and by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from anhvm.cli import output, show
from anhvm.runtime.codec import Codec
from anhvm.runtime.names import Place
from anhvm.testing.compose import Suite
from anhvm.testing.gas import by_function, over_lines
from anhvm.testing.runner import Verdict

LIBRARY = "std/"
"""How source maps name files that lie beside no test."""


def as_json(verdicts: Sequence[Verdict], gas: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "passed": sum(v.fault is None for v in verdicts),
        "failed": sum(v.fault is not None for v in verdicts),
        "tests": [_verdict(v) for v in verdicts],
    }
    if gas:
        spent = list(chain.from_iterable(v.spent for v in verdicts))
        data["functions"] = [
            {
                "function": row.name,
                "calls": len(row.gas) + row.trapped,
                "trapped": row.trapped,
                "min": row.least,
                "median": row.median,
                "max": row.most,
            }
            for row in by_function(spent)
        ]
        data["lines"] = [
            {"file": row.file, "line": row.line, "calls": row.calls, "gas": row.gas}
            for row in over_lines(spent)
            if row.line
        ]
    return data


def as_text(verdicts: Sequence[Verdict], gas: bool) -> str:
    lines: list[str] = []
    for path, found in groupby(verdicts, key=lambda v: v.suite.path):
        of_file = list(found)
        lines.append(str(path))
        rows = [
            (
                "  ok" if v.fault is None else "  FAIL",
                v.test,
                f"{v.gas:,} gas",
                output.count(v.cases, "case") if v.cases > 1 else "",
            )
            for v in of_file
        ]
        for verdict, row in zip(of_file, output.columns(rows, "<<>>"), strict=True):
            lines += [row, *_failure(verdict)]
    if gas:
        lines += ["", *_functions(verdicts), "", *_lines(verdicts)]
    return "\n".join(lines)


def _verdict(verdict: Verdict) -> dict[str, Any]:
    fault = verdict.fault
    return {
        "file": str(verdict.suite.path),
        "test": verdict.test,
        "ok": fault is None,
        "cases": verdict.cases,
        "gas": verdict.gas,
        "failure": fault
        and {
            "message": fault.message,
            "at": _at(verdict.suite, fault.place),
            "in": _at(verdict.suite, fault.inner) if fault.inner else None,
            "arguments": {
                name: show.as_json(verdict.suite.abi, kind, value)
                for name, kind, value in _arguments(verdict)
            },
        },
    }


def _failure(verdict: Verdict) -> Iterator[str]:
    if verdict.fault is None:
        return
    fault, suite = verdict.fault, verdict.suite
    yield f"        {fault.message}"
    for place, word in ((fault.inner, "in "), (fault.place, "-->")):
        if place is not None:
            yield f"        {word} {_at(suite, place)}   {_text(suite, place)}".rstrip()
    known = {show.as_text(suite.abi, "address", who): name for who, name in verdict.names.items()}
    for name, kind, value in _arguments(verdict):
        text = " ".join(show.as_text(suite.abi, kind, value).split())
        yield f"        with {name} = {known.get(text, text)}"


def _arguments(verdict: Verdict) -> Iterator[tuple[str, str, object]]:
    """Name, type and value of each argument of the case that failed."""
    function = verdict.suite.abi.function(verdict.test)
    if function is None or not verdict.case:
        return
    kinds = [param.type for param in function.params]
    read = Codec(verdict.suite.abi).read(kinds, verdict.case)
    values = read if len(kinds) > 1 else (read,)
    assert isinstance(values, tuple)
    for param, value in zip(function.params, values, strict=True):
        yield param.name, param.type, value


def _at(suite: Suite, place: Place) -> str:
    """``folder/token.anh:3:5``, as an editor opens it."""
    if not place.line:
        return f"an unknown line of {place.function}"
    return f"{_path(suite, place.file)}:{place.line}:{place.column}"


def _path(suite: Suite, file: str) -> Path | str:
    return file if file.startswith(LIBRARY) else suite.path.parent / file


def _text(suite: Suite, place: Place) -> str:
    lines = suite.sources.get(place.file, "").split("\n")
    return lines[place.line - 1].strip() if 1 <= place.line <= len(lines) else ""


def _functions(verdicts: Sequence[Verdict]) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [("function", "calls", "trapped", "min", "median", "max")]
    for row in by_function(chain.from_iterable(v.spent for v in verdicts)):
        cost = (row.least, row.median, row.most) if row.gas else ()
        numbers = [f"{gas:,}" for gas in cost] or ["-"] * 3
        rows.append((row.name, f"{len(row.gas) + row.trapped:,}", f"{row.trapped:,}", *numbers))
    return output.columns(rows, "<>>>>>")


def _lines(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """The dearest lines first, their text beside them."""
    rows = [("gas", "%", "calls", "line", "source")]
    for _, found in groupby(verdicts, key=lambda v: v.suite.path):
        of_file = list(found)
        suite = of_file[0].suite
        costs = over_lines(chain.from_iterable(v.spent for v in of_file))
        whole = max(sum(row.gas for row in costs), 1)
        for row in sorted(costs, key=lambda row: -row.gas):
            place = Place("", row.file, row.line)
            where = f"{_path(suite, row.file)}:{row.line}" if row.line else "no line"
            share = f"{100 * row.gas / whole:.1f}"
            rows.append((f"{row.gas:,}", share, f"{row.calls:,}", where, _text(suite, place)))
    return output.columns(rows, ">>><<")
