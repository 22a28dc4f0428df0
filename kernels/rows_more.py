"""Rows of powers and of orders along an axis."""

from __future__ import annotations

from anhvm.kernels.row import BINARY, Kernel

# fmt: off
MORE: tuple[Kernel, ...] = (
    Kernel(95, "pow", BINARY, "out", "pow",
           "a to the power b, at most 1 ulp off; special values are those of IEEE 754.",
           gradient={"a": "select(equal(b, 0.0), 0.0, mul(g, mul(b, pow(a, sub(b, 1.0)))))",
                     "b": "mul(mul(g, y), select(equal(a, 0.0), 0.0, log(a)))"}),
)
# fmt: on
