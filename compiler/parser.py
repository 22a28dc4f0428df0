"""Text to parse tree: the only home of Lark.

The grammar is built in strict mode, where a conflict or two terminals that can match the same text
are errors.  Building takes a third of a second, so the tables are kept in a private folder.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from lark import Lark, Token, Tree, __version__
from lark.exceptions import UnexpectedCharacters, UnexpectedToken
from lark.indenter import DedentError

from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.indent import Indents
from anhvm.compiler.ir import Span
from anhvm.compiler.parse_errors import Failure, explain
from anhvm.compiler.table_cache import table_file

Node = Tree[Token]


@cache
def _lark() -> Lark:
    grammar = files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    kept = table_file(grammar, __version__)
    lark = Lark(
        grammar,
        parser="lalr",
        strict=True,
        postlex=Indents(),
        propagate_positions=True,
        maybe_placeholders=True,
        cache=str(kept) if kept else False,
    )
    indents = lark.options.postlex
    assert isinstance(indents, Indents)
    texts = [t.pattern.value for t in lark.terminals if t.pattern.type == "str"]
    indents.keywords = frozenset(text for text in texts if text.isidentifier())
    return lark


def parse(text: str, file: str) -> Node:
    """The parse tree of a source text; raises Fault (E01xx) at the first thing that is wrong."""
    lark = _lark()
    indents = lark.options.postlex
    assert isinstance(indents, Indents)
    try:
        return lark.parse(text + "\n")
    except UnexpectedCharacters as error:
        at = Span(file, error.line, error.column, error.line, error.column + 1)
        rest = text[error.pos_in_stream or 0 :].split("\n", 1)[0]
        failure = Failure(at, "", rest, "", frozenset(), indents.opened(file))
    except UnexpectedToken as error:
        accepts = frozenset(error.interactive_parser.accepts()) if error.interactive_parser else ()
        before = indents.before(error.token)
        at = span_of(error.token, file, text)
        if error.token.type == "_NL" and before.end_line:
            # Behind what was read last, not behind the comment that follows it.
            column = before.end_column or 1
            at = Span(file, before.end_line, column, before.end_line, column + 1)
        failure = Failure(
            at,
            error.token.type,
            str(error.token),
            str(before),
            frozenset(accepts),
            indents.opened(file),
        )
    except DedentError:
        row = indents.last.line or 1
        line = text.split("\n")[row - 1]
        at = Span(file, row, 1, row, len(line) - len(line.lstrip()) + 1)
        if indents.tab:
            message = "this line is indented with a tab"
            raise Fault("E0103", at, message, "indent with spaces, four for a block") from None
        raise Fault(
            "E0103",
            at,
            "this line is indented less than its block, and matches no block around it",
            "indent it like the statements of the block that it belongs to",
        ) from None
    raise explain(failure)


def span_of(token: Token, file: str, text: str) -> Span:
    """The span of a token; a line break is the place behind the last character of its line."""
    if token.type in ("_NL", "$END", "_INDENT", "_DEDENT") or not token.line:
        lines = text.split("\n")
        row = token.line or len(lines)
        if token.type == "$END":
            row = max(1, len(text.rstrip().split("\n")))
        elif token.type in ("_INDENT", "_DEDENT"):
            row = token.end_line or row
        width = len(lines[min(row, len(lines)) - 1].rstrip())
        column = 1 if token.type == "_INDENT" else width + 1
        return Span(file, row, column, row, column + 1)
    assert token.column and token.end_line and token.end_column
    return Span(file, token.line, token.column, token.end_line, token.end_column)
