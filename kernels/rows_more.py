"""Rows of powers and of orders along an axis."""

from __future__ import annotations

from anhvm.kernels.row import BINARY, REDUCE_WORK, UNARY, Kernel

# fmt: off
MORE: tuple[Kernel, ...] = (
    Kernel(95, "pow", BINARY, "out", "pow",
           "a to the power b, at most 1 ulp off; special values are those of IEEE 754.",
           gradient={"a": "select(equal(b, 0.0), 0.0, mul(g, mul(b, pow(a, sub(b, 1.0)))))",
                     "b": "mul(mul(g, y), select(equal(a, 0.0), 0.0, log(a)))"}),
    Kernel(96, "cumsum", UNARY, REDUCE_WORK, "scan", "Running sums along the axes, row-major.",
           attrs=("axes",), gradient={"x": "cumsum_back(g, axes)"}),
    Kernel(97, "cumsum_back", UNARY, REDUCE_WORK, "scan",
           "Running sums from the end: the adjoint of cumsum.", attrs=("axes",),
           gradient={"x": "cumsum(g, axes)"}),
    Kernel(98, "permutation", "seed:u64[] stream:u64[] dims:u64*R -> y:i32[@R]", "out", "shuffle",
           "The numbers below the number of elements, in the order of Philox-4x32-10 words."),
)
# fmt: on
