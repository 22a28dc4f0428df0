"""The same work in NumPy, into memory that is there already; the training step by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from anhvm.benches.kernel_cases import BY_KEY, Work
from anhvm.benches.placing import room
from anhvm.benches.timing import Timer
from anhvm.benches.training import MLP, RATE, STEPS

Call = Callable[[], object]


def _matmul(a: Any, b: Any) -> Call:
    out = room((a.shape[0], b.shape[1]))
    return lambda: np.matmul(a, b, out=out)


def _relu(x: Any) -> Call:
    out, zero = room(x.shape), np.float32(0)
    return lambda: np.maximum(x, zero, out=out)


def _add(a: Any, b: Any) -> Call:
    out = room(a.shape)
    return lambda: np.add(a, b, out=out)


def _unary(function: Any) -> Callable[[Any], Call]:
    def make(x: Any) -> Call:
        out = room(x.shape)
        return lambda: function(x, out=out)

    return make


def _sum(x: Any) -> Call:
    return x.sum  # type: ignore[no-any-return]


_CALLS: dict[str, Callable[..., Call]] = {
    "matmul": _matmul,
    "relu": _relu,
    "add": _add,
    "exp": _unary(np.exp),
    "tanh": _unary(np.tanh),
    "sum": _sum,
}


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of each case, less the same call on nothing; see `sides`."""
    times = {}
    for key in keys:
        case = BY_KEY[key]
        if case is MLP:
            train = trainer()
            times[key] = timer.of_calls(partial(train, STEPS), partial(train, 0)) / STEPS
        elif isinstance(case, Work) and case.name in _CALLS:
            make = _CALLS[case.name]
            times[key] = timer.of_calls(make(*case.operands()), make(*case.nothing()))
    return times


def trainer() -> Callable[[int], float]:
    """Trains the MLP for so many steps from the same weights; the loss before the last step."""
    weights, x, y = MLP.operands()
    rows = np.arange(len(y))
    rate, scale = np.float32(RATE), np.float32(1 / len(y))

    def train(steps: int) -> float:
        w1, b1, w2, b2 = (w.copy() for w in weights)
        loss = 0.0
        for _ in range(steps):
            h = x @ w1
            h += b1
            np.maximum(h, 0, out=h)
            d = h @ w2
            d += b2
            d -= d.max(axis=1, keepdims=True)
            np.exp(d, out=d)
            d /= d.sum(axis=1, keepdims=True)
            loss = -np.log(d[rows, y]).mean()
            d[rows, y] -= 1
            d *= scale
            back = d @ w2.T
            back *= h > 0
            w2 -= rate * (h.T @ d)
            b2 -= rate * d.sum(axis=0)
            w1 -= rate * (x.T @ back)
            b1 -= rate * back.sum(axis=0)
        return float(loss)

    return train
