"""The work that `anhvm bench kernels` compares: sizes, operands, bars.

A case names a kernel and its operands; what each library calls for it stands in its own module.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from anhvm.benches.report import FASTEST, Case, Yardsticks

Dims = tuple[int, ...]
FMA = "fma in registers"
SQUARES = ((256, 256, 256), (512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048))
SMALL = ((64, 64, 64), (128, 128, 128), (64, 784, 128), (32, 1024, 1024), (1, 1024, 1024))
MILLION = (1024, 1024)
STEP_SIZES = (64, 784, 128, 10)
"""Images of a batch, inputs, hidden units and classes of the training step."""
STEPS = 20
"""Training steps of one call; one without any is taken off."""
RATE = 0.01


@dataclass(frozen=True)
class Work(Case):
    """A kernel on operands of given dims; a step of training has neither.

    `streams` are the arrays of a million elements that must at least be read and written.
    """

    kernel: str = ""
    dims: tuple[Dims, ...] = ()
    madds: int = 0
    streams: tuple[int, int] | None = None

    def operands(self) -> list[Any]:
        """Arrays of normal f32, the same in every process; labels are i32 classes."""
        generator = np.random.default_rng(7)
        made: list[Any] = [generator.normal(size=d).astype(np.float32) for d in self.dims]
        if self.kernel == "cross_entropy":
            made.append(generator.integers(0, self.dims[0][1], self.dims[0][0], np.int32))
        return made


def _matmul(m: int, k: int, n: int, bar: float) -> Work:
    return Work(
        name="matmul",
        size=f"{m}x{k}x{n}",
        bars={FASTEST: bar},
        aims={FASTEST: 1.0},
        kernel="matmul",
        dims=((m, k), (k, n)),
        madds=m * k * n,
        limit_name=FMA,
    )


def _flat(kernel: str, operands: int, writes: int, aims: Yardsticks, bar: float = 1.1) -> Work:
    return Work(
        name=kernel,
        size="x".join(map(str, MILLION)),
        bars={FASTEST: bar},
        aims=aims,
        kernel=kernel,
        dims=(MILLION,) * operands,
        streams=(operands, writes),
        limit_name=f"stream, {operands} in, {writes} out",
    )


def step_madds() -> int:
    """Multiply-adds of a training step: no gradient flows to the images."""
    batch, inputs, hidden, classes = STEP_SIZES
    return batch * (2 * inputs * hidden + 3 * hidden * classes)


def step_operands() -> tuple[list[Any], Any, Any]:
    """w1, b1, w2, b2; the images; their i32 labels."""
    batch, inputs, hidden, classes = STEP_SIZES
    generator = np.random.default_rng(7)

    def normal(dims: Dims, scale: float) -> Any:
        return (generator.normal(size=dims) * scale).astype(np.float32)

    shapes = ((inputs, hidden), (hidden,), (hidden, classes), (classes,))
    weights = [normal(dims, (2 / prod(dims[:1])) ** 0.5 if len(dims) > 1 else 0) for dims in shapes]
    return weights, normal((batch, inputs), 1), generator.integers(0, classes, batch, np.int32)


STEP = Work(
    name="train mlp",
    size="x".join(map(str, STEP_SIZES)),
    bars={"torch": 0.75},
    aims={"jax": 1.0},
    madds=step_madds(),
    limit_name=FMA,
)

CASES: tuple[Work, ...] = (
    *(_matmul(*sizes, 1.10) for sizes in SQUARES),
    *(_matmul(*sizes, 1.25) for sizes in SMALL),
    _flat("relu", 1, 1, {}),
    _flat("add", 2, 1, {}),
    _flat("exp", 1, 1, {}),
    _flat("sum", 1, 0, {}),
    _flat("tanh", 1, 1, {FASTEST: 0.8}),
    _flat("gelu", 1, 1, {FASTEST: 0.8}, bar=1.0),
    _flat("gelu_tanh", 1, 1, {FASTEST: 0.25}, bar=0.5),
    _flat("softmax", 1, 1, {FASTEST: 0.8}),
    _flat("cross_entropy", 1, 0, {FASTEST: 0.8}),
    STEP,
)
BY_KEY = {case.key: case for case in CASES}
