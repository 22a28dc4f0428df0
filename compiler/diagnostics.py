"""Diagnostics: what the compiler says to a person, as text with a caret or as JSON.

A diagnostic has a stable code of the table in `codes`, the span it speaks of, one sentence, and a
next step.  All diagnostics of a run are reported together, in a `CompileError`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from anhvm.compiler.codes import CODES
from anhvm.compiler.ir import Span
from anhvm.errors import UserError

_RED, _BLUE, _BOLD, _OFF = "\x1b[1;31m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"
TAB = "    "


@dataclass(frozen=True)
class Diagnostic:
    """One fault of a source text.  `code` is a key of `CODES`; `hint` is the next step."""

    code: str
    span: Span
    message: str
    hint: str

    def __post_init__(self) -> None:
        assert self.code in CODES, self.code

    def to_json(self) -> dict[str, object]:
        """The same as data; positions from 1, the end exclusive."""
        return {
            "code": self.code,
            "title": CODES[self.code].title,
            "file": self.span.file,
            "line": self.span.line,
            "column": self.span.column,
            "end_line": self.span.end_line,
            "end_column": self.span.end_column,
            "message": self.message,
            "hint": self.hint,
        }


class Fault(Exception):
    """Carries one diagnostic from where it was found to where the next statement begins."""

    def __init__(self, code: str, span: Span, message: str, hint: str) -> None:
        super().__init__(message)
        self.diagnostic = Diagnostic(code, span, message, hint)


class CompileError(UserError):
    """A source text with faults: all of them in `diagnostics`, in order of position.

    `code` and `hint` are those of the first one; `message` is the text of all, without colours.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic], sources: Mapping[str, str]) -> None:
        ordered = {
            (d.span.file, d.span.line, d.span.column, d.code, d.message): d for d in diagnostics
        }
        self.diagnostics = tuple(ordered[key] for key in sorted(ordered))
        self.sources = dict(sources)
        first = self.diagnostics[0]
        super().__init__(first.code, self.render(), first.hint)

    def render(self, colour: bool = False) -> str:
        """All diagnostics as text, and how many there are."""
        parts = [render(d, self.sources, colour) for d in self.diagnostics]
        count = len(parts)
        return "\n\n".join([*parts, f"{count} error{'s' if count > 1 else ''}"])

    def to_json(self) -> dict[str, object]:
        return {
            "code": self.code,
            "message": self.diagnostics[0].message,
            "hint": self.diagnostics[0].hint,
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


def render(diagnostic: Diagnostic, sources: Mapping[str, str], colour: bool = False) -> str:
    """The text form: code and sentence, place, the line with a caret under the span, next step."""
    red, blue, bold, off = (_RED, _BLUE, _BOLD, _OFF) if colour else ("", "", "", "")
    d, span = diagnostic, diagnostic.span
    head = f"{red}error[{d.code}]{off}{bold}: {d.message}{off}"
    gutter = len(str(span.line)) * " "
    place = f"{gutter}{blue}-->{off} {span.file}:{span.line}:{span.column}"
    lines = sources.get(span.file, "").split("\n")
    if span.line > len(lines) or not any(lines):
        return f"{head}\n{place}\n{gutter} {blue}={off} help: {d.hint}"
    line = lines[span.line - 1].rstrip("\r")
    end = span.end_column if span.end_line == span.line else len(line) + 1
    lead = len(line[: span.column - 1].replace("\t", TAB))
    carets = "^" * max(1, len(line[span.column - 1 : end - 1].replace("\t", TAB)))
    return "\n".join(
        [
            head,
            place,
            f"{gutter} {blue}|{off}",
            f"{blue}{span.line} |{off} {line.replace(chr(9), TAB)}".rstrip(),
            f"{gutter} {blue}|{off} {' ' * lead}{red}{carets}{off}",
            f"{gutter} {blue}={off} help: {d.hint}",
        ]
    )


def an(word: object) -> str:
    """The word with its article: a u64, an f32."""
    text = str(word)
    return f"an {text}" if text[:1] in "aeio" or text[:2] == "f3" else f"a {text}"


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """A hint that names the closest of `known`, or `otherwise` where none is close."""
    names = sorted(set(known))
    close = get_close_matches(name, names, n=1, cutoff=0.6)
    if not close:
        folded = {n.lower(): n for n in names}
        close = [folded[name.lower()]] if name.lower() in folded else []
    return f"did you mean '{close[0]}'?" if close else otherwise
