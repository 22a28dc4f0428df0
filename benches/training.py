"""Nets whose training step is compared: forward, backward and SGD, a batch at a time.

Each library trains them in its own words; that all of them mean the same net is tested by the
losses.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from anhvm.benches.report import Case

Dims = tuple[int, ...]
BATCH = 64
CLASSES = 10
STEPS = 20
"""Training steps of one call; one without any is taken off."""
RATE = 0.01


@dataclass(frozen=True)
class Training(Case):
    """Dims of the weights in order, biases being those of one axis or with axes of 1 behind it;
    dims of one input."""

    weights: tuple[Dims, ...] = ()
    image: Dims = ()

    def operands(self) -> tuple[list[Any], Any, Any]:
        """The weights, from He's distribution and zeros; the images; their i32 labels."""
        generator = np.random.default_rng(7)

        def normal(dims: Dims, scale: float) -> Any:
            return (generator.normal(size=dims) * scale).astype(np.float32)

        made = [normal(dims, (2 / _inputs(dims)) ** 0.5) for dims in self.weights]
        labels = generator.integers(0, CLASSES, BATCH, np.int32)
        return made, normal((BATCH, *self.image), 1), labels


def _inputs(dims: Dims) -> float:
    """What one output of a layer adds up; infinite for a bias, which starts at zero."""
    if len(dims) == 2:
        return dims[0]
    return prod(dims[1:]) if len(dims) == 4 else float("inf")


MLP = Training(
    name="train mlp",
    size=f"{BATCH}x784x128x{CLASSES}",
    bars={"torch": 0.75},
    aims={"jax": 1.0},
    weights=((784, 128), (128,), (128, CLASSES), (CLASSES,)),
    image=(784,),
    # No gradient flows to the images.
    madds=BATCH * (2 * 784 * 128 + 3 * 128 * CLASSES),
    limit_name="fma in registers",
)
_MAPS = ((6, 1, 5, 5), (6, 1, 1), (16, 6, 5, 5), (16, 1, 1))
_DENSE = ((400, 120), (120,), (120, 84), (84,), (84, CLASSES), (CLASSES,))
LENET = Training(
    name="train lenet",
    size=f"{BATCH}x1x28x28",
    bars={"torch": 0.5},
    aims={"torch": 0.25},
    weights=_MAPS + _DENSE,
    image=(1, 28, 28),
    madds=BATCH
    * (
        2 * 28 * 28 * prod(_MAPS[0])
        + 3 * 10 * 10 * prod(_MAPS[2])
        + 3 * sum(prod(dims) for dims in _DENSE[::2])
    ),
    limit_name="fma in registers",
)
TRAININGS = (MLP, LENET)
