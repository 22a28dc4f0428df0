"""Our kernels: by their pointers on one thread, in a contract's loop on several.

On several threads the worker pool belongs to the machine, so a contract repeats the kernel, and an
empty call of the contract is taken off; gas and the making of each result are then part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from anhvm.api import compile_source
from anhvm.benches.kernel_cases import BY_KEY, RATE, STEP, STEP_SIZES, STEPS, Work, step_operands
from anhvm.benches.loops import REPEAT, REPEAT_KINDS, compiled
from anhvm.benches.timing import Timer
from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.cpu.fpmode import flush_mode
from anhvm.program.engine import Done, Env
from anhvm.runtime.engines import make_engine

_GAS = 1 << 60
_CACHE_LINE = 64
_LOOP_SECONDS = 0.02
_LOOP = """
contract Loop:
    @view
    def repeat(count: u64, {params}):
        for i in range(count):
            y = {call}
"""
_STEP = """
struct Net:
    w1: f32[{inputs}, {hidden}]
    b1: f32[{hidden}]
    w2: f32[{hidden}, {classes}]
    b2: f32[{classes}]

contract Mlp:
    def loss(net: Net, x: f32[N, {inputs}], y: i32[N]) -> f32:
        return cross_entropy(relu(x @ net.w1 + net.b1) @ net.w2 + net.b2, y)

    @view
    def train(net: Net, x: f32[N, {inputs}], y: i32[N], steps: u64, rate: f32) -> f32:
        value = 0.0
        for step in range(steps):
            value, d = grad loss(net, x, y) wrt net
            net = net - rate * d
        return value
"""


class Timed(Prepared):
    """A prepared call that machine code repeats."""

    def seconds(self, timer: Timer) -> float:
        """Least seconds of one plan and one run on this thread."""
        room = np.zeros(_CACHE_LINE + self._bytes, np.uint8)
        start = room.ctypes.data + -room.ctypes.data % _CACHE_LINE
        plan, run = self._pointers.plan, self._pointers.run
        block, tiles, loop = self._block.ctypes.data, self.tiles, _repeat()
        with flush_mode():
            return timer.of_batches(lambda count: loop(count, plan, run, block, tiles, start))


@cache
def _repeat() -> Callable[..., int]:
    return compiled(REPEAT, "repeat", *REPEAT_KINDS)


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of each case; see `sides`."""
    times = {}
    for key in keys:
        work = BY_KEY[key]
        if work is STEP:
            train = trainer(timer.threads)
            times[key] = timer.of_calls(partial(train, STEPS), partial(train, 0)) / STEPS
        elif timer.threads == 1:
            attrs = (3, 0) if work.kernel == "sum" else ()
            times[key] = Timed(work.kernel, work.operands(), attrs).seconds(timer)
        else:
            times[key] = _contract(work, timer)
    return times


def _contract(work: Work, timer: Timer) -> float:
    operands = work.operands()
    kinds = {np.dtype(np.float32): "f32", np.dtype(np.int32): "i32"}
    params = [
        f"x{i}: {kinds[x.dtype]}[{', '.join(map(str, x.shape))}]" for i, x in enumerate(operands)
    ]
    call = {"matmul": "x0 @ x1", "add": "x0 + x1"}.get(work.kernel)
    call = call or f"{work.kernel}({', '.join(f'x{i}' for i in range(len(operands)))})"
    source = _LOOP.format(params=", ".join(params), call=call)
    run = _runner(source, "repeat", timer.threads)

    def loop(count: int) -> float:
        """Seconds of each of `count` calls of the kernel."""
        spent = timer.of_calls(lambda: run(count, *operands), lambda: run(0, *operands))
        return spent / count

    return loop(max(1, int(_LOOP_SECONDS / max(loop(1), 1e-6))))


def trainer(threads: int) -> Callable[[int], float]:
    """Trains for so many steps from the same weights; the loss before the last step."""
    _, inputs, hidden, classes = STEP_SIZES
    run = _runner(_STEP.format(inputs=inputs, hidden=hidden, classes=classes), "train", threads)
    weights, x, y = step_operands()
    rate = np.float32(RATE)
    return lambda steps: float(run(*weights, x, y, steps, rate)[0])


def _runner(source: str, function: str, threads: int) -> Callable[..., Any]:
    """Runs a function of a contract on values of the machine, and gives what it returns."""
    contract = compile_source(source)
    engine = make_engine("core", threads)
    loaded = engine.load(contract.encoded)
    found = contract.abi.function(function)
    assert found is not None
    index = found.index

    def run(*args: Any) -> Any:
        done = engine.start(loaded, index, args, Env(), _GAS).resume()
        assert isinstance(done, Done) and done.failure is None, done
        return done.returns

    return run
