"""Rows of tables that are read and written at i32 indices along their first axis, C."""

from __future__ import annotations

from anhvm.kernels.row import INDEX, Kernel

WORK = "S*(D+16)"

# fmt: off
INDEXED: tuple[Kernel, ...] = (
    Kernel(89, "gather", "w:f32[C,D] index:i32[*S] -> y:f32[*S,D]", WORK, "gather",
           "The rows of w at the indices.", check=INDEX, partly=True,
           gradient={"w": "gather_grad(g, index, w)"}),
    Kernel(90, "gather_grad", "u:f32[*S,D] index:i32[*S] w:f32[C,D] -> d:f32[C,D]", WORK,
           "scatter", "Adjoint of gather: scatter_add to +0; w only gives the shape.",
           check=INDEX, program="d = scatter_add(expand(0.0, w, all, 0), index, u)",
           gradient={"u": "gather(g, index)"}),
    Kernel(91, "scatter_add", "w:f32[C,D] index:i32[*S] u:f32[*S,D] -> y:f32[C,D]", WORK,
           "scatter", "w, and each row of u added at its index, in order.", check=INDEX,
           gradient={"w": "g", "u": "gather(g, index)"}),
)
# fmt: on
