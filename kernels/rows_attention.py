"""Rows of attention: the fused kernel of law N12, and the lower triangle that its gradient needs.

The gradients are programs over the composed form: the weights are computed again, in one piece.
"""

from __future__ import annotations

from collections.abc import Mapping

from anhvm.kernels.row import Kernel

ATTENTION = "q:f32[*B,M,D] k:f32[*B,N,D] v:f32[*B,N,D] scale:f32[] -> y:f32[*B,M,D]"
WORK = "B*(M+8)*(N+24)*(D+64)"
_SCORES = "matmul_nt(q, k)"
_SCALED = f"mul({_SCORES}, scale)"


def _gradient(weights: str) -> Mapping[str, str]:
    change = f"softmax_grad({weights}, matmul_nt(g, v))"
    return {
        "q": f"mul(matmul({change}, k), scale)",
        "k": f"mul(matmul_tn({change}, q), scale)",
        "v": f"matmul_tn({weights}, g)",
        "scale": f"sum(mul({change}, {_SCORES}), all, 0)",
    }


# fmt: off
ATTENTIONS: tuple[Kernel, ...] = (
    Kernel(140, "lower", "x:f32[*B,M,N] other:f32[] -> y:f32[*B,M,N]", "runs*(last+64)", "part",
           "x on and below the diagonal of the last two axes, `other` above it.",
           gradient={"x": "lower(g, 0.0)", "other": "sum(sub(g, lower(g, 0.0)), all, 0)"}),
    Kernel(141, "attention", ATTENTION, WORK, "attention",
           "softmax(q k scale) v by blocks of 128 keys, law N12.", nonempty=("N",),
           gradient=_gradient(f"softmax({_SCALED})")),
    Kernel(142, "attention_causal", ATTENTION, WORK, "attention",
           "attention in which query i sees the keys 0 to i, law N12.", nonempty=("N",),
           gradient=_gradient(f"softmax(lower({_SCALED}, -1e400))")),
)
# fmt: on
