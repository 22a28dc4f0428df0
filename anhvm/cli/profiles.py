"""A profile for people and as JSON: gas and time by line beside its text, and by function."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anhvm.cli import output, programs
from anhvm.runtime.profile import LineGas, by_function, by_line

if TYPE_CHECKING:
    from anhvm.program.model import Program
    from anhvm.runtime.trace import Trace

_PARTS: Final = 3
"""Kernels and cells of a line that are shown."""


def load(path: Path) -> tuple[Program, bytes, dict[str, str]]:
    """As `programs.load`, and the texts by the names that source maps use; none for .anhp."""
    if path.suffix == ".anhp":
        return *programs.load(path), {}

    from anhvm.compiler.phases import compile_file
    from anhvm.program.encode import encode

    compilation = compile_file(path)
    program = compilation.program
    return program, encode(program), dict(compilation.sources)


def as_json(trace: Trace, sources: Mapping[str, str]) -> dict[str, Any]:
    """Lines and functions, the dearest first; each kind adds up to the gas used."""
    return {
        "gas_used": trace.gas_used,
        "executed": trace.executed,
        "nanoseconds": _time(trace),
        "lines": [
            {
                "file": row.source.file or None,
                "line": row.source.line or None,
                "functions": sorted(row.functions),
                "gas": row.gas,
                "nanoseconds": row.time,
                "parts": dict(row.parts),
                "text": _text(row, sources) or None,
            }
            for row in by_line(trace)
        ],
        "functions": [
            {
                "function": row.name,
                "calls": row.calls,
                "own": row.own,
                "total": row.total,
                "own_nanoseconds": row.own_time,
                "total_nanoseconds": row.total_time,
            }
            for row in by_function(trace)
        ],
    }


def as_text(title: str, trace: Trace, sources: Mapping[str, str]) -> str:
    lines, whole = by_line(trace), max(trace.gas_used, 1)
    spent = f"{output.count(trace.executed, 'instruction')}, {_micro(_time(trace))} µs"
    head = f"{title}: {trace.gas_used:,} gas, {spent}"
    rows = [("gas", "%", "µs", "line", "source" if sources else "function", "of it")]
    for row in lines:
        place = f"{row.source.file}:{row.source.line}" if row.source.line else "no line"
        text = _text(row, sources) or ", ".join(sorted(row.functions))
        gas, share, time = f"{row.gas:,}", _share(row.gas, whole), _micro(row.time)
        rows.append((gas, share, time, place, text, _parts(row)))
    calls = [("total", "%", "own", "%", "µs", "calls", "function")]
    for one in by_function(trace):
        shares = (_share(one.total, whole), _share(one.own, whole))
        gas, own, times = f"{one.total:,}", f"{one.own:,}", f"{one.calls:,}"
        calls.append((gas, shares[0], own, shares[1], _micro(one.own_time), times, one.name))
    tables = [head, "", *output.columns(rows, ">>><<<"), "", *output.columns(calls, ">>>>>><")]
    return "\n".join(tables)


def _text(row: LineGas, sources: Mapping[str, str]) -> str:
    """The line as it was written, without its indentation; empty where it is not known."""
    lines = sources.get(row.source.file, "").split("\n")
    if not 1 <= row.source.line <= len(lines):
        return ""
    return lines[row.source.line - 1].strip()


def _parts(row: LineGas) -> str:
    dearest = row.parts.most_common()
    shown = [f"{name} {gas:,}" for name, gas in dearest[:_PARTS]]
    return ", ".join(shown + ["…"] * (len(dearest) > _PARTS))


def _time(trace: Trace) -> int:
    return sum(sum(trace.time(call).values()) for call in trace.root.walk())


def _micro(nanoseconds: int) -> str:
    return f"{nanoseconds / 1000:,.1f}"


def _share(gas: int, whole: int) -> str:
    return f"{100 * gas / whole:.1f}"
