"""The same work in PyTorch, eager, by its cheapest public calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from anhvm.benches.kernel_cases import ADAMW, BY_KEY, Work
from anhvm.benches.timing import Timer
from anhvm.benches.training import LENET, MLP, RATE, STEPS, Training

Call = Callable[[], object]


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of each case, less the same call on nothing; see `sides`."""
    torch = import_module("torch")
    torch.set_num_threads(timer.threads)
    calls, times = _calls(torch), {}
    for key in keys:
        case = BY_KEY[key]
        if isinstance(case, Training):
            train = trainer(case)
            times[key] = timer.of_calls(partial(train, STEPS), partial(train, 0)) / STEPS
        elif isinstance(case, Work) and case.name in calls:
            make = calls[case.name]
            with torch.inference_mode():
                operands = [_tensor(torch, x) for x in case.operands() if x.ndim]
                nothing = [_tensor(torch, x) for x in case.nothing()]
                times[key] = timer.of_calls(make(*operands), make(*nothing))
    return times


def _calls(torch: Any) -> dict[str, Callable[..., Call]]:
    """By case: from operands to a call, into memory that is there already where it can be."""
    functional = torch.nn.functional

    def into(function: Callable[..., Any], *more: Any, **named: Any) -> Callable[..., Call]:
        def make(*operands: Any) -> Call:
            out = function(*operands, *more, **named)
            return lambda: function(*operands, *more, **named, out=out)

        return make

    def relu(x: Any) -> Call:
        out = torch.empty_like(x)
        return lambda: torch.clamp_min(x, 0, out=out)

    def plain(function: Callable[..., Any], *more: Any, **named: Any) -> Callable[..., Call]:
        return lambda *operands: lambda: function(*operands, *more, **named)

    def layer_norm(x: Any, gamma: Any, beta: Any) -> Call:
        return lambda: functional.layer_norm(x, gamma.shape, gamma, beta, 1e-5)

    def adamw(w: Any, d: Any, m: Any, v: Any) -> Call:
        rate, _, _, eps, fade = ADAMW[:5]
        with torch.inference_mode(False):
            w = w.clone().requires_grad_()
            w.grad = d.clone()
            decay = (1 - fade) / rate
            optimiser = torch.optim.AdamW([w], rate, eps=eps, weight_decay=decay, fused=True)
        step, state = optimiser.step, optimiser.state

        def stepped() -> Any:
            step()
            return w, state[w]["exp_avg"], state[w]["exp_avg_sq"]

        return stepped

    def gradients(x: Any, w: Any, u: Any) -> Call:
        back = torch.ops.aten.convolution_backward
        sizes = ([1, 1], [1, 1], [1, 1], False, [0, 0], 1)  # strides, paddings, dilations, …
        return lambda: back(u, x, w, None, *sizes, [True, True, False])

    def pool(x: Any, u: Any) -> Call:
        back = torch.ops.aten.max_pool2d_with_indices_backward
        sizes = ([2, 2], [2, 2], [0, 0], [1, 1], False)

        def both() -> Any:
            _, places = functional.max_pool2d_with_indices(x, 2)
            return back(u, x, *sizes, places)

        return both

    def conv(x: Any, w: Any, u: Any) -> Call:
        return lambda: functional.conv2d(x, w, padding=1)

    def embedding(w: Any, u: Any, index: Any) -> Call:
        back = torch.ops.aten.embedding_dense_backward
        rows = torch.empty_like(u)

        def both() -> Any:
            torch.index_select(w, 0, index, out=rows)
            return back(u, index, len(w), -1, False)

        return both

    return {
        "matmul": into(torch.mm),
        "matmul_i8": into(torch._int_mm),
        "conv2d": conv,
        "conv2d gradients": gradients,
        "relu": relu,
        "add": into(torch.add),
        "exp": into(torch.exp),
        "sum": plain(torch.sum),
        "sgd": into(torch.add, alpha=-0.01),
        "tanh": into(torch.tanh),
        "gelu": plain(functional.gelu),
        "gelu_tanh": plain(functional.gelu, approximate="tanh"),
        "softmax": plain(torch.softmax, 1),
        "layer_norm": layer_norm,
        "cross_entropy": plain(functional.cross_entropy),
        "adamw": adamw,
        "max_pool2d, both ways": pool,
        "embedding, both ways": embedding,
    }


def _tensor(torch: Any, x: Any) -> Any:
    found = torch.from_numpy(x).clone()  # where PyTorch would put it
    return found.long() if found.dtype == torch.int32 else found


def _mlp(torch: Any, net: Any, x: Any) -> Any:
    w1, b1, w2, b2 = net
    return torch.addmm(b2, torch.relu(torch.addmm(b1, x, w1)), w2)


def _lenet(torch: Any, net: Any, x: Any) -> Any:
    k1, c1, k2, c2, w3, b3, w4, b4, w5, b5 = net
    functional = torch.nn.functional
    x = functional.max_pool2d(torch.relu(functional.conv2d(x, k1, c1.view(-1), padding=2)), 2)
    x = functional.max_pool2d(torch.relu(functional.conv2d(x, k2, c2.view(-1))), 2)
    x = torch.relu(torch.addmm(b3, x.flatten(1), w3))
    return torch.addmm(b5, torch.relu(torch.addmm(b4, x, w4)), w5)


_NETS = {MLP.key: _mlp, LENET.key: _lenet}


def trainer(case: Training) -> Callable[[int], float]:
    """Trains for so many steps from the same weights; the loss before the last step."""
    torch = import_module("torch")
    weights, x, y = case.operands()
    start = [_tensor(torch, w) for w in weights]
    images, labels = _tensor(torch, x), _tensor(torch, y)
    logits, cross_entropy = _NETS[case.key], torch.nn.functional.cross_entropy

    def train(steps: int) -> float:
        net = [w.clone().requires_grad_() for w in start]
        optimiser = torch.optim.SGD(net, lr=RATE)
        loss = None
        for _ in range(steps):
            optimiser.zero_grad()
            loss = cross_entropy(logits(torch, net, images), labels)
            loss.backward()
            optimiser.step()
        return 0.0 if loss is None else float(loss.item())

    return train
