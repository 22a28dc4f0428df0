"""What a parser state means to a person: the sentence for a text that does not parse."""

from __future__ import annotations

from dataclasses import dataclass

from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.ir import Span


@dataclass(frozen=True)
class Failure:
    """Where parsing stopped: the token there, the text before it, what would have been accepted.

    `kind` is "" where no token could be read; `opened` is the innermost open bracket.
    """

    span: Span
    kind: str
    text: str
    before: str
    accepts: frozenset[str]
    opened: Span | None


_NAMES = {
    "NAME": "a name", "INTEGER": "a number", "DECIMAL": "a number", "STRING": "a string",
    "LONG_STRING": "a string", "BYTES": "bytes", "_NL": "the end of the line",
    "_INDENT": "an indented block", "_DEDENT": "the end of the block",
    "$END": "the end of the file",
    "COLON": "':'", "COMMA": "','", "EQUAL": "'='", "LPAR": "'('", "RPAR": "')'", "LSQB": "'['",
    "RSQB": "']'", "DOT": "'.'", "__ANON_0": "'->'", "COMPARE": "a comparison",
    "PRODUCT": "an operator", "POWER": "an operator", "PLUS": "an operator", "MINUS": "an operator",
    "BITS": "an operator", "SHIFT": "an operator", "AUGMENT": "'+='", "AND": "an operator",
    "OR": "an operator", "AT": "a decorator",
}  # fmt: skip

_BEGINS_EXPRESSION = {"NAME", "INTEGER", "LPAR", "DECIMAL", "STRING", "BYTES"}

# Words and signs of other languages: what is meant, in this one.
_FOREIGN_WORDS = {
    "class": "a type with members is 'struct NAME:', a contract is 'contract NAME:'",
    "function": "a function is 'def NAME(parameters):'",
    "func": "a function is 'def NAME(parameters):'",
    "fn": "a function is 'def NAME(parameters):'",
    "let": "a variable needs no keyword: 'x = 1' or 'x: u64 = 1'",
    "var": "a variable needs no keyword: 'x = 1' or 'x: u64 = 1'",
    "mut": "a variable needs no keyword: 'x = 1' or 'x: u64 = 1'",
    "raise": "fail with 'assert condition, \"message\"'",
    "throw": "fail with 'assert condition, \"message\"'",
    "revert": "fail with 'assert condition, \"message\"'",
    "require": "fail with 'assert condition, \"message\"'",
    "del": "a cell is never deleted: store a zero value",
    "lambda": "there are no nameless functions: write a 'def'",
    "global": "state lives in fields of the contract: 'self.total'",
    "switch": "use 'if', 'elif', 'else'",
    "match": "use 'if', 'elif', 'else'",
    "foreach": "write 'for i in range(n):'",
    "async": "every function runs to its end at once",
    "with": "there are no context managers",
}
_FOREIGN_SIGNS = {
    "&&": "write 'and'",
    "||": "write 'or'",
    "!": "write 'not'",
    "//": "'/' on integers already divides toward zero",
    "++": "write '+= 1'",
    "--": "write '-= 1'",
    "?": "write 'if' and 'else' as statements",
    ";": "write one statement a line",
    "{": "blocks are indented, and there are no dictionaries: use a struct or a map field",
    "}": "blocks are indented",
    "'": "strings are written with double quotes",
    "~": "use '^' with a mask",
    "<>": "write '!='",
}


def explain(f: Failure) -> Fault:
    """The diagnostic for a failure: the first rule that applies."""
    for rule in (
        _foreign,
        _characters,
        _indentation,
        _brackets,
        _assignment,
        _words,
        _colon,
        _missing,
    ):
        fault = rule(f)
        if fault is not None:
            return fault
    hint = f"expected {_list(f.accepts)}" if f.accepts else "see the language page"
    return Fault("E0101", f.span, f"{_shown(f)} is not expected here", hint)


def _foreign(f: Failure) -> Fault | None:
    for word in (f.before, f.text if "DEF" in f.accepts else ""):
        if word in _FOREIGN_WORDS and (word == f.text or f.span.column > 1):
            message = f"'{word}' is no keyword of this language"
            return Fault("E0106", f.span, message, _FOREIGN_WORDS[word])
    for sign, hint in _FOREIGN_SIGNS.items():
        if (f.text.startswith(sign) and not f.kind) or (
            (f.before + f.text).startswith(sign) and (len(sign) == 2 and f.before == sign[0])
        ):
            return Fault("E0106", f.span, f"'{sign}' is not part of this language", hint)
    if f.text == "if" and ("_NL" in f.accepts or f.before == "else"):
        hint = "choose with an 'if' statement: assign in its branches"
        if f.before == "else":
            hint = "write 'elif'"
        return Fault("E0106", f.span, "'if' cannot stand here", hint)
    if f.kind == "COMPARE" and "BITS" in f.accepts:
        hint = "compare in pairs: 'a < b and b < c'"
        return Fault("E0106", f.span, "comparisons are not chained", hint)
    return None


def _characters(f: Failure) -> Fault | None:
    if f.kind:
        return None
    if f.text.startswith(('"', 'b"')):
        return Fault("E0105", f.span, "this string is not closed", "end it with '\"' on its line")
    message = f"{f.text[0]!r} is no character of the language"
    return Fault("E0102", f.span, message, "remove it, or put it into a string")


def _indentation(f: Failure) -> Fault | None:
    if f.kind == "_INDENT":
        hint = "start this line where the statement above it starts"
        return Fault("E0103", f.span, "this line is indented, but no block begins here", hint)
    if f.accepts == {"_INDENT"}:
        hint = "indent the next line by four spaces; an empty block is 'pass'"
        return Fault("E0103", f.span, "an indented block is missing here", hint)
    if f.kind == "_DEDENT" and "NAME" in f.accepts:
        return Fault("E0103", f.span, "this block is empty", "write at least one line into it")
    return None


def _brackets(f: Failure) -> Fault | None:
    if f.kind == "UNOPENED":
        return Fault("E0105", f.span, f"'{f.text}' closes nothing", "remove it, or open a bracket")
    if f.opened and (f.kind == "$END" or f.opened.line < f.span.line):
        hint = f"close it before line {f.span.line}"
        return Fault("E0105", f.opened, "this bracket is not closed", hint)
    return None


def _assignment(f: Failure) -> Fault | None:
    if f.kind == "EQUAL":
        hint = "compare with '=='; an assignment is a statement of its own"
        return Fault("E0101", f.span, "'=' cannot stand here", hint)
    if f.kind == "COMMA" and f.accepts > {"COLON"}:
        return Fault("E0101", f.span, "',' cannot stand here", "put the values into brackets")
    return None


def _words(f: Failure) -> Fault | None:
    if f.text in ("elif", "else"):
        hint = "indent it exactly like the 'if' that it belongs to"
        return Fault("E0101", f.span, f"'{f.text}' belongs to no 'if'", hint)
    is_word = f.text.isidentifier() and f.kind not in ("NAME", "BYTES")
    if is_word and "NAME" in f.accepts:
        hint = f"choose another name, such as '{f.text.lower()}_'"
        return Fault("E0101", f.span, f"'{f.text}' is a word of the language", hint)
    return None


def _missing(f: Failure) -> Fault | None:
    if f.kind in ("COMMA", "RPAR") and f.accepts == {"COLON"}:
        hint = f"write '{f.before}: u64', with the type that it has"
        return Fault("E0101", f.span, f"the parameter '{f.before}' has no type", hint)
    if f.kind == "_NL" and "EQUAL" in f.accepts and "COLON" not in f.accepts:
        hint = "write '= value' behind it; 'zeros()' is one for every type of numbers"
        return Fault("E0101", f.span, "a variable needs a value", hint)
    if f.kind in _BEGINS_EXPRESSION and "PLUS" in f.accepts:
        hint = "write an operator or ',' between them, or start a new line"
        return Fault("E0101", f.span, f"'{f.text}' cannot follow '{f.before}'", hint)
    return None


def _colon(f: Failure) -> Fault | None:
    if "COLON" in f.accepts and f.kind in ("_NL", "NAME", "RETURN", "PASS"):
        if "EQUAL" in f.accepts and f.kind == "_NL":
            hint = "assign it: 'name: type = value'"
        else:
            hint = "write ':' here"
        return Fault("E0104", f.span, "':' is missing", hint)
    return None


def _shown(f: Failure) -> str:
    return _NAMES.get(f.kind, f"'{f.text}'") if f.kind.startswith(("_", "$")) else f"'{f.text}'"


def _list(accepts: frozenset[str]) -> str:
    if accepts >= _BEGINS_EXPRESSION and "_NL" not in accepts and "DEF" not in accepts:
        return "an expression"
    words = sorted({_NAMES.get(a, f"'{a.lower()}'") for a in accepts})
    if len(words) > 6:
        words = [w for w in words if not w.startswith("an operator")][:6]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
