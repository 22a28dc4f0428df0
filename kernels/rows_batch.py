"""Rows of batch norm: one mean and one variance for each element that a mask of axes keeps.

Running means are the caller's: `mean` and `var` give what `momentum` or a line of arithmetic keeps.
"""

from __future__ import annotations

from anhvm.kernels.row import AXES, REDUCE_WORK, Kernel


def _wide(text: str) -> str:
    return f"expand({text}, x, axes, keep)"


def _mean(text: str) -> str:
    return f"mean({text}, axes, keep)"


_CENTRED = f"sub(x, {_wide(_mean('x'))})"
_BELOW = "sqrt(add(div(sum_squares({}, axes, keep), count(x, axes)), eps))"
_R = f"div(1.0, {_BELOW.format(_CENTRED)})"
# x less its mean, over its deviation: batch_norm with weights of 1 and 0.
_H = "batch_norm(x, expand(1.0, gamma, all, 0), expand(0.0, gamma, all, 0), eps, axes, keep)"
_CUBED = f"mul(mul({_R}, {_R}), {_R})"
# Of d = batch_norm_grad(x, u, gamma, eps) back to x:
# -r (h mean(g d) + d mean(g h) + batch_norm_grad(x, g, gamma, eps) mean(u h)).
_BEND = (
    f"neg(mul({_wide(_R)}, add(add(mul({_H}, {_wide(_mean('mul(g, d)'))}),"
    f" mul(d, {_wide(_mean(f'mul(g, {_H})'))})),"
    f" mul(batch_norm_grad(x, g, gamma, eps, axes, keep), {_wide(_mean(f'mul(u, {_H})'))}))))"
)
_UH = f"mul(gamma, {_mean(f'mul(u, {_H})')})"
_INFER = "div(1.0, sqrt(add(var, eps)))"
_SCALE = f"mul(mul(g, {_wide('gamma')}), {_wide(_INFER)})"
_LEFT = f"sub(x, {_wide('mean')})"
_TO_VAR = (
    f"mul(mul(mul(-0.5, g), mul({_wide('gamma')}, {_LEFT})),"
    f" {_wide(f'mul(mul({_INFER}, {_INFER}), {_INFER})')})"
)

# fmt: off
BATCH: tuple[Kernel, ...] = (
    Kernel(92, "batch_norm",
           "x:f32[*S] gamma:f32[S-axes] beta:f32[S-axes] eps:f32[] -> y:f32[*S]", REDUCE_WORK,
           "batch", "(x - mean) / sqrt(var + eps) * gamma + beta, mean and var over the axes.",
           attrs=AXES, nonempty=("axes",),
           program=f"c = {_CENTRED}; r = div(1.0, {_BELOW.format('c')});"
                   f" y = fma(mul(c, {_wide('r')}), {_wide('gamma')}, {_wide('beta')})",
           gradient={"x": "batch_norm_grad(x, g, gamma, eps, axes, keep)",
                     "gamma": f"sum(mul(g, {_H}), axes, keep)",
                     "beta": "sum(g, axes, keep)",
                     "eps": f"sum(mul(mul(mul(-0.5, g), mul({_wide('gamma')}, {_CENTRED})),"
                            f" {_wide(_CUBED)}), all, 0)"}),
    Kernel(93, "batch_norm_grad",
           "x:f32[*S] u:f32[*S] gamma:f32[S-axes] eps:f32[] -> d:f32[*S]", REDUCE_WORK,
           "batch", "Adjoint of batch_norm for x.", attrs=AXES, nonempty=("axes",),
           program=f"c = {_CENTRED}; r = {_wide('div(1.0, ' + _BELOW.format('c') + ')')};"
                   f" h = mul(c, r); w = mul(u, {_wide('gamma')});"
                   f" t = mul(r, sub(w, mul(h, {_wide(_mean('mul(w, h)'))})));"
                   f" d = sub(t, {_wide(_mean('t'))})",
           gradient={"x": _BEND, "u": "batch_norm_grad(x, g, gamma, eps, axes, keep)",
                     "gamma": "sum(mul(u, batch_norm_grad(x, g, expand(1.0, gamma, all, 0), eps,"
                              " axes, keep)), axes, keep)",
                     "eps": f"sum(mul(mul({_wide(f'mul({_R}, {_R})')}, g), sub(mul({_wide(_R)},"
                            f" mul({_H}, {_wide(_UH)})), mul(0.5, d))), all, 0)"}),
    Kernel(94, "batch_norm_infer",
           "x:f32[*S] mean:f32[S-axes] var:f32[S-axes] gamma:f32[S-axes] beta:f32[S-axes]"
           " eps:f32[] -> y:f32[*S]", "pieces*(piece+64)", "batch",
           "batch_norm by a given mean and var.", attrs=AXES,
           program=f"r = {_INFER}; y = fma(mul({_LEFT}, {_wide('r')}), {_wide('gamma')},"
                   f" {_wide('beta')})",
           gradient={"x": _SCALE, "mean": f"neg(sum({_SCALE}, axes, keep))",
                     "var": f"sum({_TO_VAR}, axes, keep)", "eps": f"sum({_TO_VAR}, all, 0)",
                     "gamma": f"sum(mul(mul(g, {_LEFT}), {_wide(_INFER)}), axes, keep)",
                     "beta": "sum(g, axes, keep)"}),
)
# fmt: on
