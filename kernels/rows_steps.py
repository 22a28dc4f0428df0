"""Rows of whole steps of optimisers: the new parameters, and what is kept for the next step.

They have several outputs and no gradient of their own: `autodiff` differentiates their programs.
"""

from __future__ import annotations

from anhvm.kernels.row import Kernel

# fmt: off
STEPS: tuple[Kernel, ...] = (
    Kernel(143, "adamw",
           "w:f32[*S] m:f32[*S] v:f32[*S] d:f32[*S] rate:f32[] c1:f32[] c2:f32[] eps:f32[]"
           " b1:f32[] b2:f32[] fade:f32[] -> y:f32[*S] mean:f32[*S] square:f32[*S]",
           "(out+512)", "step", "A step of AdamW, all new; fade is 1 - rate * decay, 1 for Adam.",
           program="mean = adam_mean(m, d, b1); square = adam_square(v, d, b2);"
                   " y = adamw_step(w, mean, square, rate, c1, c2, eps, fade)", in_place=True),
    Kernel(144, "momentum_step",
           "w:f32[*S] v:f32[*S] d:f32[*S] beta:f32[] rate:f32[] -> y:f32[*S] moved:f32[*S]",
           "(out+384)", "step", "A step of gradient descent with momentum: w and v anew.",
           program="moved = momentum(v, d, beta); y = sgd(w, moved, rate)", in_place=True),
)
# fmt: on
