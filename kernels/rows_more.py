"""Rows of powers and of orders along an axis."""

from __future__ import annotations

from anhvm.kernels.row import BINARY, INDEX, UNARY, Kernel

SCAN_WORK = "pieces*(piece+16)"

# fmt: off
MORE: tuple[Kernel, ...] = (
    Kernel(95, "pow", BINARY, "pieces*(piece+4)", "pow",
           "a to the power b, at most 1 ulp off; special values are those of IEEE 754.",
           gradient={"a": "select(equal(b, 0.0), 0.0, mul(g, mul(b, pow(a, sub(b, 1.0)))))",
                     "b": "mul(mul(g, y), select(equal(a, 0.0), 0.0, log(a)))"}),
    Kernel(96, "cumsum", UNARY, SCAN_WORK, "scan", "Running sums along the axes, row-major.",
           attrs=("axes",), gradient={"x": "cumsum_back(g, axes)"}),
    Kernel(97, "cumsum_back", UNARY, SCAN_WORK, "scan",
           "Running sums from the end: the adjoint of cumsum.", attrs=("axes",),
           gradient={"x": "cumsum(g, axes)"}),
    Kernel(98, "permutation", "seed:u64[] stream:u64[] dims:u64*R -> y:i32[@R]", "out", "shuffle",
           "The numbers below the number of elements, in the order of Philox-4x32-10 words."),
    Kernel(99, "take_along", "x:f32[*S,C] index:i32[*S,K] -> y:f32[*S,K]", "S*(K+4)*(1+15)",
           "gather", "The elements of each row at its indices.", check=INDEX, partly=True,
           gradient={"x": "place_along(g, index, x)"}),
    Kernel(100, "place_along", "u:f32[*S,K] index:i32[*S,K] x:f32[*S,C] -> d:f32[*S,C]",
           "S*(K+16)*(1+3)", "scatter", "Adjoint of take_along: each row of u added at its"
           " indices, in order, from +0; x only gives the shape.", check=INDEX,
           gradient={"u": "take_along(g, index)"}),
    Kernel(101, "top_k_index", "x:f32[*S,N] -> y:i32[*S,N@k]", "S*(N+64)", "order",
           "Indices of the k greatest of each row: NaN first, equal ones by index.",
           attrs=("k",)),
    Kernel(102, "top_k", "x:f32[*S,N] -> y:f32[*S,N@k]", "S*(N+64)", "order",
           "The k greatest elements of each row in order; NaN first.", attrs=("k",),
           program="y = take_along(x, top_k_index(x, k))",
           gradient={"x": "place_along(g, top_k_index(x, k), x)"}),
    Kernel(103, "softplus", UNARY, "out", "softplus", "log(1 + exp(x)), nowhere infinite.",
           program="y = add(maximum(x, 0.0), log(add(1.0, exp(neg(abs(x))))))",
           gradient={"x": "mul(g, sigmoid(x))"}),
)
# fmt: on
