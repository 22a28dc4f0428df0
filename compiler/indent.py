"""Indentation as tokens, and which bracket is open: what a line-based language has to remember."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lark import Token
from lark.indenter import DedentError, Indenter

from anhvm.compiler.ir import Span


class Indents(Indenter):
    """Turns line breaks into _NL, _INDENT, _DEDENT; inside brackets there are none."""

    NL_type = "_NL"
    OPEN_PAREN_types = ["LPAR", "LSQB"]  # noqa: RUF012 (declared so by the base class)
    CLOSE_PAREN_types = ["RPAR", "RSQB"]  # noqa: RUF012
    INDENT_type = "_INDENT"
    DEDENT_type = "_DEDENT"
    tab_len = 8

    def __init__(self) -> None:
        super().__init__()
        self.brackets: list[Token] = []
        self.last = Token("_NL", "")
        self.keywords: frozenset[str] = frozenset()
        self.recent = [self.last, self.last]
        self.tab = False

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        self.brackets = []
        self.recent = [Token("_NL", ""), Token("_NL", "")]
        self.tab = False
        return iter(super().process(self._watched(stream)))  # type: ignore[no-untyped-call]

    def handle_NL(self, token: Token) -> Iterator[Token]:
        self.last = Token(self.DEDENT_type, "", line=token.end_line, end_line=token.end_line)
        # A comment behind the last line break is no indentation.
        blank = token.update(value=token[: len(token) - len(_comment(token))])
        if not self.brackets and "\t" in blank.rsplit("\n", 1)[1]:
            self.tab = True
            raise DedentError
        return super().handle_NL(blank)

    def _watched(self, stream: Iterator[Token]) -> Iterator[Token]:
        for token in stream:
            if token.type in self.OPEN_PAREN_types:
                self.brackets.append(token)
            elif token.type in self.CLOSE_PAREN_types:
                if not self.brackets:  # the parser refuses it, with a better message
                    token = Token.new_borrow_pos("UNOPENED", str(token), token)
                else:
                    self.brackets.pop()
            elif token.type == "NAME" and token in self.keywords:
                # The lexer tells keywords from names by what may follow; people do not.
                token = Token.new_borrow_pos("KEYWORD", str(token), token)
            self.recent = [self.recent[1], token]
            yield token

    def before(self, token: Token) -> Token:
        """The token that was read before `token`, at which parsing stopped."""
        return self.recent[0 if token.start_pos == self.recent[1].start_pos else 1]

    def opened(self, file: str) -> Span | None:
        """The innermost bracket that is still open."""
        if not self.brackets:
            return None
        token: Any = self.brackets[-1]
        return Span(file, token.line, token.column, token.end_line, token.end_column)


def _comment(token: str) -> str:
    last = token.rsplit("\n", 1)[1]
    return last[last.index("#") :] if "#" in last else ""
