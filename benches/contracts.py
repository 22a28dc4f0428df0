"""Contracts that take the training steps of `training`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from anhvm.api import compile_source
from anhvm.benches.training import LENET, MLP, RATE, Training
from anhvm.program.engine import Done, Env
from anhvm.runtime.engines import make_engine

_GAS = 1 << 60
_MLP = """
struct Net:
    w1: f32[784, 128]
    b1: f32[128]
    w2: f32[128, 10]
    b2: f32[10]

contract Mlp:
    def logits(net: Net, x: f32[N, 784]) -> f32[N, 10]:
        return relu(x @ net.w1 + net.b1) @ net.w2 + net.b2
"""
_LENET = """
struct Net:
    k1: f32[6, 1, 5, 5]
    c1: f32[6, 1, 1]
    k2: f32[16, 6, 5, 5]
    c2: f32[16, 1, 1]
    w3: f32[400, 120]
    b3: f32[120]
    w4: f32[120, 84]
    b4: f32[84]
    w5: f32[84, 10]
    b5: f32[10]

contract LeNet:
    def logits(net: Net, x: f32[N, 1, 28, 28]) -> f32[N, 10]:
        a = max_pool2d(relu(conv2d(x, net.k1, padding=2) + net.c1), size=2, stride=2)
        b = max_pool2d(relu(conv2d(a, net.k2) + net.c2), size=2, stride=2)
        flat: f32[N, 400] = reshape(b)
        c = relu(flat @ net.w3 + net.b3)
        return relu(c @ net.w4 + net.b4) @ net.w5 + net.b5
"""
_TRAIN = """
    def loss(net: Net, x: f32[N, {image}], y: i32[N]) -> f32:
        return cross_entropy(logits(net, x), y)

    @view
    def train(net: Net, x: f32[N, {image}], y: i32[N], steps: u64, rate: f32) -> f32:
        value = 0.0
        for step in range(steps):
            value, d = grad loss(net, x, y) wrt net
            net = net - rate * d
        return value
"""
_NETS = {MLP.key: _MLP, LENET.key: _LENET}


def trainer(case: Training, threads: int) -> Callable[[int], float]:
    """Trains for so many steps from the same weights; the loss before the last step."""
    contract = compile_source(
        _NETS[case.key] + _TRAIN.format(image=", ".join(map(str, case.image)))
    )
    found = contract.abi.function("train")
    assert found is not None
    run = runner(contract.encoded, found.index, threads)
    weights, x, y = case.operands()
    rate = np.float32(RATE)
    return lambda steps: float(run(*weights, x, y, steps, rate)[0])


def runner(encoded: bytes, function: int, threads: int) -> Callable[..., Any]:
    """Runs a function of a program on values of the machine, and gives what it returns."""
    engine = make_engine("core", threads)
    loaded = engine.load(encoded)

    def run(*args: Any) -> Any:
        done = engine.start(loaded, function, args, Env(), _GAS).resume()
        assert isinstance(done, Done) and done.failure is None, done
        return done.returns

    return run
