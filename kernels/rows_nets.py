"""Rows of activations, normalisation, spread, optimisers and dropout."""

from __future__ import annotations

from anhvm.kernels.row import (
    ADJOINT,
    AXES,
    BROADCAST_WORK,
    MOMENTS_WORK,
    REDUCE,
    REDUCE_WORK,
    ROWS,
    SELECT_WORK,
    UNARY,
    Kernel,
)

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
NETS: tuple[Kernel, ...] = (
    # More curves.
    Kernel(51, "sigmoid", UNARY, "out", "curve", "1 / (1 + exp(-x)), at most 2 ulp off.",
           gradient={"x": "sigmoid_grad(y, g)"}),
    Kernel(52, "sigmoid_grad", ADJOINT, "out", "map_grad", "Adjoint of sigmoid from its value y.",
           program="d = mul(u, mul(y, sub(1.0, y)))",
           gradient={"y": "mul(mul(g, u), sub(1.0, add(y, y)))", "u": "sigmoid_grad(y, g)"}),
    Kernel(53, "erf", UNARY, "out", "curve", "Error function, at most 2 ulp off.",
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
    Kernel(58, "silu", UNARY, "out", "curve", "x * sigmoid(x).",
           program=f"y = mul(x, {SILU})", gradient={"x": "silu_grad(x, g)"}),
    Kernel(59, "silu_grad", "x:f32[*S] u:f32[*S] -> d:f32[*S]", "out", "curve_grad",
           "Adjoint of silu.",
           program="s = sigmoid(x); d = mul(u, mul(s, add(1.0, mul(x, sub(1.0, s)))))",
           gradient={"x": f"mul(mul(g, u), mul(mul({SILU}, sub(1.0, {SILU})),"
                          f" add(2.0, mul(x, sub(1.0, add({SILU}, {SILU}))))))",
                     "u": "silu_grad(x, g)"}),
    Kernel(60, "gelu", UNARY, "out", "curve", "x times the normal distribution at x.",
           program="y = mul(mul(0.5, x), add(1.0, erf(mul(x, 0.70710678))))",
           gradient={"x": "gelu_grad(x, g)"}),
    Kernel(61, "gelu_grad", "x:f32[*S] u:f32[*S] -> d:f32[*S]", "out", "curve_grad",
           "Adjoint of gelu.", program=f"d = mul(u, add({GELU_CDF}, mul(x, {GELU_PDF})))",
           gradient={"x": f"mul(mul(g, u), mul({GELU_PDF}, sub(2.0, mul(x, x))))",
                     "u": "gelu_grad(x, g)"}),
    Kernel(62, "gelu_tanh", UNARY, "out", "curve", "gelu by its usual approximation with tanh.",
           program=f"t = {GELU_TANH}; y = mul(mul(0.5, x), add(1.0, t))",
           gradient={"x": "gelu_tanh_grad(x, g)"}),
    Kernel(63, "gelu_tanh_grad", "x:f32[*S] u:f32[*S] -> d:f32[*S]", "out", "curve_grad",
           "Adjoint of gelu_tanh.", program=GELU_TANH_GRAD,
           gradient={"x": f"mul(mul(g, u), {GELU_TANH_BEND})", "u": "gelu_tanh_grad(x, g)"}),
    Kernel(64, "clip", "x:f32[*S] low:f32[] high:f32[] -> y:f32[*S]", "out", "map",
           "x held between two bounds; NaN if any of them is NaN.",
           program="y = minimum(maximum(x, low), high)",
           gradient={"x": "select(less(x, low), 0.0, select(less(high, x), 0.0, g))",
                     "low": "sum(select(less(x, low), select(less(high, low), 0.0, g), 0.0),"
                            " all, 0)",
                     "high": "sum(select(less(high, maximum(x, low)), g, 0.0), all, 0)"}),
    Kernel(65, "fma", "a:f32[*S] b:f32[*T] c:f32[*U] -> y:f32[S|T|U]", BROADCAST_WORK,
           "choose", "a * b + c, rounded once.",
           gradient={"a": "mul(g, b)", "b": "mul(g, a)", "c": "g"}),
    # More reductions.
    Kernel(66, "min", REDUCE, SELECT_WORK, "max",
           "Smallest element; NaN if any is NaN, and -0 is below +0.", attrs=AXES,
           nonempty=("axes",), program="y = neg(max(neg(x), axes, keep))",
           gradient={"x": "max_grad(neg(x), g, axes, keep)"}),
    Kernel(67, "sum_squares", REDUCE, REDUCE_WORK, "reduce",
           "Sum of squares, lanes of law N6 that add by fma.", attrs=AXES,
           gradient={"x": "mul(add(x, x), expand(g, x, axes, keep))"}),
    Kernel(68, "var", "x:f32[*S] ddof:i32[] -> y:f32[S-axes]", REDUCE_WORK, "variance",
           "Sum of squared differences from the mean, divided by their number less ddof.",
           attrs=AXES, nonempty=("axes",),
           program=f"d = {CENTRED};"
                   " y = div(sum_squares(d, axes, keep), sub(count(x, axes), f32_of_i32(ddof)))",
           gradient={"x": f"mul({CENTRED}, expand(div(add(g, g), sub(count(x, axes),"
                          " f32_of_i32(ddof))), x, axes, keep))"}),
    # Normalisation over the last axis.
    Kernel(69, "centre", ROWS, MOMENTS_WORK, "spread", "x less its mean over the last axis.",
           nonempty=("N",), program=f"y = {OWN_MEAN}", gradient={"x": "centre(g)"}),
    Kernel(70, "rms_normalize", "x:f32[*S,N] eps:f32[] -> y:f32[*S,N]", MOMENTS_WORK, "spread",
           "x divided by sqrt(mean(x * x) + eps) over the last axis.", nonempty=("N",),
           program=f"y = mul(x, {_R})",
           gradient={"x": "rms_grad(x, g, eps)",
                     "eps": f"sum(mul(mul(mul(-0.5, g), x), {CUBED}), all, 0)"}),
    Kernel(71, "rms_grad", "x:f32[*S,N] w:f32[*S,N] eps:f32[] -> d:f32[*S,N]", MOMENTS_WORK,
           "spread_grad", "Adjoint of rms_normalize.", nonempty=("N",),
           program=f"r = {_R}; h = mul(x, r);"
                   " d = mul(r, sub(w, mul(h, mean(mul(w, h), last, last))))",
           gradient={"x": RMS_BEND, "w": "rms_grad(x, g, eps)",
                     "eps": f"sum(mul({CUBED}, sub(mul(mul(mul(1.5, g), {_H}), {_WH}),"
                            " mul(mul(0.5, g), w))), all, 0)"}),
    Kernel(72, "rms_norm", "x:f32[*S,N] gamma:f32[N] eps:f32[] -> y:f32[*S,N]", MOMENTS_WORK,
           "spread", "rms_normalize(x) * gamma.", nonempty=("N",),
           program=f"y = mul(mul(x, {_R}), gamma)",
           gradient={"x": "rms_grad(x, mul(g, gamma), eps)",
                     "gamma": f"sum(mul(g, {_H}), lead, 0)",
                     "eps": f"sum(mul(mul(mul(mul(-0.5, g), gamma), x), {CUBED}), all, 0)"}),
    Kernel(73, "layer_norm", "x:f32[*S,N] gamma:f32[N] beta:f32[N] eps:f32[] -> y:f32[*S,N]",
           MOMENTS_WORK, "spread",
           "(x - mean) / sqrt(var + eps) * gamma + beta over the last axis.", nonempty=("N",),
           program=f"d = {OWN_MEAN}; y = fma(mul(d, {INVERSE.format('d')}), gamma, beta)",
           gradient={"x": "centre(rms_grad(centre(x), mul(g, gamma), eps))",
                     "gamma": "sum(mul(g, rms_normalize(centre(x), eps)), lead, 0)",
                     "beta": "sum(g, lead, 0)",
                     "eps": "sum(mul(mul(mul(mul(-0.5, g), gamma), centre(x)),"
                            f" {CUBED.replace('(x,', '(centre(x),')}), all, 0)"}),
    # Steps of optimisers.
    Kernel(74, "sgd", "w:f32[*S] d:f32[*S] rate:f32[] -> y:f32[*S]", "out", "map",
           "w - rate * d.", program="y = sub(w, mul(rate, d))",
           gradient={"w": "g", "d": "neg(mul(rate, g))", "rate": "neg(sum(mul(g, d), all, 0))"},
           in_place=True),
    Kernel(75, "momentum", "v:f32[*S] d:f32[*S] beta:f32[] -> y:f32[*S]", "out", "map",
           "beta * v + d.", program="y = add(mul(beta, v), d)",
           gradient={"v": "mul(beta, g)", "d": "g", "beta": "sum(mul(g, v), all, 0)"},
           in_place=True),
    Kernel(76, "adam_mean", "m:f32[*S] d:f32[*S] beta:f32[] -> y:f32[*S]", "out", "map",
           "The mean of gradients that adam keeps.",
           program="y = fma(beta, m, mul(sub(1.0, beta), d))",
           gradient={"m": "mul(beta, g)", "d": "mul(sub(1.0, beta), g)",
                     "beta": "sum(mul(g, sub(m, d)), all, 0)"},
           in_place=True),
    Kernel(77, "adam_square", "v:f32[*S] d:f32[*S] beta:f32[] -> y:f32[*S]", "out", "map",
           "The mean of squared gradients that adam keeps.",
           program="y = fma(beta, v, mul(mul(sub(1.0, beta), d), d))",
           gradient={"v": "mul(beta, g)", "d": "mul(mul(sub(1.0, beta), add(d, d)), g)",
                     "beta": "sum(mul(g, sub(v, mul(d, d))), all, 0)"},
           in_place=True),
    Kernel(78, "adam_step", ADAM, "out", "divide",
           "w - (rate * c1 * m) / (sqrt(v * c2) + eps).",
           program=f"y = sub(w, {ADAM_MOVE})", gradient=ADAM_GRADIENT,
           in_place=True),
    Kernel(79, "adamw_step", ADAM.replace(" ->", " fade:f32[] ->"), "out", "step",
           "adam_step of w * fade: fade is 1 - rate * decay.",
           program=f"y = sub(mul(w, fade), {ADAM_MOVE})",
           gradient={**ADAM_GRADIENT, "w": "mul(g, fade)", "fade": "sum(mul(g, w), all, 0)"},
           in_place=True),
    Kernel(80, "dropout", "x:f32[*S] p:f32[] seed:u64[] stream:u64[] -> y:f32[*S]", "out",
           "uniform", "x * (1 / (1 - p)) where the uniform number is at least p, else +0.",
           gradient={"x": "dropout(g, p, seed, stream)",
                     "p": "div(sum(mul(g, y), all, 0), sub(1.0, p))"}),
)
# fmt: on
