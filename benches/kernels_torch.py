"""The same work in PyTorch, eager, by its cheapest public calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from anhvm.benches.kernel_cases import BY_KEY, RATE, STEP, STEPS, step_operands
from anhvm.benches.timing import calling, least

Call = Callable[[], object]


def _out(function: Callable[..., Any]) -> Callable[..., Call]:
    """A call into memory that is there already."""

    def make(*operands: Any) -> Call:
        out = function(*operands)
        return lambda: function(*operands, out=out)

    return make


def _relu(x: Any) -> Call:
    out = torch.empty_like(x)
    return lambda: torch.clamp_min(x, 0, out=out)


def _softmax(x: Any) -> Call:
    return lambda: torch.softmax(x, 1)


def _cross_entropy(x: Any, y: Any) -> Call:
    return lambda: torch.nn.functional.cross_entropy(x, y)


def _sum(x: Any) -> Call:
    return lambda: torch.sum(x)


_CALLS: dict[str, Callable[..., Call]] = {
    "matmul": _out(torch.mm),
    "relu": _relu,
    "add": _out(torch.add),
    "exp": _out(torch.exp),
    "tanh": _out(torch.tanh),
    "sum": _sum,
    "softmax": _softmax,
    "cross_entropy": _cross_entropy,
}


def measure(keys: Sequence[str], threads: int, seconds: float) -> dict[str, float]:
    """Seconds of each case, less the same call on nothing; see `sides`."""
    torch.set_num_threads(threads)
    times = {}
    for key in keys:
        work = BY_KEY[key]
        if work is STEP:
            times[key] = least(calling(_trainer()), seconds) / STEPS
        elif work.kernel in _CALLS:
            make = _CALLS[work.kernel]
            with torch.inference_mode():
                operands = [_tensor(x) for x in work.operands()]
                nothing = [torch.empty((0,) * x.ndim, dtype=x.dtype) for x in operands]
                empty = least(calling(make(*nothing)), seconds / 4)
                times[key] = least(calling(make(*operands)), seconds) - empty
    return times


def _tensor(x: Any) -> Any:
    found = torch.from_numpy(x.copy())
    return found.long() if found.dtype == torch.int32 else found


def _trainer() -> Call:
    weights, x, y = step_operands()
    start = [_tensor(w) for w in weights]
    images, labels = _tensor(x), _tensor(y)

    def train() -> None:
        net = [w.clone().requires_grad_() for w in start]
        optimiser = torch.optim.SGD(net, lr=RATE)
        w1, b1, w2, b2 = net
        for _ in range(STEPS):
            optimiser.zero_grad()
            hidden = torch.relu(torch.addmm(b1, images, w1))
            loss = torch.nn.functional.cross_entropy(torch.addmm(b2, hidden, w2), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()

    return train
