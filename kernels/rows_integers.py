"""Rows of integers: products of i8, and the ways from f32 to i8 and back."""

from __future__ import annotations

from anhvm.kernels.row import BROADCAST_WORK, Kernel

WORK = "B*(M+8)*(K+24)*(N+40)"
SCALE = "scale:f32[*T] zero:i32[*U]"
I8 = f"{SCALE} -> y:i8[S|T|U]"

# fmt: off
INTEGERS: tuple[Kernel, ...] = (
    Kernel(132, "matmul_i8", "a:i8[*B,M,K] b:i8[*B,K,N] -> y:i32[*B,M,N]", WORK, "integers",
           "Matrix product of the last two axes, summed in integers; K is below 2^17.",
           limit=("K", 17)),
    Kernel(133, "quantize", f"x:f32[*S] {I8}", BROADCAST_WORK, "quantize",
           "x / scale to the nearest whole, ties to even, plus zero, within i8; NaN gives zero."),
    Kernel(134, "requantize", f"x:i32[*S] {I8}", BROADCAST_WORK, "quantize",
           "x * scale to the nearest whole, ties to even, plus zero, within i8; NaN gives zero."),
    Kernel(135, "dequantize", f"x:i8[*S] {SCALE} -> y:f32[S|T|U]", BROADCAST_WORK, "quantize",
           "(x - zero) * scale.", gradient={"scale": "mul(g, dequantize(x, 1.0, zero))"}),
)
# fmt: on
