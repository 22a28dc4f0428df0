"""The checked tree: what the program means, every name and type resolved.

A value is a list of leaves (`types.leaves`); an expression yields the leaves of its type in order.
The checker makes this tree, the lowering reads it; nothing in it refers back to the syntax.
"""

from __future__ import annotations

from dataclasses import dataclass

from anhvm.compiler.dims import Dim
from anhvm.compiler.ir import Span
from anhvm.compiler.types import Type
from anhvm.program.model import Init


@dataclass(eq=False)
class Local:
    """A variable or parameter; `assigned` counts the assignments in the source."""

    name: str
    type: Type
    span: Span
    assigned: int = 0
    is_param: bool = False


@dataclass(frozen=True)
class Literal:
    """A scalar or bytes; `value` as in `ir.Lit`."""

    type: Type
    value: int | bool | bytes
    span: Span


@dataclass(frozen=True)
class Environment:
    """msg.*, block.*, self.address."""

    type: Type
    init: Init
    span: Span


@dataclass(frozen=True)
class Read:
    """Leaves `first`… of a local."""

    type: Type
    local: Local
    first: int
    span: Span


@dataclass(frozen=True)
class Load:
    """Leaves `first`… of a field, or of one key of a map field."""

    type: Type
    field: str
    keys: tuple[Expr, ...]
    first: int
    span: Span


@dataclass(frozen=True)
class Size:
    """The value of a dimension, a u64."""

    type: Type
    dim: Dim
    span: Span


@dataclass(frozen=True)
class Apply:
    """An opcode on scalars or handles; with `swapped` the operands are exchanged at last."""

    type: Type
    op: str
    args: tuple[Expr, ...]
    span: Span
    swapped: bool = False
    imm: int = 0


@dataclass(frozen=True)
class Kernel:
    """A kernel; `counts` are the dims that follow its operands.

    With `swapped` the operands are exchanged after they were evaluated in the written order.
    """

    type: Type
    name: str
    args: tuple[Expr, ...]
    span: Span
    attrs: tuple[int, ...] = ()
    counts: tuple[Dim, ...] = ()
    swapped: bool = False


@dataclass(frozen=True)
class Pick:
    """An element of a tensor (t.get) or a slice of bytes (bytes.slice)."""

    type: Type
    op: str
    args: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True)
class Pack:
    """The leaves of all parts, one after the other: a struct, or several values."""

    type: Type
    parts: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True)
class Part:
    """Leaves `first`… of a value."""

    type: Type
    base: Expr
    first: int
    span: Span


@dataclass(frozen=True)
class Hole:
    """Inside of `Leafwise.parts`: leaf `leaf` of operand `operand`."""

    type: Type
    operand: int
    leaf: int
    span: Span


@dataclass(frozen=True)
class Leafwise:
    """An operation on structs: every operand evaluated once, then one part for each leaf."""

    type: Type
    operands: tuple[Expr, ...]
    parts: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True)
class Call:
    """A call; `sizes` are the hidden dimension arguments."""

    type: Type
    function: str
    args: tuple[Expr, ...]
    sizes: tuple[Dim, ...]
    span: Span


@dataclass(frozen=True)
class External:
    """A call of the function `extern` of the contract at `address`, which is given `gas`."""

    type: Type
    extern: str
    args: tuple[Expr, ...]
    address: Expr
    gas: Expr
    span: Span


@dataclass(frozen=True)
class Grad:
    """Yields the value, then the gradient of each argument of `wrt` (positions of arguments)."""

    type: Type
    call: Call
    wrt: tuple[int, ...]
    span: Span


@dataclass(frozen=True)
class Logic:
    """``left and right``, ``left or right``: the right side runs only if it decides."""

    type: Type
    op: str
    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True)
class Choose:
    """The larger or smaller of two integers; `op` is ``max`` or ``min``."""

    type: Type
    op: str
    left: Expr
    right: Expr
    span: Span


@dataclass(frozen=True)
class SameSize:
    """A check at run time that two dimensions are equal; `message` names both."""

    left: Dim
    right: Dim
    message: str
    span: Span


@dataclass(frozen=True)
class Checked:
    """`expr`, after its checks."""

    type: Type
    expr: Expr
    checks: tuple[SameSize, ...]
    span: Span


Expr = (
    Literal | Environment | Read | Load | Size | Apply | Kernel | Pick | Pack | Part | Hole
    | Leafwise | Call | External | Grad | Logic | Choose | Checked
)  # fmt: skip


@dataclass(frozen=True)
class LocalTarget:
    """Leaves `first`… of a local; with `indices`, one element of that tensor."""

    type: Type
    local: Local
    first: int
    span: Span
    indices: tuple[Expr, ...] = ()


@dataclass(frozen=True)
class FieldTarget:
    """Leaves `first`… of a field; with `indices`, one element of that tensor."""

    type: Type
    field: str
    keys: tuple[Expr, ...]
    first: int
    span: Span
    indices: tuple[Expr, ...] = ()


Target = LocalTarget | FieldTarget


@dataclass(frozen=True)
class Assign:
    """The leaves of `value` go to the targets in order; the value is complete before."""

    targets: tuple[Target, ...]
    value: Expr
    span: Span


@dataclass(frozen=True)
class Evaluate:
    value: Expr
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
class ForRange:
    """`start` and `stop` are evaluated once; `local` counts up."""

    local: Local
    start: Expr
    stop: Expr
    body: tuple[Stmt, ...]
    span: Span


@dataclass(frozen=True)
class Try:
    """`body` is an Assign or Evaluate of one External; `orelse` runs when that went well."""

    body: Assign | Evaluate
    handler: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]
    span: Span


@dataclass(frozen=True)
class Return:
    value: Expr
    span: Span


@dataclass(frozen=True)
class Assert:
    condition: Expr
    message: Expr
    span: Span


@dataclass(frozen=True)
class Emit:
    event: str
    value: Expr
    span: Span


@dataclass(frozen=True)
class Break:
    span: Span


@dataclass(frozen=True)
class Continue:
    span: Span


Stmt = (
    Assign | Evaluate | If | While | ForRange | Try | Return | Assert | Emit | Break | Continue
)  # fmt: skip
