"""Rows of images: convolution (N8) and pooling over the last two axes.

Attributes are `stride`, `padding` of both axes, and `groups` or the `size` of a square window.
"""

from __future__ import annotations

from anhvm.kernels.row import Kernel

CONV = ("stride", "padding", "groups")
POOL = ("stride", "padding", "size")
CONV_WORK = "N*(O+8)*(H/R+32)*(W/S+1)*(C%+16)*(R+8)*(S+1)"
DATA_WORK = "N*(O+1)*(H/R+32)*(W/S+24)*(C%+16)*(R+1)*S"
WEIGHT_WORK = "N*(O+40)*(H/R+2)*(W/S+2)*(C%+8)*(R+1)*(S+1)"
POOLS = "x:f32[*B,H,W] -> y:f32[*B,H/size,W/size]"
POOL_WORK = "B*(H/size+1)*(W/size+4)*size*size"
MAXIMUM_WORK = "B*(H/size+1)*(W+32)*(size+1)"
SAME = "stride, padding, groups"
POOLED = "stride, padding, size"

# fmt: off
IMAGES: tuple[Kernel, ...] = (
    Kernel(81, "conv2d", "x:f32[N,C,H,W] w:f32[O,C%,R,S] -> y:f32[N,O,H/R,W/S]", CONV_WORK, "conv",
           "Correlation with every window of an image, padded with +0.", attrs=CONV,
           nonempty=("O%",),
           gradient={"x": f"conv2d_data_grad(g, w, x, {SAME})",
                     "w": f"conv2d_weight_grad(x, g, w, {SAME})"}),
    Kernel(82, "conv2d_data_grad",
           "u:f32[N,O,H/R,W/S] w:f32[O,C%,R,S] x:f32[N,C,H,W] -> d:f32[N,C,H,W]", DATA_WORK,
           "conv_data", "Adjoint of conv2d for the image; x only gives the shape.", attrs=CONV,
           nonempty=("O%",),
           gradient={"u": f"conv2d(g, w, {SAME})", "w": f"conv2d_weight_grad(g, u, w, {SAME})"}),
    Kernel(83, "conv2d_weight_grad",
           "x:f32[N,C,H,W] u:f32[N,O,H/R,W/S] w:f32[O,C%,R,S] -> d:f32[O,C%,R,S]", WEIGHT_WORK,
           "conv_weight", "Adjoint of conv2d for the weights; w only gives the shape.", attrs=CONV,
           nonempty=("O%",),
           gradient={"x": f"conv2d_data_grad(u, g, x, {SAME})", "u": f"conv2d(x, g, {SAME})"}),
    Kernel(84, "max_pool2d", POOLS, MAXIMUM_WORK, "pool",
           "Greatest element of each square window; what max says of NaN and zeros.", attrs=POOL,
           gradient={"x": f"max_pool2d_grad(x, g, {POOLED})"}),
    Kernel(85, "max_pool2d_grad", "x:f32[*B,H,W] u:f32[*B,H/size,W/size] -> d:f32[*B,H,W]",
           POOL_WORK, "pool_grad", "Adjoint of max_pool2d: u at the first greatest of each window.",
           attrs=POOL, gradient={"u": f"max_pool2d_pick(x, g, {POOLED})"}),
    Kernel(86, "max_pool2d_pick", "x:f32[*B,H,W] v:f32[*B,H,W] -> y:f32[*B,H/size,W/size]",
           POOL_WORK, "pool_grad", "The element of v at the first greatest of each window of x.",
           attrs=POOL, gradient={"v": f"max_pool2d_grad(x, g, {POOLED})"}),
    Kernel(87, "avg_pool2d", POOLS, POOL_WORK, "average",
           "Mean of each square window, in which the padding counts as +0.", attrs=POOL,
           gradient={"x": f"avg_pool2d_grad(g, x, {POOLED})"}),
    Kernel(88, "avg_pool2d_grad", "u:f32[*B,H/size,W/size] x:f32[*B,H,W] -> d:f32[*B,H,W]",
           POOL_WORK, "pool_grad", "Adjoint of avg_pool2d; x only gives the shape.", attrs=POOL,
           gradient={"u": f"avg_pool2d(g, {POOLED})"}),
)
# fmt: on
