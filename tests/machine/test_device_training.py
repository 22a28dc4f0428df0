"""A contract trains on a device: the same results, few tensors moved, and faults that are told."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import numpy as np
import pytest

from anhvm.api import compile_source
from anhvm.errors import CannotAnswer
from anhvm.fuzz.device import Array, DefinedTier
from anhvm.isa import schedule
from anhvm.kernels.cuda import copies
from anhvm.kernels.cuda.backend import Tensor
from anhvm.kernels.definitions.call import call
from anhvm.machine.core import lib
from anhvm.program.engine import Cell, Engine, Value
from anhvm.program.trace import Watch
from anhvm.reference import ReferenceEngine
from anhvm.runtime.machine import Contract, Result
from tests.machine.build import GAS, engine, on_device

NET = """
import std.nn as nn

struct Weights:
    w1: f32[6, 5]
    b1: f32[5]
    w2: f32[5, 4]

contract Net:
    net: Weights
    steps: u64

    event Trained(loss: f32, first: f32[6, 5])

    def loss(net: Weights, x: f32[N, 6], y: i32[N]) -> f32:
        return cross_entropy(tanh(x @ net.w1 + net.b1) @ net.w2, y)

    @call
    def train(x: f32[N, 6], y: i32[N], steps: u64):
        net = Weights(nn.kaiming(7, 0), zeros(), nn.kaiming(7, 1))
        value = 0.0
        for step in range(steps):
            value, d = grad loss(net, x, y) wrt net
            net = net - 0.5 * d
        self.net = net
        self.steps += steps
        emit Trained(value, net.w1)

    @view
    def guess(x: f32[N, 6]) -> i32[N]:
        return argmax(tanh(x @ self.net.w1 + self.net.b1) @ self.net.w2, axis=1)
"""
COMPILED = compile_source(NET).encoded
RANDOM = np.random.default_rng(3)
X, Y = RANDOM.standard_normal((8, 6)).astype(np.float32), RANDOM.integers(0, 4, 8, np.int32)


def trained(on: Engine, steps: int = 3, gas: int = GAS) -> tuple[Result, Result | None]:
    contract, state = Contract(on, COMPILED), dict[Cell, Value]()
    result = contract.run("train", (X, Y, steps), gas=gas, state=state)
    return result, None if result.trap else contract.run("guess", (X,), state=state)


def as_bytes(result: Result | None) -> list[Any]:
    if result is None:
        return []
    emitted = [v for event in result.events for v in event.values.values()]
    values = [result.value, *result.writes.values(), *emitted]
    shown = [np.asarray(v).tobytes() for v in values if v is not None]
    return [result.trap, result.gas_used, result.high_water, *shown]


def test_a_contract_trains_the_same_everywhere() -> None:
    marks: list[list[object]] = [[], [], []]
    prices = schedule.load()
    traced: list[Engine] = [
        engine(trace=lambda *m: marks[0].append(m), watch=Watch.MARKS),
        on_device(trace=lambda *m: marks[1].append(m), watch=Watch.MARKS),
        ReferenceEngine(call, prices, lambda *m: marks[2].append(m), Watch.MARKS),
    ]
    wanted = [as_bytes(r) for r in trained(engine())]
    for on in (*traced, on_device(), on_device(here=("tanh", "transpose", "sgd"))):
        assert [as_bytes(r) for r in trained(on)] == wanted
    assert len(marks[0]) > 100 and marks[0] == marks[1] == marks[2]
    gc.collect()
    assert copies.outstanding() == 0


def test_more_steps_move_no_more_tensors() -> None:
    moved = []
    for steps in (1, 8):
        tier = DefinedTier()
        trained(on_device(tier), steps)
        moved.append((tier.sent, tier.brought))
        assert tier.runs > 12 * steps
    # In: x and y; for guess, x and the three weights.  Out: the weights, and the guesses; w1 is
    # shown by the event too, and comes once.
    assert moved == [(6, 4), (6, 4)]


def test_every_amount_of_gas_ends_the_same() -> None:
    enough = trained(engine(), 1)[0].gas_used
    for gas in [*range(0, enough, enough // 23), enough - 1]:
        ours, theirs = (as_bytes(trained(on, 1, gas)[0]) for on in (on_device(), engine()))
        assert ours == theirs and ours[0] is not None
    gc.collect()
    assert copies.outstanding() == 0


def test_runs_at_once_do_not_meet() -> None:
    on = on_device(here=("tanh",))
    wanted = [[as_bytes(r) for r in trained(engine(), steps)] for steps in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda n: [as_bytes(r) for r in trained(on, n % 4)], range(16))
        assert list(found) == wanted * 4
    gc.collect()
    assert copies.outstanding() == 0


class Failing(DefinedTier):
    """Fails at call `at` of what `what` names."""

    def __init__(self, what: str, at: int, fault: BaseException) -> None:
        super().__init__()
        self._left = {what: at}
        self._fault = fault

    def _count(self, what: str) -> None:
        self._left[what] = self._left.get(what, -1) - 1
        if self._left[what] == -1:
            raise self._fault

    def upload(self, array: Array) -> Tensor:
        self._count("upload")
        return super().upload(array)

    def fetch(self, tensor: Tensor) -> Array:
        self._count("fetch")
        return super().fetch(tensor)

    def run(
        self, name: str, x: Sequence[Tensor], attrs: Sequence[int], counts: Sequence[int]
    ) -> list[Tensor]:
        self._count("run")
        return super().run(name, x, attrs, counts)


BROKEN, FULL = RuntimeError("an illegal address"), MemoryError("f32[9]")


@pytest.mark.parametrize("watched", [False, True], ids=["plain", "watched"])
@pytest.mark.parametrize(("what", "fault"), [("upload", FULL), ("fetch", BROKEN), ("run", FULL)])
def test_a_device_that_fails_is_told_and_leaves_nothing(
    what: str, fault: Exception, watched: bool
) -> None:
    wanted = [as_bytes(r) for r in trained(engine(), 1)]
    gc.collect()
    before = lib.anh_outstanding()
    how: Any = {"trace": lambda *_: None, "watch": Watch.MARKS} if watched else {}
    for at in count():
        on = on_device(Failing(what, at, fault), ("tanh",), **how)
        try:
            found = [as_bytes(r) for r in trained(on, 1)]
        except CannotAnswer as error:
            assert error.code == ("gpu.memory" if fault is FULL else "gpu.failed")
            assert str(fault) in error.message and error.__cause__ is fault
            error.__traceback__ = fault.__traceback__ = None
        else:
            assert found == wanted and at > 5
            break
    del on
    gc.collect()
    assert copies.outstanding() == 0
    assert lib.anh_outstanding() == before


def test_an_interrupt_within_a_kernel_goes_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        trained(on_device(Failing("run", 2, KeyboardInterrupt())))
