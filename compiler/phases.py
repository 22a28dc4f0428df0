"""One compilation, phase by phase.  A phase runs when it is asked for, and once.

    text -> tree (parser) -> syntax (build) -> checked (check) -> ir (lower, autodiff) -> program

Faults of the text are raised as one `CompileError` that holds all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from anhvm.compiler import entities, syntax
from anhvm.compiler.check import check_module
from anhvm.compiler.diagnostics import CompileError, Diagnostic, Fault, did_you_mean
from anhvm.compiler.ir import Span, Unit
from anhvm.compiler.lower import lower_contract
from anhvm.compiler.modules import Modules
from anhvm.errors import UserError
from anhvm.program.model import Program

T = TypeVar("T")


@dataclass(eq=False)
class Compilation:
    """A source text on its way to a program.

    `filename` stands in messages and source maps; `folder` is where imports look for files, None
    for library imports only.  Every phase raises CompileError where the text is at fault.
    """

    text: str
    filename: str = "<source>"
    folder: Path | None = None
    _modules: Modules = field(init=False)

    def __post_init__(self) -> None:
        self._modules = Modules(self.folder)

    @property
    def sources(self) -> dict[str, str]:
        """The texts that were read so far, by their shown names."""
        return self._modules.sources

    @cached_property
    def syntax(self) -> syntax.Module:
        """The syntax tree of the main file."""
        module = self._modules.main(self.text, self.filename)
        if module is None:
            raise self._error()
        return module

    @cached_property
    def checked(self) -> entities.Contract | None:
        """The checked contract; None where the file is a library."""
        contract = check_module(self.syntax, self._modules)
        if self._modules.faults:
            raise self._error()
        return contract

    @cached_property
    def lowered(self) -> Unit:
        """The intermediate representation, gradients still statements."""
        if self.checked is None:
            self._modules.faults.append(
                Diagnostic(
                    "E0606",
                    Span(self.filename, 1, 1, 1, 2),
                    "this file holds no contract",
                    "write 'contract NAME:', or import this file from one that has a contract",
                )
            )
            raise self._error()
        return lower_contract(self.checked)

    @cached_property
    def ir(self) -> Unit:
        """The intermediate representation that is emitted: every gradient spelled out."""
        from anhvm.compiler.autodiff import differentiate

        return self._late(differentiate, self.lowered)

    @cached_property
    def program(self) -> Program:
        """The program, ready to be encoded and verified."""
        from anhvm.compiler.emit import emit

        return self._late(emit, self.ir)

    def _late(self, phase: Callable[[Unit], T], unit: Unit) -> T:
        """A phase behind the checker, which stops at its first fault."""
        try:
            return phase(unit)
        except Fault as fault:
            self._modules.faults.append(fault.diagnostic)
            raise self._error() from None

    def _error(self) -> CompileError:
        return CompileError(self._modules.faults, self._modules.sources)


def compile_source(
    text: str, filename: str = "<source>", folder: Path | None = None
) -> Compilation:
    """A compilation of `text`; nothing runs before a phase is asked for."""
    return Compilation(text, filename, folder)


def compile_file(path: Path) -> Compilation:
    """A compilation of a file; raises UserError where it cannot be read."""
    return Compilation(read_source(path), path.name, path.parent)


def read_source(path: Path) -> str:
    """The text of a file.  UserError ``compile.encoding``, ``compile.file``."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        byte = f"byte {error.start} is {error.object[error.start]:#x}"
        message = f"'{path}' is no UTF-8 text: {byte}"
        raise UserError("compile.encoding", message, "save the file as UTF-8") from None
    except OSError as error:
        beside = (p.name for p in path.parent.glob("*.anh"))
        hint = did_you_mean(path.name, beside, "check the path")
        message = f"'{path}' cannot be read: {error.strerror}"
        raise UserError("compile.file", message, hint) from None
