"""A contract from a source file or from a program that was compiled before."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from anhvm.cli import files
from anhvm.errors import Bug, UserError

if TYPE_CHECKING:
    from anhvm.program.model import Program

MAGIC = b"ANHP"


def load(path: Path) -> tuple[Program, bytes]:
    """The verified program and its container.

    CompileError; UserError ``compile.*``, ``file.read``, ``program.*``, ``verify.*``.
    """
    from anhvm.program.encode import decode, encode
    from anhvm.verifier import verify

    if path.suffix == ".anhp":
        encoded = files.read(path)
        program = decode(encoded)
        verify(program)
        return program, encoded

    from anhvm.compiler.phases import compile_file

    program = compile_file(path).program
    try:
        verify(program)
    except UserError as fault:
        raise Bug(f"the compiler made a program that does not verify: {fault}") from fault
    return program, encode(program)
