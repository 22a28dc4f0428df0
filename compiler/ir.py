"""The intermediate representation: structured, typed, three-address.

`lower` makes it from the checked syntax tree, `autodiff` replaces every `Grad` in it, `emit` turns
it into a program.  Structs are gone: every variable is one machine value (`anhvm.isa.types`), and
operations on structs have become one statement a leaf.  Variables may be assigned more than once;
they belong to one function.  Nothing here knows about registers or gas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from anhvm.program.abi import Abi
from anhvm.program.model import Extern, Init, Kind


@dataclass(frozen=True)
class Span:
    """A place in a source file; lines and columns from 1, the end exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, eq=False)
class Var:
    """A variable of one function; compared by identity.  `type` is a code of `isa.types`.

    `ones` is the mask of the axes whose size is written 1 (bit i for axis i): those broadcast, so
    `autodiff` sums a gradient over them.
    """

    name: str
    type: int
    ones: int = 0


@dataclass(frozen=True)
class Lit:
    """A constant.  `value` is int, bool, bytes, or for f32 the bits as int; tensors: raw bytes."""

    type: int
    value: int | bool | bytes
    dims: tuple[int, ...] = ()


@dataclass(frozen=True)
class Source:
    """A field of the transaction or header: SENDER, SELF, VALUE, HEIGHT or TIME."""

    type: int
    init: Init


Atom = Var | Lit | Source


@dataclass(frozen=True)
class Op:
    """`dst = op(args)` for an opcode of the table that has no site; `imm` is its small number."""

    dst: Var
    op: str
    args: tuple[Atom, ...]
    span: Span
    imm: int = 0


@dataclass(frozen=True)
class Assign:
    """`dst = src`, same type."""

    dst: Var
    src: Atom
    span: Span


@dataclass(frozen=True)
class Kernel:
    """`dsts = name(args)`, a kernel of the table; operands in its order, shape scalars last."""

    dsts: tuple[Var, ...]
    name: str
    args: tuple[Atom, ...]
    span: Span
    attrs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Special:
    """Opcodes with a site of plain operands: bytes.slice, t.get, t.set.

    A t.set whose tensor is `dst` is in place: `t.put` in the program.
    """

    dst: Var
    op: str
    args: tuple[Atom, ...]
    span: Span


@dataclass(frozen=True)
class Call:
    dsts: tuple[Var, ...]
    function: str
    args: tuple[Atom, ...]
    span: Span


@dataclass(frozen=True)
class External:
    """A call of another contract: `args` end with its address and the gas to give.

    With `told`, a trap is caught: that variable gets its number, or 0, and `dsts` stay what they
    were.
    """

    dsts: tuple[Var, ...]
    extern: str
    args: tuple[Atom, ...]
    span: Span
    told: Var | None = None


@dataclass(frozen=True)
class Grad:
    """`value, *grads = grad function(args) wrt args[i] for i in wrt`.

    The function's first result is an f32 scalar; `grads` follow `wrt`, which holds leaf positions.
    """

    value: Var
    grads: tuple[Var, ...]
    function: str
    args: tuple[Atom, ...]
    wrt: tuple[int, ...]
    span: Span


@dataclass(frozen=True)
class Load:
    dst: Var
    field: str
    keys: tuple[Atom, ...]
    span: Span


@dataclass(frozen=True)
class Store:
    field: str
    keys: tuple[Atom, ...]
    src: Atom
    span: Span


@dataclass(frozen=True)
class Emit:
    event: str
    args: tuple[Atom, ...]
    span: Span


@dataclass(frozen=True)
class Assert:
    cond: Atom
    message: Atom
    span: Span


@dataclass(frozen=True)
class If:
    cond: Atom
    then: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    span: Span


@dataclass(frozen=True)
class Loop:
    """`while`: run `head`, stop unless `cond`, run `body`, then `step` (where `continue` goes)."""

    head: tuple[Stmt, ...]
    cond: Atom
    body: tuple[Stmt, ...]
    span: Span
    step: tuple[Stmt, ...] = ()


@dataclass(frozen=True)
class Break:
    span: Span


@dataclass(frozen=True)
class Continue:
    span: Span


@dataclass(frozen=True)
class Return:
    values: tuple[Atom, ...]
    span: Span


Stmt = (
    Op | Assign | Kernel | Special | Call | External | Grad | Load | Store | Emit | Assert | If
    | Loop | Break | Continue | Return
)  # fmt: skip


@dataclass(frozen=True)
class Function:
    """`params` are never assigned to: the lowering copies those that the source assigns."""

    name: str
    kind: Kind
    params: tuple[Var, ...]
    returns: tuple[int, ...]
    body: tuple[Stmt, ...]
    span: Span
    reentrant: bool = False
    stipend: int = 0


@dataclass(frozen=True)
class FieldDecl:
    """`name` is the flattened one, such as ``net.w1``."""

    name: str
    type: int
    keys: tuple[int, ...] = ()
    dims: tuple[int, ...] = ()
    initial: Lit | None = None


@dataclass(frozen=True)
class EventDecl:
    name: str
    types: tuple[int, ...]


@dataclass(frozen=True)
class Unit:
    """One contract."""

    name: str
    fields: tuple[FieldDecl, ...]
    events: tuple[EventDecl, ...]
    functions: tuple[Function, ...]
    abi: Abi
    files: tuple[str, ...] = field(default=())
    externs: Mapping[str, Extern] = field(default_factory=dict)
