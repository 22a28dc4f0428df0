"""The same work in PyTorch, eager, by its cheapest public calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from anhvm.benches.kernel_cases import BY_KEY, RATE, STEP, STEPS, step_operands
from anhvm.benches.timing import Timer

Call = Callable[[], object]


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of each case, less the same call on nothing; see `sides`."""
    torch = import_module("torch")
    torch.set_num_threads(timer.threads)
    calls, times = _calls(torch), {}
    train = trainer()
    for key in keys:
        work = BY_KEY[key]
        if work is STEP:
            times[key] = timer.of_calls(lambda: train(STEPS), lambda: train(0)) / STEPS
        elif work.kernel in calls:
            make = calls[work.kernel]
            with torch.inference_mode():
                operands = [_tensor(torch, x) for x in work.operands()]
                nothing = [torch.empty((0,) * x.ndim, dtype=x.dtype) for x in operands]
                times[key] = timer.of_calls(make(*operands), make(*nothing))
    return times


def _calls(torch: Any) -> dict[str, Callable[..., Call]]:
    """By kernel: from operands to a call, into memory that is there already where it can be."""

    def into(function: Callable[..., Any]) -> Callable[..., Call]:
        def make(*operands: Any) -> Call:
            out = function(*operands)
            return lambda: function(*operands, out=out)

        return make

    def relu(x: Any) -> Call:
        out = torch.empty_like(x)
        return lambda: torch.clamp_min(x, 0, out=out)

    def cross_entropy(x: Any, y: Any) -> Call:
        return lambda: torch.nn.functional.cross_entropy(x, y)

    return {
        "matmul": into(torch.mm),
        "relu": relu,
        "add": into(torch.add),
        "exp": into(torch.exp),
        "tanh": into(torch.tanh),
        "sum": lambda x: lambda: torch.sum(x),
        "gelu": lambda x: lambda: torch.nn.functional.gelu(x),
        "gelu_tanh": lambda x: lambda: torch.nn.functional.gelu(x, approximate="tanh"),
        "softmax": lambda x: lambda: torch.softmax(x, 1),
        "cross_entropy": cross_entropy,
    }


def _tensor(torch: Any, x: Any) -> Any:
    found = torch.from_numpy(x.copy())
    return found.long() if found.dtype == torch.int32 else found


def trainer() -> Callable[[int], float]:
    """Trains for so many steps from the same weights; the loss before the last step."""
    torch = import_module("torch")
    weights, x, y = step_operands()
    start = [_tensor(torch, w) for w in weights]
    images, labels = _tensor(torch, x), _tensor(torch, y)
    cross_entropy = torch.nn.functional.cross_entropy

    def train(steps: int) -> float:
        net = [w.clone().requires_grad_() for w in start]
        optimiser = torch.optim.SGD(net, lr=RATE)
        w1, b1, w2, b2 = net
        loss = None
        for _ in range(steps):
            optimiser.zero_grad()
            hidden = torch.relu(torch.addmm(b1, images, w1))
            loss = cross_entropy(torch.addmm(b2, hidden, w2), labels)
            loss.backward()
            optimiser.step()
        return 0.0 if loss is None else float(loss.item())

    return train
