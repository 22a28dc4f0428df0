"""The work that `anhvm bench kernels` compares: sizes, operands, bars.

A case names kernels and their operands; what each library calls for it stands in its own module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from anhvm.benches.placing import placed
from anhvm.benches.report import FASTEST, Case
from anhvm.benches.training import TRAININGS

Dims = tuple[int, ...]
Stream = tuple[int, int, int]
FMA, DOT = "fma in registers", "products of i8 in registers"
SQUARES = ((256, 256, 256), (512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048))
SMALL = ((64, 64, 64), (128, 128, 128), (64, 784, 128), (32, 1024, 1024), (1, 1024, 1024))
MILLION = (1024, 1024)
IMAGES, FILTERS = (32, 16, 28, 28), (32, 16, 3, 3)
"""What is convolved, one pixel of padding around it."""
PLANES = (64, 6, 28, 28)
"""What is pooled, by windows of two by two."""
TABLE, LOOKED_UP = (10_000, 128), 4096
"""A table of embeddings, and how many of its rows are looked up."""


@dataclass(frozen=True)
class Call:
    """A kernel on those operands of its case; results of earlier calls are numbered after them.

    The first results are written over the inputs in the places `over`.
    """

    kernel: str
    inputs: tuple[int, ...]
    attrs: tuple[int, ...] = ()
    over: tuple[int, ...] = ()


@dataclass(frozen=True)
class Work(Case):
    """Calls of kernels, one after the other, on operands of given dims and then scalars.

    `streams` are (elements, reads, writes) of arrays that must at least go through the core;
    `weights` are the operands without a batch, which a call on nothing has too.
    """

    dims: tuple[Dims, ...] = ()
    scalars: tuple[float, ...] = ()
    calls: tuple[Call, ...] = ()
    weights: tuple[int, ...] = ()
    streams: tuple[Stream, ...] = ()
    change: Callable[[list[Any], np.random.Generator], None] | None = None

    def operands(self) -> list[Any]:
        """Arrays of normal f32, the same in every process, unless `change` says otherwise."""
        generator = np.random.default_rng(7)
        made: list[Any] = [_aligned(generator.normal(size=d)) for d in self.dims]
        if self.change:
            self.change(made, generator)
        return [*map(placed, made), *map(np.float32, self.scalars)]

    def nothing(self) -> list[Any]:
        """The tensors among the operands with an empty batch."""
        tensors = [x for x in self.operands() if x.ndim]
        return [x if i in self.weights else x[:0] for i, x in enumerate(tensors)]


def _aligned(x: Any) -> Any:
    """As f32, at the start of a cache line."""
    room = np.empty(4 * x.size + 64, np.uint8)
    start = -room.ctypes.data % 64
    y = room[start : start + 4 * x.size].view(np.float32).reshape(x.shape)
    y[:] = x
    return y


def _work(name: str, size: str, bar: float, aim: float | None, **more: Any) -> Work:
    aims = {} if aim is None else {FASTEST: aim}
    return Work(name=name, size=size, bars={FASTEST: bar}, aims=aims, **more)


def _size(dims: Dims) -> str:
    return "x".join(map(str, dims))


def _matmul(m: int, k: int, n: int, bar: float) -> Work:
    return _work(
        "matmul",
        _size((m, k, n)),
        bar,
        1.0,
        dims=((m, k), (k, n)),
        weights=(1,),
        calls=(Call("matmul", (0, 1)),),
        madds=m * k * n,
        limit_name=FMA,
    )


def _flat(
    kernel: str, reads: int, writes: int, bar: float, aim: float | None = None, **more: Any
) -> Work:
    """A kernel that reads arrays of a million elements, by itself or as `more` says."""
    given = {"dims": (MILLION,) * reads, "calls": (Call(kernel, tuple(range(reads))),), **more}
    elements = MILLION[0] * MILLION[1]
    spare = max(reads - 2, 0)
    return _work(
        kernel,
        _size(MILLION),
        bar,
        aim,
        streams=((elements, min(reads, 2), min(writes, 1)), *((elements, 1, 1),) * spare),
        limit_name=f"stream, {reads} in, {writes} out",
        **given,
    )


def _labels(made: list[Any], generator: np.random.Generator) -> None:
    made.append(generator.integers(0, MILLION[1], MILLION[0], np.int32))


def _bytes(made: list[Any], generator: np.random.Generator) -> None:
    made[:] = [generator.integers(-128, 128, x.shape, np.int8) for x in made]


def _indices(made: list[Any], generator: np.random.Generator) -> None:
    made.append(generator.integers(0, TABLE[0], LOOKED_UP, np.int32))


def _start(made: list[Any], generator: np.random.Generator) -> None:
    """AdamW starts at means of zero."""
    made[2][:] = made[3][:] = 0


ADAMW = (1e-3, 10.0, 1000.0, 1e-8, 1 - 1e-5, 0.9, 0.999)
"""rate, c1, c2, eps, fade and both betas: a first step at the rate of 0.001, decay of 0.01."""
# w, d, m, v are 0 to 3; fade comes behind both betas.  In place, as the peer does it.
_ADAMW_CALLS = (Call("adamw", (0, 2, 3, 1, 4, 5, 6, 7, 9, 10, 8), over=(0, 1, 2)),)


def _conv(name: str, bar: float, aim: float, calls: tuple[Call, ...]) -> Work:
    images, channels, high, wide = IMAGES
    out, _, rows, across = FILTERS
    return _work(
        name,
        f"{_size(IMAGES)}, {_size(FILTERS)}",
        bar,
        aim,
        dims=(IMAGES, FILTERS, (images, out, high, wide)),
        weights=(1,),
        calls=calls,
        madds=len(calls) * images * channels * high * wide * out * rows * across,
        limit_name=FMA,
    )


_CONV = (1, 1, 1)  # stride, padding, groups
_POOL = (2, 0, 2)  # stride, padding, size
_PIXELS = PLANES[0] * PLANES[1] * PLANES[2] * PLANES[3]

CASES: tuple[Case, ...] = (
    *(_matmul(*sizes, 1.10) for sizes in SQUARES),
    *(_matmul(*sizes, 1.25) for sizes in SMALL),
    _work(
        "matmul_i8",
        _size(SQUARES[2]),
        1.0,
        None,
        dims=(SQUARES[2][:2], SQUARES[2][1:]),
        weights=(1,),
        change=_bytes,
        calls=(Call("matmul_i8", (0, 1)),),
        madds=1024**3,
        limit_name=DOT,
    ),
    _conv("conv2d", 0.8, 0.5, (Call("conv2d", (0, 1), _CONV),)),
    _conv(
        "conv2d gradients",
        1.2,
        0.9,
        (
            Call("conv2d_data_grad", (2, 1, 0), _CONV),
            Call("conv2d_weight_grad", (0, 2, 1), _CONV),
        ),
    ),
    _flat("relu", 1, 1, 1.1),
    _flat("add", 2, 1, 1.1),
    _flat("exp", 1, 1, 1.1),
    _flat("sum", 1, 0, 1.1, calls=(Call("sum", (0,), (3, 0)),)),
    _flat("sgd", 2, 1, 1.1, scalars=(0.01,), calls=(Call("sgd", (0, 1, 2)),)),
    _flat("tanh", 1, 1, 1.1, 0.8),
    _flat("gelu", 1, 1, 1.0, 0.8),
    _flat("gelu_tanh", 1, 1, 0.5, 0.25),
    _flat("softmax", 1, 1, 1.1, 0.8),
    _flat(
        "layer_norm",
        1,
        1,
        1.1,
        0.8,
        dims=(MILLION, MILLION[1:], MILLION[1:]),
        weights=(1, 2),
        scalars=(1e-5,),
        calls=(Call("layer_norm", (0, 1, 2, 3)),),
    ),
    _flat(
        "cross_entropy",
        1,
        0,
        1.1,
        0.8,
        change=_labels,
        calls=(Call("cross_entropy", (0, 1)),),
    ),
    _flat("adamw", 4, 3, 1.1, 0.8, scalars=ADAMW, change=_start, calls=_ADAMW_CALLS),
    _work(
        "max_pool2d, both ways",
        _size(PLANES),
        0.4,
        0.15,
        dims=(PLANES, (*PLANES[:2], PLANES[2] // 2, PLANES[3] // 2)),
        calls=(Call("max_pool2d", (0,), _POOL), Call("max_pool2d_grad", (0, 1), _POOL)),
        streams=((_PIXELS, 1, 0), (_PIXELS, 1, 1)),
        limit_name="stream of the image: in, and in and out",
    ),
    _work(
        "embedding, both ways",
        f"{_size((LOOKED_UP,))} of {_size(TABLE)}",
        1.25,
        1.0,
        dims=(TABLE, (LOOKED_UP, TABLE[1])),
        change=_indices,
        calls=(Call("gather", (0, 2)), Call("gather_grad", (1, 2, 0))),
        streams=((LOOKED_UP * TABLE[1], 1, 1), (LOOKED_UP * TABLE[1], 2, 1)),
        limit_name="stream of the rows: in and out, and added",
    ),
    *TRAININGS,
)
BY_KEY = {case.key: case for case in CASES}
