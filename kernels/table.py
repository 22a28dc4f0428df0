"""The table of kernels: pure data, one row for one tensor operation.

A row says everything about a kernel.  The compiler's built-ins, the verifier, the gas schedule, the
C core (through `encoding`), the definitions, the backends, the docs and the benches read it.

`program` defines a composite kernel over other kernels (law N10); a kernel without one is primitive
and is defined by a function of its name in `definitions`.  `gradient` maps an operand to the
expression of its adjoint over operand names, output names and ``g``, the adjoint of the output; an
f32 operand that it does not name has gradient zero.  Where the operand was broadcast, the caller
sums the expression over the broadcast axes.  `programs` parses both texts.

`madds` counts work as a product of factors: a variable of the signature (a rest variable stands for
the product of its list), ``out`` (elements of the first output), ``axes`` and ``kept`` (products of
the reduced and of the other axes), each with an optional pad, ``(M+8)``, for what a tile costs at
least.  `nonempty` lists factors that must not be 0: the mean of nothing is a shape error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from anhvm.kernels.signature import Signature, parse

GAS_CLASSES = (
    "move",
    "map",
    "divide",
    "exp",
    "log",
    "tanh",
    "reduce",
    "select",
    "softmax",
    "uniform",
    "normal",
    "matmul",
    "shape",
    "turn",
    "curve",
    "spread",
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
    same_count: bool = False  # the first input and the first output hold equally many elements

    @property
    def signature(self) -> Signature:
        """The parsed `text`."""
        return parse(self.text)

    @property
    def differentiable(self) -> bool:
        """True when a gradient flows into any operand."""
        return bool(self.gradient)


AXES = ("axes", "keep")

UNARY = "x:f32[*S] -> y:f32[*S]"
ADJOINT = "y:f32[*S] u:f32[*S] -> d:f32[*S]"
BINARY = "a:f32[*S] b:f32[*T] -> y:f32[S|T]"
COMPARE = "a:f32[*S] b:f32[*T] -> y:bool[S|T]"
REDUCE = "x:f32[*S] -> y:f32[S-axes]"
ROWS = "x:f32[*S,N] -> y:f32[*S,N]"
ROWS_ADJOINT = "y:f32[*S,N] u:f32[*S,N] -> d:f32[*S,N]"
MATMUL_WORK = "B*(M+8)*(K+8)*(N+16)"
REDUCE_WORK = "kept*(axes+24)"
ROWS_WORK = "S*(N+64)"
LABEL = "a label outside [0, C)"

# Parts of programs and gradients that stand in several rows.
SILU = "sigmoid(x)"
CENTRED = "sub(x, expand(mean(x, axes, keep), x, axes, keep))"
OWN_MEAN = "sub(x, mean(x, last, last))"
INVERSE = "div(1.0, sqrt(add(div(sum_squares({0}, last, last), count({0}, last)), eps)))"
# What rms_grad sends back to x, with A = rms_grad(x, g, eps), B = rms_grad(x, w, eps) and
# h = rms_normalize(x, eps): -r (r h (mean(g w) - mean(g h) mean(w h)) + B mean(g h) + A mean(w h)).
_R = INVERSE.format("x")
_H = "rms_normalize(x, eps)"
_GH, _WH, _GW = (f"mean(mul({a}, {b}), last, last)" for a, b in (("g", _H), ("w", _H), ("g", "w")))
RMS_BEND = (
    f"neg(mul({_R}, add(mul(mul({_R}, {_H}), sub({_GW}, mul({_GH}, {_WH}))),"
    f" add(mul(rms_grad(x, w, eps), {_GH}), mul(rms_grad(x, g, eps), {_WH})))))"
)
CUBED = f"mul(mul({_R}, {_R}), {_R})"
ADAM = "w:f32[*S] m:f32[*S] v:f32[*S] rate:f32[] c1:f32[] c2:f32[] eps:f32[] -> y:f32[*S]"
_ROOT = "sqrt(mul(v, c2))"
_BELOW = f"add({_ROOT}, eps)"
ADAM_MOVE = f"div(mul(mul(rate, c1), m), {_BELOW})"
_TO_ROOT = f"mul(g, div({ADAM_MOVE}, {_BELOW}))"  # the adjoint of the root, and of eps
ADAM_GRADIENT = {
    "w": "g",
    "m": f"neg(div(mul(mul(rate, c1), g), {_BELOW}))",
    "v": f"mul({_TO_ROOT}, div(mul(0.5, c2), {_ROOT}))",
    "rate": f"neg(sum(mul(g, div(mul(c1, m), {_BELOW})), all, 0))",
    "c1": f"neg(sum(mul(g, div(mul(rate, m), {_BELOW})), all, 0))",
    "c2": f"sum(mul({_TO_ROOT}, div(mul(0.5, v), {_ROOT})), all, 0)",
    "eps": f"sum({_TO_ROOT}, all, 0)",
}
GELU_CDF = "mul(0.5, add(1.0, erf(mul(x, 0.70710678))))"
GELU_PDF = "mul(0.3989423, exp(mul(mul(-0.5, x), x)))"
GELU_TANH = "tanh(mul(mul(0.7978846, x), add(1.0, mul(mul(0.044715, x), x))))"
GELU_SLOPE = "mul(0.7978846, add(1.0, mul(mul(0.134145, x), x)))"
GELU_TANH_GRAD = (
    f"t = {GELU_TANH}; v = {GELU_SLOPE};"
    " d = mul(u, add(mul(0.5, add(1.0, t)), mul(mul(mul(0.5, x), sub(1.0, mul(t, t))), v)))"
)
GELU_TANH_BEND = (  # the second derivative
    f"mul(sub(1.0, mul({GELU_TANH}, {GELU_TANH})), add(sub({GELU_SLOPE},"
    f" mul(mul(mul(x, {GELU_TANH}), {GELU_SLOPE}), {GELU_SLOPE})), mul(mul(0.10703224, x), x)))"
)

# fmt: off
KERNELS: tuple[Kernel, ...] = (
    # Matrix products, law N7; the suffix says which operand is stored transposed.
    Kernel(0, "matmul", "a:f32[*B,M,K] b:f32[*B,K,N] -> y:f32[*B,M,N]", MATMUL_WORK, "matmul",
           "Matrix product of the last two axes.",
           gradient={"a": "matmul_nt(g, b)", "b": "matmul_tn(a, g)"}),
    Kernel(1, "matmul_nt", "a:f32[*B,M,K] b:f32[*B,N,K] -> y:f32[*B,M,N]", MATMUL_WORK, "matmul",
           "Matrix product with the second operand transposed.",
           gradient={"a": "matmul(g, b)", "b": "matmul_tn(g, a)"}),
    Kernel(2, "matmul_tn", "a:f32[*B,K,M] b:f32[*B,K,N] -> y:f32[*B,M,N]", MATMUL_WORK, "matmul",
           "Matrix product with the first operand transposed.",
           gradient={"a": "matmul_nt(b, g)", "b": "matmul(a, g)"}),
    Kernel(3, "matmul_tt", "a:f32[*B,K,M] b:f32[*B,N,K] -> y:f32[*B,M,N]", MATMUL_WORK, "matmul",
           "Matrix product with both operands transposed.",
           gradient={"a": "matmul_tt(b, g)", "b": "matmul_tt(g, a)"}),
    # Elementwise with broadcasting.
    Kernel(4, "add", BINARY, "out", "map", "Sum.", gradient={"a": "g", "b": "g"}),
    Kernel(5, "sub", BINARY, "out", "map", "Difference.", gradient={"a": "g", "b": "neg(g)"}),
    Kernel(6, "mul", BINARY, "out", "map", "Product.",
           gradient={"a": "mul(g, b)", "b": "mul(g, a)"}),
    Kernel(7, "div", BINARY, "out", "divide", "Quotient, correctly rounded.",
           gradient={"a": "div(g, b)", "b": "neg(div(mul(g, y), b))"}),
    Kernel(8, "maximum", BINARY, "out", "map",
           "The larger; NaN if either is NaN, and -0 is below +0.",
           gradient={"a": "select(less(a, b), 0.0, g)", "b": "select(less(a, b), g, 0.0)"}),
    Kernel(9, "minimum", BINARY, "out", "map",
           "The smaller; NaN if either is NaN, and -0 is below +0.",
           gradient={"a": "select(less(b, a), 0.0, g)", "b": "select(less(b, a), g, 0.0)"}),
    Kernel(10, "less", COMPARE, "out", "map", "a < b by IEEE: false for NaN, -0 equals +0."),
    Kernel(11, "less_equal", COMPARE, "out", "map", "a <= b by IEEE."),
    Kernel(12, "equal", COMPARE, "out", "map", "a == b by IEEE."),
    Kernel(13, "not_equal", COMPARE, "out", "map", "a != b by IEEE: true for NaN."),
    Kernel(14, "equal_i32", "a:i32[*S] b:i32[*T] -> y:bool[S|T]", "out", "map",
           "a == b on integers."),
    Kernel(15, "select", "c:bool[*S] a:f32[*T] b:f32[*U] -> y:f32[S|T|U]", "out", "map",
           "a where c is true, b elsewhere.",
           gradient={"a": "select(c, g, 0.0)", "b": "select(c, 0.0, g)"}),
    # Elementwise of one operand.
    Kernel(16, "neg", UNARY, "out", "map", "The other sign, of zeros too.",
           gradient={"x": "neg(g)"}),
    Kernel(17, "relu", UNARY, "out", "map", "max(x, +0).", gradient={"x": "relu_grad(x, g)"}),
    Kernel(18, "exp", UNARY, "out", "exp", "Exponential, at most 1 ulp off.",
           gradient={"x": "mul(g, y)"}),
    Kernel(19, "log", UNARY, "out", "log", "Natural logarithm, at most 1 ulp off.",
           gradient={"x": "div(g, x)"}),
    Kernel(20, "tanh", UNARY, "out", "tanh", "Hyperbolic tangent, at most 1 ulp off.",
           gradient={"x": "tanh_grad(y, g)"}),
    Kernel(21, "sqrt", UNARY, "out", "divide", "Square root, correctly rounded.",
           gradient={"x": "div(g, add(y, y))"}),
    Kernel(22, "relu_grad", "x:f32[*S] u:f32[*S] -> d:f32[*S]", "out", "map",
           "Adjoint of relu: u where x > 0.", program="d = select(less(0.0, x), u, 0.0)",
           gradient={"u": "relu_grad(x, g)"}),
    Kernel(23, "tanh_grad", ADJOINT, "out", "map", "Adjoint of tanh from its value y.",
           program="d = mul(u, sub(1.0, mul(y, y)))",
           gradient={"y": "mul(mul(-2.0, y), mul(g, u))", "u": "tanh_grad(y, g)"}),
    # Reductions over the axes of a mask, flattened row-major.
    Kernel(24, "sum", REDUCE, REDUCE_WORK, "reduce", "Sum in the order of law N6.", attrs=AXES,
           gradient={"x": "expand(g, x, axes, keep)"}),
    Kernel(25, "mean", REDUCE, REDUCE_WORK, "reduce", "Sum divided by the number of terms.",
           attrs=AXES, nonempty=("axes",), program="y = div(sum(x, axes, keep), count(x, axes))",
           gradient={"x": "mean_grad(g, x, axes, keep)"}),
    Kernel(26, "max", REDUCE, REDUCE_WORK, "select",
           "Largest element; NaN if any is NaN, and -0 is below +0.", attrs=AXES,
           nonempty=("axes",), gradient={"x": "max_grad(x, g, axes, keep)"}),
    Kernel(27, "argmax", "x:f32[*S] -> y:i32[S-axes]", REDUCE_WORK, "select",
           "Row-major index of the first NaN, else of the first greatest (-0 equals +0).",
           attrs=AXES, nonempty=("axes",)),
    Kernel(28, "expand", "u:f32[S-axes] x:f32[*S] -> y:f32[*S]", "out", "move",
           "Repeats u along the reduced axes; x only gives the shape.", attrs=AXES,
           gradient={"u": "sum(g, axes, keep)"}),
    Kernel(29, "count", "x:f32[*S] -> y:f32[]", "out", "shape",
           "Number of elements along the axes, rounded once to f32.", attrs=("axes",)),
    Kernel(30, "mean_grad", "u:f32[S-axes] x:f32[*S] -> d:f32[*S]", "out", "move",
           "Adjoint of mean; x only gives the shape.", attrs=AXES, nonempty=("axes",),
           program="d = expand(div(u, count(x, axes)), x, axes, keep)",
           gradient={"u": "mean(g, axes, keep)"}),
    Kernel(31, "max_grad", "x:f32[*S] u:f32[S-axes] -> d:f32[*S]", REDUCE_WORK, "select",
           "Adjoint of max: u at the position of argmax, +0 elsewhere.", attrs=AXES,
           nonempty=("axes",), gradient={"u": "max_pick(x, g, axes, keep)"}),
    Kernel(32, "max_pick", "x:f32[*S] u:f32[*S] -> d:f32[S-axes]", REDUCE_WORK, "select",
           "The element of u at the position of argmax of x.", attrs=AXES, nonempty=("axes",),
           gradient={"u": "max_grad(x, g, axes, keep)"}),
    # Rows: the last axis.
    Kernel(33, "softmax", ROWS, ROWS_WORK, "softmax", "exp(x) / sum(exp(x)) over the last axis.",
           nonempty=("N",),
           program="e = exp(sub(x, max(x, last, last))); y = mul(e, div(1.0, sum(e, last, last)))",
           gradient={"x": "softmax_grad(y, g)"}),
    Kernel(34, "softmax_grad", ROWS_ADJOINT, ROWS_WORK, "reduce",
           "Adjoint of softmax from its value y.", nonempty=("N",),
           program="d = mul(y, sub(u, sum(mul(u, y), last, last)))",
           gradient={"y": "sub(mul(g, sub(u, sum(mul(u, y), last, last))),"
                          " mul(u, sum(mul(g, y), last, last)))",
                     "u": "softmax_grad(y, g)"}),
    Kernel(35, "log_softmax", ROWS, ROWS_WORK, "softmax",
           "Logarithm of softmax over the last axis.", nonempty=("N",),
           program="c = sub(x, max(x, last, last)); y = sub(c, log(sum(exp(c), last, last)))",
           gradient={"x": "log_softmax_grad(y, g)"}),
    Kernel(36, "log_softmax_grad", ROWS_ADJOINT, ROWS_WORK, "softmax",
           "Adjoint of log_softmax from its value y.", nonempty=("N",),
           program="d = sub(u, mul(exp(y), sum(u, last, last)))",
           gradient={"y": "neg(mul(mul(g, exp(y)), sum(u, last, last)))",
                     "u": "sub(g, sum(mul(g, exp(y)), last, last))"}),
    # Classification.
    Kernel(37, "pick_label", "x:f32[N,C] label:i32[N] -> y:f32[N]", "out", "move",
           "The element of each row at its label.", check=LABEL,
           gradient={"x": "place_label(g, label, x)"}),
    Kernel(38, "place_label", "u:f32[N] label:i32[N] x:f32[N,C] -> y:f32[N,C]", "out", "move",
           "u at the label of each row, +0 elsewhere; x only gives the shape.", check=LABEL,
           gradient={"u": "pick_label(g, label)"}),
    Kernel(39, "one_hot", "label:i32[N] x:f32[N,C] -> y:f32[N,C]", "out", "move",
           "1 at the label of each row, +0 elsewhere; x only gives the shape.", check=LABEL),
    Kernel(40, "cross_entropy", "x:f32[N,C] label:i32[N] -> y:f32[]", "N*(C+64)", "softmax",
           "Mean over rows of -log_softmax(x) at the label.", nonempty=("N", "C"), check=LABEL,
           program="y = div(sum(neg(pick_label(log_softmax(x), label)), 1, 0), count(x, 1))",
           gradient={"x": "cross_entropy_grad(x, label, g)"}),
    Kernel(41, "cross_entropy_grad", "x:f32[N,C] label:i32[N] u:f32[] -> d:f32[N,C]", "N*(C+64)",
           "softmax", "Adjoint of cross_entropy.", nonempty=("N", "C"), check=LABEL,
           program="d = mul(sub(softmax(x), one_hot(label, x)), div(u, count(x, 1)))",
           gradient={"x": "softmax_grad(softmax(x), mul(g, div(u, count(x, 1))))",
                     "u": "sum(mul(g, cross_entropy_grad(x, label, 1.0)), all, 0)"}),
    # Tensors from scalars.
    Kernel(42, "fill", "value:f32[] dims:u64*R -> y:f32[@R]", "out", "move",
           "A tensor of one value.", gradient={"value": "sum(g, all, 0)"}),
    Kernel(43, "fill_i32", "value:i32[] dims:u64*R -> y:i32[@R]", "out", "move",
           "An integer tensor of one value."),
    Kernel(44, "uniform", "seed:u64[] stream:u64[] dims:u64*R -> y:f32[@R]", "out", "uniform",
           "Philox-4x32-10 numbers in [0, 1)."),
    Kernel(45, "normal", "seed:u64[] stream:u64[] dims:u64*R -> y:f32[@R]", "out", "normal",
           "Philox-4x32-10 normal numbers of mean 0 and deviation 1."),
    # Shape and type.
    Kernel(46, "reshape", "x:f32[*S] dims:u64*R -> y:f32[@R]", "out", "move",
           "The same elements under other dimensions.", same_count=True,
           gradient={"x": "reshape_like(g, x)"}),
    Kernel(47, "reshape_like", "u:f32[*T] x:f32[*S] -> y:f32[*S]", "out", "move",
           "The elements of u under the dimensions of x.", same_count=True,
           gradient={"u": "reshape_like(g, u)"}),
    Kernel(48, "transpose", "x:f32[*B,M,N] -> y:f32[*B,N,M]", "out", "move",
           "Exchanges the last two axes.", gradient={"x": "transpose(g)"}),
    Kernel(49, "f32_of_i32", "x:i32[*S] -> y:f32[*S]", "out", "map", "The integer, rounded once."),
    Kernel(50, "f32_of_bool", "x:bool[*S] -> y:f32[*S]", "out", "map", "1 for true, +0 for false."),
    # More curves.
    Kernel(51, "sigmoid", UNARY, "out", "tanh", "1 / (1 + exp(-x)), at most 2 ulp off.",
           gradient={"x": "sigmoid_grad(y, g)"}),
    Kernel(52, "sigmoid_grad", ADJOINT, "out", "map", "Adjoint of sigmoid from its value y.",
           program="d = mul(u, mul(y, sub(1.0, y)))",
           gradient={"y": "mul(mul(g, u), sub(1.0, add(y, y)))", "u": "sigmoid_grad(y, g)"}),
    Kernel(53, "erf", UNARY, "out", "tanh", "Error function, at most 2 ulp off.",
           gradient={"x": "mul(g, mul(1.1283792, exp(neg(mul(x, x)))))"}),
    Kernel(54, "sin", UNARY, "out", "turn", "Sine, at most 2 ulp off; NaN of infinities.",
           gradient={"x": "mul(g, cos(x))"}),
    Kernel(55, "cos", UNARY, "out", "turn", "Cosine, at most 2 ulp off; NaN of infinities.",
           gradient={"x": "neg(mul(g, sin(x)))"}),
    Kernel(56, "rsqrt", UNARY, "out", "divide", "One over the square root.",
           program="y = div(1.0, sqrt(x))",
           gradient={"x": "mul(mul(-0.5, g), mul(mul(y, y), y))"}),
    Kernel(57, "abs", UNARY, "out", "map", "The larger of x and -x.",
           program="y = maximum(x, neg(x))",
           gradient={"x": "select(less(x, 0.0), neg(g), g)"}),
    Kernel(58, "silu", UNARY, "out", "tanh", "x * sigmoid(x).",
           program=f"y = mul(x, {SILU})", gradient={"x": "silu_grad(x, g)"}),
    Kernel(59, "silu_grad", "x:f32[*S] u:f32[*S] -> d:f32[*S]", "out", "tanh", "Adjoint of silu.",
           program="s = sigmoid(x); d = mul(u, mul(s, add(1.0, mul(x, sub(1.0, s)))))",
           gradient={"x": f"mul(mul(g, u), mul(mul({SILU}, sub(1.0, {SILU})),"
                          f" add(2.0, mul(x, sub(1.0, add({SILU}, {SILU}))))))",
                     "u": "silu_grad(x, g)"}),
    Kernel(60, "gelu", UNARY, "out", "tanh", "x times the normal distribution at x.",
           program="y = mul(mul(0.5, x), add(1.0, erf(mul(x, 0.70710678))))",
           gradient={"x": "gelu_grad(x, g)"}),
    Kernel(61, "gelu_grad", "x:f32[*S] u:f32[*S] -> d:f32[*S]", "out", "curve", "Adjoint of gelu.",
           program=f"d = mul(u, add({GELU_CDF}, mul(x, {GELU_PDF})))",
           gradient={"x": f"mul(mul(g, u), mul({GELU_PDF}, sub(2.0, mul(x, x))))",
                     "u": "gelu_grad(x, g)"}),
    Kernel(62, "gelu_tanh", UNARY, "out", "tanh", "gelu by its usual approximation with tanh.",
           program=f"t = {GELU_TANH}; y = mul(mul(0.5, x), add(1.0, t))",
           gradient={"x": "gelu_tanh_grad(x, g)"}),
    Kernel(63, "gelu_tanh_grad", "x:f32[*S] u:f32[*S] -> d:f32[*S]", "out", "curve",
           "Adjoint of gelu_tanh.", program=GELU_TANH_GRAD,
           gradient={"x": f"mul(mul(g, u), {GELU_TANH_BEND})", "u": "gelu_tanh_grad(x, g)"}),
    Kernel(64, "clip", "x:f32[*S] low:f32[] high:f32[] -> y:f32[*S]", "out", "map",
           "x held between two bounds; NaN if any of them is NaN.",
           program="y = minimum(maximum(x, low), high)",
           gradient={"x": "select(less(x, low), 0.0, select(less(high, x), 0.0, g))",
                     "low": "sum(select(less(x, low), select(less(high, low), 0.0, g), 0.0),"
                            " all, 0)",
                     "high": "sum(select(less(high, maximum(x, low)), g, 0.0), all, 0)"}),
    Kernel(65, "fma", "a:f32[*S] b:f32[*T] c:f32[*U] -> y:f32[S|T|U]", "out", "map",
           "a * b + c, rounded once.", gradient={"a": "mul(g, b)", "b": "mul(g, a)", "c": "g"}),
    # More reductions.
    Kernel(66, "min", REDUCE, REDUCE_WORK, "select",
           "Smallest element; NaN if any is NaN, and -0 is below +0.", attrs=AXES,
           nonempty=("axes",), program="y = neg(max(neg(x), axes, keep))",
           gradient={"x": "max_grad(neg(x), g, axes, keep)"}),
    Kernel(67, "sum_squares", REDUCE, REDUCE_WORK, "reduce",
           "Sum of squares, lanes of law N6 that add by fma.", attrs=AXES,
           gradient={"x": "mul(add(x, x), expand(g, x, axes, keep))"}),
    Kernel(68, "var", "x:f32[*S] ddof:i32[] -> y:f32[S-axes]", REDUCE_WORK, "spread",
           "Sum of squared differences from the mean, divided by their number less ddof.",
           attrs=AXES, nonempty=("axes",),
           program=f"d = {CENTRED};"
                   " y = div(sum_squares(d, axes, keep), sub(count(x, axes), f32_of_i32(ddof)))",
           gradient={"x": f"mul({CENTRED}, expand(div(add(g, g), sub(count(x, axes),"
                          " f32_of_i32(ddof))), x, axes, keep))"}),
    # Normalisation over the last axis.
    Kernel(69, "centre", ROWS, ROWS_WORK, "reduce", "x less its mean over the last axis.",
           nonempty=("N",), program=f"y = {OWN_MEAN}", gradient={"x": "centre(g)"}),
    Kernel(70, "rms_normalize", "x:f32[*S,N] eps:f32[] -> y:f32[*S,N]", ROWS_WORK, "spread",
           "x divided by sqrt(mean(x * x) + eps) over the last axis.", nonempty=("N",),
           program=f"y = mul(x, {_R})",
           gradient={"x": "rms_grad(x, g, eps)",
                     "eps": f"sum(mul(mul(mul(-0.5, g), x), {CUBED}), all, 0)"}),
    Kernel(71, "rms_grad", "x:f32[*S,N] w:f32[*S,N] eps:f32[] -> d:f32[*S,N]", ROWS_WORK, "spread",
           "Adjoint of rms_normalize.", nonempty=("N",),
           program=f"r = {_R}; h = mul(x, r);"
                   " d = mul(r, sub(w, mul(h, mean(mul(w, h), last, last))))",
           gradient={"x": RMS_BEND, "w": "rms_grad(x, g, eps)",
                     "eps": f"sum(mul({CUBED}, sub(mul(mul(mul(1.5, g), {_H}), {_WH}),"
                            " mul(mul(0.5, g), w))), all, 0)"}),
    Kernel(72, "rms_norm", "x:f32[*S,N] gamma:f32[N] eps:f32[] -> y:f32[*S,N]", ROWS_WORK,
           "spread", "rms_normalize(x) * gamma.", nonempty=("N",),
           program=f"y = mul(mul(x, {_R}), gamma)",
           gradient={"x": "rms_grad(x, mul(g, gamma), eps)",
                     "gamma": f"sum(mul(g, {_H}), lead, 0)",
                     "eps": f"sum(mul(mul(mul(mul(-0.5, g), gamma), x), {CUBED}), all, 0)"}),
    Kernel(73, "layer_norm", "x:f32[*S,N] gamma:f32[N] beta:f32[N] eps:f32[] -> y:f32[*S,N]",
           ROWS_WORK, "spread", "(x - mean) / sqrt(var + eps) * gamma + beta over the last axis.",
           nonempty=("N",),
           program=f"d = {OWN_MEAN}; y = fma(mul(d, {INVERSE.format('d')}), gamma, beta)",
           gradient={"x": "centre(rms_grad(centre(x), mul(g, gamma), eps))",
                     "gamma": "sum(mul(g, rms_normalize(centre(x), eps)), lead, 0)",
                     "beta": "sum(g, lead, 0)",
                     "eps": "sum(mul(mul(mul(mul(-0.5, g), gamma), centre(x)),"
                            f" {CUBED.replace('(x,', '(centre(x),')}), all, 0)"}),
    # Steps of optimisers.
    Kernel(74, "sgd", "w:f32[*S] d:f32[*S] rate:f32[] -> y:f32[*S]", "out", "map",
           "w - rate * d.", program="y = sub(w, mul(rate, d))",
           gradient={"w": "g", "d": "neg(mul(rate, g))", "rate": "neg(sum(mul(g, d), all, 0))"}),
    Kernel(75, "momentum", "v:f32[*S] d:f32[*S] beta:f32[] -> y:f32[*S]", "out", "map",
           "beta * v + d.", program="y = add(mul(beta, v), d)",
           gradient={"v": "mul(beta, g)", "d": "g", "beta": "sum(mul(g, v), all, 0)"}),
    Kernel(76, "adam_mean", "m:f32[*S] d:f32[*S] beta:f32[] -> y:f32[*S]", "out", "map",
           "The mean of gradients that adam keeps.",
           program="y = fma(beta, m, mul(sub(1.0, beta), d))",
           gradient={"m": "mul(beta, g)", "d": "mul(sub(1.0, beta), g)",
                     "beta": "sum(mul(g, sub(m, d)), all, 0)"}),
    Kernel(77, "adam_square", "v:f32[*S] d:f32[*S] beta:f32[] -> y:f32[*S]", "out", "map",
           "The mean of squared gradients that adam keeps.",
           program="y = fma(beta, v, mul(mul(sub(1.0, beta), d), d))",
           gradient={"v": "mul(beta, g)", "d": "mul(mul(sub(1.0, beta), add(d, d)), g)",
                     "beta": "sum(mul(g, sub(v, mul(d, d))), all, 0)"}),
    Kernel(78, "adam_step", ADAM, "out", "divide",
           "w - (rate * c1 * m) / (sqrt(v * c2) + eps).",
           program=f"y = sub(w, {ADAM_MOVE})", gradient=ADAM_GRADIENT),
    Kernel(79, "adamw_step", ADAM.replace(" ->", " fade:f32[] ->"), "out", "divide",
           "adam_step of w * fade: fade is 1 - rate * decay.",
           program=f"y = sub(mul(w, fade), {ADAM_MOVE})",
           gradient={**ADAM_GRADIENT, "w": "mul(g, fade)", "fade": "sum(mul(g, w), all, 0)"}),
    Kernel(80, "dropout", "x:f32[*S] p:f32[] seed:u64[] stream:u64[] -> y:f32[*S]", "out",
           "uniform", "x * (1 / (1 - p)) where the uniform number is at least p, else +0.",
           gradient={"x": "dropout(g, p, seed, stream)",
                     "p": "div(sum(mul(g, y), all, 0), sub(1.0, p))"}),
)
# fmt: on

BY_NAME: Mapping[str, Kernel] = MappingProxyType({k.name: k for k in KERNELS})
BY_ID: Mapping[int, Kernel] = MappingProxyType({k.id: k for k in KERNELS})
