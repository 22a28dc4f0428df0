"""The training step of the MLP in JAX, compiled whole by `jax.jit`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from anhvm.benches.timing import Timer
from anhvm.benches.training import MLP, RATE, STEPS


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of a step; see `sides`."""
    if MLP.key not in keys:
        return {}
    train = trainer()
    return {MLP.key: timer.of_calls(lambda: train(STEPS), lambda: train(0)) / STEPS}


def trainer() -> Callable[[int], float]:
    """Trains for so many steps from the same weights; the loss before the last step."""
    jax, jnp = import_module("jax"), import_module("jax.numpy")

    def loss(net: Any, x: Any, y: Any) -> Any:
        w1, b1, w2, b2 = net
        logits = jnp.maximum(x @ w1 + b1, 0) @ w2 + b2
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], axis=1).mean()

    def advance(net: Any, x: Any, y: Any) -> Any:
        value, d = jax.value_and_grad(loss)(net, x, y)
        return [w - RATE * g for w, g in zip(net, d, strict=True)], value

    step = jax.jit(advance)
    weights, x, y = MLP.operands()
    start, images, labels = [jnp.asarray(w) for w in weights], jnp.asarray(x), jnp.asarray(y)

    def train(steps: int) -> float:
        net, value = start, 0.0
        for _ in range(steps):
            net, value = step(net, images, labels)
        jax.block_until_ready(net)
        return float(value)

    return train
