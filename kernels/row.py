"""A row of the kernel table, and texts that many rows share.

A row says everything about a kernel.  The compiler's built-ins, the verifier, the gas schedule, the
C core (through `encoding`), the definitions, the backends, the docs and the benches read it.

`program` defines a composite kernel over other kernels (law N10); a kernel without one is primitive
and is defined by a function of its name in `definitions`.  `gradient` maps an operand to the
expression of its adjoint over operand names, output names and ``g``, the adjoint of the output; an
f32 operand that it does not name has gradient zero.  Where the operand was broadcast, the caller
sums the expression over the broadcast axes.  A kernel of several outputs has a program and no
gradient: its program is differentiated.  `programs` parses both texts.

`madds` counts work as a product of factors, or the sum of two: a variable of the signature (a rest
variable stands for the product of its list), ``out`` (elements of the first output), ``runs`` and
``last`` (the product of all but its last dim, and that), ``axes`` and ``kept`` (products of the
reduced and of the other axes), ``pieces`` and ``piece`` (how many runs of neighbours a broadcast or
a reduction treats alike, and how long each is), each with an optional pad, ``(M+8)``, for what a
tile costs at least.  `nonempty` lists factors that must not be 0: the mean of nothing is a shape
error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from anhvm.kernels.signature import Signature, parse

GAS_CLASSES = (
    "move",
    "map",
    "broadcast",
    "divide",
    "exp",
    "log",
    "tanh",
    "reduce",
    "select",
    "softmax",
    "entropy",
    "uniform",
    "normal",
    "matmul",
    "matmul_turned",
    "shape",
    "turn",
    "transpose",
    "curve",
    "spread",
    "conv",
    "conv_data",
    "conv_weight",
    "pool",
    "pool_grad",
    "gather",
    "scatter",
    "batch",
    "part",
    "permute",
    "fold",
    "pow",
    "scan",
    "shuffle",
    "order",
    "integers",
    "attention",
    "variance",
    "quantize",
    "spread_grad",
    "max",
    "step",
    "map_grad",
    "choose",
    "log_softmax",
    "curve_grad",
    "softplus",
    "average",
)


@dataclass(frozen=True)
class Kernel:
    """One row.  `id` is stable for ever; `check` says in words which data traps ("" for none)."""

    id: int
    name: str
    text: str
    madds: str
    gas_class: str
    doc: str
    attrs: tuple[str, ...] = ()
    gradient: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    program: str = ""
    check: str = ""
    nonempty: tuple[str, ...] = ()
    limit: tuple[str, int] | None = None  # a dimension variable, and below which power of two it is
    same_count: bool = False  # the first input and the first output hold equally many elements
    in_place: bool = False  # outputs may lie over operands: an element is read before it is written
    partly: bool = False  # of the operands no more is read than is written

    @property
    def signature(self) -> Signature:
        """The parsed `text`."""
        return parse(self.text)

    @property
    def differentiable(self) -> bool:
        """True when a gradient flows into any operand; several outputs have that of a program."""
        return bool(self.gradient) or len(self.signature.outputs) > 1


AXES = ("axes", "keep")

UNARY = "x:f32[*S] -> y:f32[*S]"
ADJOINT = "y:f32[*S] u:f32[*S] -> d:f32[*S]"
BINARY = "a:f32[*S] b:f32[*T] -> y:f32[S|T]"
COMPARE = "a:f32[*S] b:f32[*T] -> y:bool[S|T]"
REDUCE = "x:f32[*S] -> y:f32[S-axes]"
ROWS = "x:f32[*S,N] -> y:f32[*S,N]"
ROWS_ADJOINT = "y:f32[*S,N] u:f32[*S,N] -> d:f32[*S,N]"
BROADCAST_WORK = "pieces*(piece+24)"
REDUCE_WORK = "kept*(axes+48) + pieces*(1+64)"
SELECT_WORK = "kept*axes + pieces*(1+4)"
ROWS_WORK = "S*(N+64)"
MOMENTS_WORK = "S*(N+128)"
LABEL = "a label outside [0, C)"
INDEX = "an index outside [0, C)"
INDEXES = ("label", "index")  # i32 operands of these names count along the variable C
