"""A profile for people and as JSON: gas by line beside the text of the line, and by function."""

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
        "lines": [
            {
                "file": row.source.file or None,
                "line": row.source.line or None,
                "functions": sorted(row.functions),
                "gas": row.gas,
                "unsure": row.unsure,
                "parts": dict(row.parts),
                "text": _text(row, sources) or None,
            }
            for row in by_line(trace)
        ],
        "functions": [
            {"function": row.name, "calls": row.calls, "own": row.own, "total": row.total}
            for row in by_function(trace)
        ],
    }


def as_text(title: str, trace: Trace, sources: Mapping[str, str]) -> str:
    lines, whole = by_line(trace), max(trace.gas_used, 1)
    unsure = any(row.unsure for row in lines)
    head = f"{title}: {trace.gas_used:,} gas, {output.count(trace.executed, 'instruction')}"
    rows = [("gas", "%", "line", "source" if sources else "function", "of it")]
    for row in lines:
        about = "~" if row.unsure else ""
        place = f"{row.source.file}:{row.source.line}" if row.source.line else "no line"
        text = _text(row, sources) or ", ".join(sorted(row.functions))
        rows.append((f"{about}{row.gas:,}", _share(row.gas, whole), place, text, _parts(row)))
    calls = [("total", "%", "own", "%", "calls", "function")]
    for one in by_function(trace):
        shares = (_share(one.total, whole), _share(one.own, whole))
        calls.append(
            (f"{one.total:,}", shares[0], f"{one.own:,}", shares[1], f"{one.calls:,}", one.name)
        )
    tables = [head, "", *output.columns(rows, ">><<<"), "", *output.columns(calls, ">>>>><")]
    if unsure:
        tables += ["", "~ some of it may be another such line's; their sum is exact"]
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


def _share(gas: int, whole: int) -> str:
    return f"{100 * gas / whole:.1f}"
