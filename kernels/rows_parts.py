"""Rows that cut, pad, repeat, join and turn tensors of any dtype; `signature` draws their dims."""

from __future__ import annotations

from anhvm.kernels.row import Kernel

RUNS = "runs*(last+32)"
AXIS = ("axis",)
CONCAT_GRAD = "u:f32[S&T] a:f32[*S] b:f32[*T] -> d:f32[*{0}]"
REPEAT = "x:any[*S] times:u64*P -> y:any[S*P]"
REPEAT_GRAD = "u:f32[S*P] x:f32[*S] times:u64*P -> d:f32[*S]"
ZERO = "expand(0.0, {0}, all, 0)"

# fmt: off
PARTS: tuple[Kernel, ...] = (
    Kernel(120, "slice", "x:any[*S] bounds:u64*P -> y:any[S:P]", RUNS, "part",
           "The part [begin, end) of every axis.", partly=True,
           gradient={"x": "slice_grad(g, x, bounds)"}),
    Kernel(121, "slice_grad", "u:f32[S:P] x:f32[*S] bounds:u64*P -> d:f32[*S]", RUNS, "part",
           "Adjoint of slice: u in its place, +0 elsewhere; x only gives the shape.",
           gradient={"u": "slice(g, bounds)"}),
    Kernel(122, "pad", "x:any[*S] amounts:u64*P -> y:any[S+P]", RUNS, "part",
           "x with zeros before and behind it along every axis.",
           gradient={"x": "pad_grad(g, x, amounts)"}),
    Kernel(123, "pad_grad", "u:f32[S+P] x:f32[*S] amounts:u64*P -> d:f32[*S]", RUNS, "part",
           "Adjoint of pad: the part of u where x was; x only gives the shape.",
           partly=True, gradient={"u": "pad(g, amounts)"}),
    Kernel(124, "concat", "a:any[*S] b:any[*T] -> y:any[S&T]", RUNS, "part",
           "b behind a along an axis.", attrs=AXIS,
           gradient={"a": "concat_left(g, a, b, axis)", "b": "concat_right(g, a, b, axis)"}),
    Kernel(125, "concat_left", CONCAT_GRAD.format("S"), RUNS, "part",
           "Adjoint of concat for a; a and b only give the shapes.", attrs=AXIS,
           partly=True, gradient={"u": f"concat(g, {ZERO.format('b')}, axis)"}),
    Kernel(126, "concat_right", CONCAT_GRAD.format("T"), RUNS, "part",
           "Adjoint of concat for b; a and b only give the shapes.", attrs=AXIS,
           partly=True, gradient={"u": f"concat({ZERO.format('a')}, g, axis)"}),
    Kernel(127, "permute", "x:any[*S] -> y:any[S~order]", "out", "permute",
           "The axes in another order.", attrs=("order",), gradient={"x": "permute(g, inverse)"}),
    Kernel(128, "tile", REPEAT, "out", "fold", "x again and again along an axis.", attrs=AXIS,
           gradient={"x": "tile_grad(g, x, axis, times)"}),
    Kernel(129, "tile_grad", REPEAT_GRAD, "out", "fold",
           "Adjoint of tile: the sum over the copies, by law N6; x only gives the shape.",
           attrs=AXIS, gradient={"u": "tile(g, axis, times)"}),
    Kernel(130, "repeat", REPEAT, "out", "fold",
           "Each element along an axis again and again.", attrs=AXIS,
           gradient={"x": "repeat_grad(g, x, axis, times)"}),
    Kernel(131, "repeat_grad", REPEAT_GRAD, "out", "fold",
           "Adjoint of repeat: the sum over the copies, by law N6; x only gives the shape.",
           attrs=AXIS, gradient={"u": "repeat(g, axis, times)"}),
)
# fmt: on
