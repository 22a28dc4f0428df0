"""check, compile, disasm: from a source text to a program."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from anhvm.cli import files, output, programs
from anhvm.cli.options import Json, Source, SourceOrProgram
from anhvm.errors import UserError


def check(file: Source, json: Json = False) -> None:
    """Find the faults of a contract or a library, and write nothing."""
    from anhvm.compiler.phases import compile_file

    name, what = None, "a library without faults"
    if file.suffix == ".anhp" or compile_file(file).checked is not None:
        name = programs.load(file)[0].name
        what = f"contract {name} has no faults"
    output.emit(json, {"file": str(file), "contract": name}, f"{file}: {what}")


def compile(
    file: Source,
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; by default FILE.anhp."),
    ] = None,
    json: Json = False,
) -> None:
    """Compile a contract into a program, and show what its functions may touch."""
    from anhvm.cli.interface import offers
    from anhvm.program.abi import load

    if file.suffix == ".anhp":
        message, hint = f"'{file}' is a program already", f"look at it: anhvm disasm {file}"
        raise UserError("compile.file", message, hint)
    program, encoded = programs.load(file)
    target = out or file.with_suffix(".anhp")
    files.write(target, encoded, programs.MAGIC)
    functions = list(offers(program, load(program.abi)))
    data = {
        "contract": program.name,
        "program": str(target),
        "bytes": len(encoded),
        "digest": encoded[-32:].hex(),
        "functions": [asdict(function) for function in functions],
    }
    rows = [
        ("contract", program.name),
        ("program", f"{target}, {len(encoded):,} bytes"),
        ("digest", encoded[-32:].hex()),
    ]
    lines = [output.pairs(rows)]
    for function in functions:
        lines.append(f"\n@{function.kind} {function.signature}")
        touched = [("reads", function.reads), ("writes", function.writes)]
        shown = [(verb, ", ".join(cells)) for verb, cells in touched if cells]
        size = ("size", output.count(function.instructions, "instruction"))
        lines += [f"  {line}" for line in output.pairs([*shown, size]).splitlines()]
    output.emit(json, data, "\n".join(lines))


def disasm(file: SourceOrProgram, json: Json = False) -> None:
    """Show the instructions of a program, with the gas of each block and its source."""
    from anhvm.assembler import disassemble
    from anhvm.isa import schedule

    program, encoded = programs.load(file)
    text = disassemble(program, schedule.load())
    data = {"contract": program.name, "digest": encoded[-32:].hex(), "text": text}
    output.emit(json, data, text)
