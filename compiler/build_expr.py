"""Parse tree to syntax tree: expressions, targets, literals."""

from __future__ import annotations

import re
from collections.abc import Callable
from inspect import cleandoc

from lark import Token, Tree

from anhvm.compiler import syntax as s
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.ir import Span

Node = Tree[Token]
MAX_DEPTH = 64
MAX_DIGITS = 1000
_SINGLE = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\\": "\\", '"': '"'}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u\{[0-9a-fA-F]{1,6}\}|.|\n)", re.DOTALL)


class Build:
    """Expressions of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.depth = 0

    def deeper(self, span: Span) -> None:
        """One level down; raises E0610 below the limit that keeps every later phase safe."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            hint = "split it: give parts of it names, or functions of their own"
            raise Fault("E0610", span, f"this is nested more than {MAX_DEPTH} deep", hint)

    def span(self, tree: Node) -> Span:
        m = tree.meta
        if m.empty:
            return Span(self.file, 1, 1, 1, 2)
        return Span(self.file, m.line, m.column, m.end_line, m.end_column)

    def token_span(self, token: object) -> Span:
        assert isinstance(token, Token) and token.line and token.column
        end = token.end_column or token.column + len(token)
        return Span(self.file, token.line, token.column, token.end_line or token.line, end)

    def word(self, token: object) -> s.Name:
        return s.Name(str(token), self.token_span(token))

    def expr(self, tree: object) -> s.Expr:
        assert isinstance(tree, Tree)
        self.deeper(self.span(tree))
        found = _EXPRESSIONS[tree.data](self, tree)
        self.depth -= 1
        return found

    def targets(self, tree: object) -> tuple[s.Expr, ...]:
        """The left side of an assignment; raises E0109 for what cannot be assigned to."""
        left = self.expr(tree)
        found = left.items if isinstance(left, s.Tuple) else (left,)
        for target in found:
            if not isinstance(target, s.Name | s.Attribute | s.Subscript):
                hint = "assign to a variable, a field ('self.total') or a part of one"
                raise Fault("E0109", target.span, "this cannot be assigned to", hint)
        return found

    def _attribute(self, tree: Node) -> s.Expr:
        base, name = tree.children
        return s.Attribute(self.expr(base), str(name), self.span(tree))

    def _subscript(self, tree: Node) -> s.Expr:
        base, *indices = tree.children
        return s.Subscript(self.expr(base), tuple(map(self.expr, indices)), self.span(tree))

    def _slice(self, tree: Node) -> s.Expr:
        start, stop = (self.expr(c) if c is not None else None for c in tree.children)
        return s.Slice(start, stop, self.span(tree))

    def _call(self, tree: Node) -> s.Expr:
        function, arguments = tree.children
        args: list[s.Expr] = []
        keywords: list[s.Keyword] = []
        for child in arguments.children if isinstance(arguments, Tree) else ():
            if not isinstance(child, Tree):
                continue
            if child.data == "keyword":
                name, value = child.children
                keywords.append(s.Keyword(str(name), self.expr(value), self.span(child)))
            elif keywords:
                hint = "put arguments without a name first"
                span = self.expr(child).span
                raise Fault("E0303", span, "this argument follows a named one", hint)
            else:
                args.append(self.expr(child))
        return s.Call(self.expr(function), tuple(args), tuple(keywords), self.span(tree))

    def _binary(self, tree: Node) -> s.Expr:
        left, op, right = tree.children
        return s.Binary(str(op), self.expr(left), self.expr(right), self.span(tree))

    def _logic(self, tree: Node) -> s.Expr:
        left, right = tree.children
        return s.Binary(str(tree.data), self.expr(left), self.expr(right), self.span(tree))

    def _integer(self, tree: Node) -> s.Expr:
        text = self._digits(tree)
        return s.Int(int(text, 16 if text.startswith("0x") else 10), self.span(tree))

    def _digits(self, tree: Node) -> str:
        text = str(tree.children[0]).replace("_", "")
        if len(text) > MAX_DIGITS:
            hint = f"write at most {MAX_DIGITS} digits"
            raise Fault("E0107", self.span(tree), "this number is too long", hint)
        return text

    def _bytes(self, tree: Node) -> s.Expr:
        inner = str(tree.children[0])[2:-1]
        value = b"".join(
            bytes([ord(c)]) if ord(c) < 256 and is_byte else c.encode()
            for c, is_byte in self._characters(inner, self.span(tree))
        )
        return s.Bytes(value, self.span(tree))

    def _string(self, tree: Node) -> s.Expr:
        inner = str(tree.children[0])[1:-1]
        found = self._characters(inner, self.span(tree))
        return s.Text("".join(c for c, _ in found), self.span(tree))

    def _characters(self, text: str, span: Span) -> list[tuple[str, bool]]:
        """Each character, and whether it was written as a byte, such as ``\\xff``."""
        found: list[tuple[str, bool]] = []
        at = 0
        for match in _ESCAPE.finditer(text):
            found += [(c, False) for c in text[at : match.start()]]
            found.append(_escape(match.group(1), span))
            at = match.end()
        return found + [(c, False) for c in text[at:]]


def _escape(body: str, span: Span) -> tuple[str, bool]:
    if body in _SINGLE:
        return _SINGLE[body], False
    if body[0] == "x" and len(body) == 3:
        return chr(int(body[1:], 16)), True
    code = int(body[2:-1], 16) if body[:2] == "u{" else -1
    if 0 <= code < 0x110000 and not 0xD800 <= code < 0xE000:
        return chr(code), False
    hint = 'use \\n \\t \\r \\0 \\\\ \\" \\xff or \\u{1f600}'
    raise Fault("E0107", span, f"'\\{body}' is no escape", hint)


def is_doc(tree: Node) -> bool:
    """Whether a statement is nothing but a string."""
    if tree.data == "docstring":
        return True
    inner = tree.children[0] if tree.data == "evaluate" else None
    return isinstance(inner, Tree) and inner.data in ("string", "long_string")


def text_of(tree: Node) -> str:
    """The text of a docstring, without the indentation of its lines."""
    token = next(tree.scan_values(lambda t: isinstance(t, Token)))
    raw = str(token)
    return cleandoc(raw[3:-3] if raw.startswith('"""') else raw[1:-1]).strip()


_EXPRESSIONS: dict[str, Callable[[Build, Node], s.Expr]] = {
    "name": lambda b, t: s.Name(str(t.children[0]), b.span(t)),
    "integer": Build._integer,
    "decimal": lambda b, t: s.Decimal(b._digits(t), b.span(t)),
    "string": Build._string,
    "long_string": lambda b, t: s.Text(text_of(t), b.span(t)),
    "bytes": Build._bytes,
    "true": lambda b, t: s.Bool(True, b.span(t)),
    "false": lambda b, t: s.Bool(False, b.span(t)),
    "group": lambda b, t: b.expr(t.children[0]),
    "tuple": lambda b, t: b.expr(t.children[0]),
    "several": lambda b, t: s.Tuple(
        tuple(b.expr(c) for c in t.children if isinstance(c, Tree)), b.span(t)
    ),
    "attribute": Build._attribute,
    "subscript": Build._subscript,
    "slice": Build._slice,
    "call": Build._call,
    "negate": lambda b, t: s.Unary("-", b.expr(t.children[1]), b.span(t)),
    "not": lambda b, t: s.Unary("not", b.expr(t.children[0]), b.span(t)),
    "or": Build._logic,
    "and": Build._logic,
    "compare": Build._binary,
    "bits": Build._binary,
    "shift": Build._binary,
    "sum": Build._binary,
    "product": Build._binary,
    "power": Build._binary,
}
