"""Imports: which file a module name stands for, and the parsed modules that a file needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from anhvm.compiler import syntax as s
from anhvm.compiler.build import build
from anhvm.compiler.diagnostics import Diagnostic, Fault, did_you_mean
from anhvm.compiler.ir import Span
from anhvm.compiler.parser import parse

LIBRARY = "std"


@dataclass(eq=False)
class Modules:
    """The parsed files of one compilation.

    `sources` holds every text by its shown name, `faults` what was wrong.  `folder` is where
    modules beside the main file are looked for; None means that there are none.
    """

    folder: Path | None
    sources: dict[str, str] = field(default_factory=dict)
    faults: list[Diagnostic] = field(default_factory=list)
    parsed: dict[str, s.Module | None] = field(default_factory=dict)

    def main(self, text: str, file: str) -> s.Module | None:
        """Parse the main file; None where it does not parse."""
        return self._parse("", text, file)

    def find(self, wanted: s.Import) -> s.Module | None:
        """The module of an import, parsed once; None where it is at fault itself."""
        name = wanted.module
        if name not in self.parsed:
            text, file = self._read(name, wanted.span)
            self._parse(name, text, file)
        return self.parsed[name]

    def _parse(self, name: str, text: str, file: str) -> s.Module | None:
        self.sources[file] = text
        self.parsed[name] = None
        try:
            self.parsed[name] = build(parse(text, file), file)
        except Fault as fault:
            self.faults.append(fault.diagnostic)
        return self.parsed[name]

    def _read(self, name: str, span: Span) -> tuple[str, str]:
        parts = name.split(".")
        if parts[0] == LIBRARY:
            return self._library(name, span)
        if self.folder is not None:
            path = self.folder.joinpath(*parts).with_suffix(".anh")
            try:
                return path.read_text(encoding="utf-8"), "/".join(parts) + ".anh"
            except (OSError, UnicodeDecodeError) as error:
                hint = f"'{'/'.join(parts)}.anh' beside this file: {type(error).__name__}"
                raise Fault("E0203", span, f"module '{name}' cannot be read", hint) from None
        hint = f"only modules of '{LIBRARY}' can be imported here"
        raise Fault("E0203", span, f"there is no module '{name}'", hint)

    def _library(self, name: str, span: Span) -> tuple[str, str]:
        root = files("anhvm.stdlib")
        known = {
            f"{LIBRARY}.{p.name.removesuffix('.anh')}": p
            for p in root.iterdir()
            if p.name.endswith(".anh")
        }
        if name not in known:
            hint = did_you_mean(name, known, f"the library has {', '.join(sorted(known))}")
            raise Fault("E0203", span, f"there is no module '{name}'", hint)
        return known[name].read_text(encoding="utf-8"), f"{LIBRARY}/{known[name].name}"
