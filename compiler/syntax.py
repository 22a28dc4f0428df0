"""The syntax tree: what was written, with spans, before any meaning.

Types are expressions here (``f32[N, 64]`` is a subscript); `resolve` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass

from anhvm.compiler.ir import Span


@dataclass(frozen=True)
class Name:
    name: str
    span: Span


@dataclass(frozen=True)
class Int:
    value: int
    span: Span


@dataclass(frozen=True)
class Decimal:
    """A decimal literal; `text` is rounded once, when its type is known."""

    text: str
    span: Span


@dataclass(frozen=True)
class Bool:
    value: bool
    span: Span


@dataclass(frozen=True)
class Text:
    value: str
    span: Span


@dataclass(frozen=True)
class Bytes:
    value: bytes
    span: Span


@dataclass(frozen=True)
class Tuple:
    items: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True)
class Attribute:
    base: Expr
    name: str
    span: Span


@dataclass(frozen=True)
class Slice:
    start: Expr | None
    stop: Expr | None
    span: Span


@dataclass(frozen=True)
class Subscript:
    base: Expr
    indices: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True)
class Keyword:
    name: str
    value: Expr
    span: Span


@dataclass(frozen=True)
class Call:
    function: Expr
    args: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]
    span: Span


@dataclass(frozen=True)
class Unary:
    """`op` is ``-`` or ``not``."""

    op: str
    operand: Expr
    span: Span


@dataclass(frozen=True)
class Binary:
    """`op` as written: arithmetic, bits, comparison, ``and``, ``or``."""

    op: str
    left: Expr
    right: Expr
    span: Span


Expr = (
    Name | Int | Decimal | Bool | Text | Bytes | Tuple | Attribute | Slice | Subscript | Call
    | Unary | Binary
)  # fmt: skip


@dataclass(frozen=True)
class Evaluate:
    value: Expr
    span: Span


@dataclass(frozen=True)
class Assign:
    """``a, b = value``; with `type`, a declaration of the single target."""

    targets: tuple[Expr, ...]
    value: Expr
    span: Span
    type: Expr | None = None


@dataclass(frozen=True)
class Augment:
    target: Expr
    op: str
    value: Expr
    span: Span


@dataclass(frozen=True)
class Grad:
    targets: tuple[Expr, ...]
    call: Call
    wrt: tuple[Name, ...]
    span: Span


@dataclass(frozen=True)
class Return:
    values: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True)
class Assert:
    condition: Expr
    message: Expr | None
    span: Span


@dataclass(frozen=True)
class Emit:
    event: Call
    span: Span


@dataclass(frozen=True)
class Break:
    span: Span


@dataclass(frozen=True)
class Continue:
    span: Span


@dataclass(frozen=True)
class Pass:
    span: Span


@dataclass(frozen=True)
class If:
    condition: Expr
    then: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    span: Span


@dataclass(frozen=True)
class While:
    condition: Expr
    body: tuple[Stmt, ...]
    span: Span


@dataclass(frozen=True)
class For:
    variable: Name
    iterable: Expr
    body: tuple[Stmt, ...]
    span: Span


@dataclass(frozen=True)
class Try:
    """`body` holds what is tried, `orelse` what runs when it went well."""

    body: tuple[Stmt, ...]
    handler: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    span: Span


Stmt = (
    Evaluate | Assign | Augment | Grad | Return | Assert | Emit | Break | Continue | Pass | If
    | While | For | Try
)  # fmt: skip


@dataclass(frozen=True)
class Decorator:
    """``@name``, or ``@name(value)``; `span` is that of the name."""

    name: str
    span: Span
    value: Expr | None = None


@dataclass(frozen=True)
class Param:
    name: str
    type: Expr
    span: Span


@dataclass(frozen=True)
class Function:
    """`span` is that of the name; decorators keep their own."""

    name: str
    decorators: tuple[Decorator, ...]
    params: tuple[Param, ...]
    returns: tuple[Expr, ...]
    body: tuple[Stmt, ...]
    doc: str
    span: Span


@dataclass(frozen=True)
class Field:
    name: str
    type: Expr
    initial: Expr | None
    span: Span


@dataclass(frozen=True)
class Event:
    name: str
    params: tuple[Param, ...]
    span: Span


@dataclass(frozen=True)
class Const:
    name: str
    type: Expr | None
    value: Expr
    span: Span


@dataclass(frozen=True)
class Struct:
    name: str
    fields: tuple[Field, ...]
    doc: str
    span: Span


@dataclass(frozen=True)
class Import:
    """``import a.b as c`` (`names` empty) or ``from a.b import names``."""

    module: str
    alias: str
    names: tuple[Name, ...]
    span: Span


@dataclass(frozen=True)
class Interface:
    """What another contract is expected to have; its functions have no body."""

    name: str
    functions: tuple[Function, ...]
    doc: str
    span: Span


@dataclass(frozen=True)
class Contract:
    name: str
    fields: tuple[Field, ...]
    events: tuple[Event, ...]
    consts: tuple[Const, ...]
    functions: tuple[Function, ...]
    doc: str
    span: Span
    implements: tuple[Name, ...] = ()


@dataclass(frozen=True)
class Module:
    """One file; `file` is its name in messages and source maps."""

    file: str
    imports: tuple[Import, ...]
    consts: tuple[Const, ...]
    structs: tuple[Struct, ...]
    functions: tuple[Function, ...]
    contracts: tuple[Contract, ...]
    interfaces: tuple[Interface, ...] = ()
