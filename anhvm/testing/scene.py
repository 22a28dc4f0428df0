"""A test at work: the reference interpreter runs it, and calls of stand-ins leave it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from anhvm.errors import Bug
from anhvm.isa.schedule import SATURATED
from anhvm.isa.schedule import load as load_schedule
from anhvm.kernels.cpu.call import call as kernels
from anhvm.program.engine import Done, Value
from anhvm.program.trace import Watch
from anhvm.reference.engine import ReferenceEngine, ReferenceRun
from anhvm.reference.memory import Memory, Meter
from anhvm.reference.state import Prepared, State, inside, outside, zero
from anhvm.runtime.names import Place, place, place_of
from anhvm.testing.compose import Suite
from anhvm.testing.stage import Failed, Skipped, Stage, told

LIBRARY: Final = "std.test."
Outside = Callable[[Stage, Sequence[Value]], Sequence[Value]]


@dataclass(eq=False)
class Scene(State):
    """The state of a run whose calls of stand-ins are carried out on `stage`."""

    stage: Stage | None = None
    stand_ins: dict[int, Outside] = field(default_factory=dict)

    def enter(self, index: int, args: Sequence[object], outs: tuple[int, ...] = ()) -> None:
        leave = self.stand_ins.get(index)
        if leave is None:
            super().enter(index, args, outs)
            return
        assert self.stage is not None
        results = leave(self.stage, [outside(arg) for arg in args])
        frame = self.frames[-1]
        for at, register in enumerate(outs):
            kind = frame.function.registers[register].type
            self.write(frame, register, self._held(kind, results[at] if results else None))

    def _held(self, kind: int, value: Value | None) -> object:
        """A result as a register holds it; a call that trapped, as expected, gives zeros."""
        if value is None:
            return zero(kind)
        if isinstance(value, bytes | np.ndarray):
            return self.memory.make(value)
        return inside(kind, value)


@dataclass(frozen=True)
class Fault:
    """Why a test failed, where in the test, and where inside a contract if it was there."""

    message: str
    place: Place
    inner: Place | None = None


class Player:
    """A suite, ready to be played on a stage."""

    def __init__(self, suite: Suite, stage: Stage) -> None:
        engine = ReferenceEngine(kernels, load_schedule())
        self._schedule = engine.schedule
        self._prepared: Prepared = engine.load(suite.encoded)
        self.suite = suite
        self._stand_ins = {
            index: found
            for index, function in enumerate(suite.program.functions)
            if (found := _stand_in(stage, function.name)) is not None
        }

    def play(self, stage: Stage, test: str, values: Sequence[Value]) -> Fault | None:
        """Runs a test or the set-up; what went wrong, if it did.  Skipped where it is no case."""
        function = self.suite.abi.function(test)
        assert function is not None
        meter = Meter(SATURATED - 1)
        memory = Memory(meter, self._schedule)
        env = replace(stage.env)
        scene = Scene(
            self._prepared, env, kernels, self._schedule, meter, memory, None, Watch.NOTHING,
            stage=stage, stand_ins=self._stand_ins,
        )  # fmt: skip
        try:
            done = ReferenceRun(scene, function.index, values).resume()
        except Failed as failed:
            return Fault(failed.message, place_of(self.suite.program, *scene.at), failed.inner)
        if not isinstance(done, Done):
            raise Bug("a test has no storage of its own")
        if done.failure is not None:
            return Fault(told(done.failure), place(self.suite.program, done.failure))
        if stage.expected is not None:
            return Fault("no call follows expect_trap", place_of(self.suite.program, *scene.at))
        return None


def _stand_in(stage: Stage, name: str) -> Outside | None:
    """What a function of the program stands for, if it is none of the test's own."""
    if name.startswith(LIBRARY):
        return _TOOLS.get(name.removeprefix(LIBRARY))
    module, _, short = name.rpartition(".")
    contract = stage.contracts.get(module)
    function = contract.abi.function(short) if contract else None
    if function is None:
        return None
    return lambda stage, values: stage.call(module, function, values)


def _account(stage: Stage, values: Sequence[Value]) -> Sequence[Value]:
    (name,) = values
    assert isinstance(name, bytes)
    return (stage.account(name.decode(errors="replace")),)


def _address_of(stage: Stage, values: Sequence[Value]) -> Sequence[Value]:
    (name,) = values
    assert isinstance(name, bytes)
    return (stage.contract_address(name.decode(errors="replace")),)


def _sender(stage: Stage, values: Sequence[Value]) -> Sequence[Value]:
    (who,) = values
    assert isinstance(who, bytes)
    stage.env = replace(stage.env, sender=who)
    return ()


def _value(stage: Stage, values: Sequence[Value]) -> Sequence[Value]:
    stage.env = replace(stage.env, value=_number(values[0]))
    return ()


def _now(stage: Stage, values: Sequence[Value]) -> Sequence[Value]:
    height, time = map(_number, values)
    stage.env = replace(stage.env, height=height, time=time)
    return ()


def _expect_trap(stage: Stage, values: Sequence[Value]) -> Sequence[Value]:
    (message,) = values
    assert isinstance(message, bytes)
    stage.expected = message.decode(errors="replace")
    return ()


def _emitted(stage: Stage, values: Sequence[Value]) -> Sequence[Value]:
    (event,) = values
    assert isinstance(event, bytes)
    return (stage.emitted(event.decode(errors="replace")),)


def _gas(stage: Stage, values: Sequence[Value]) -> Sequence[Value]:
    return (stage.last.gas_used if stage.last else 0,)


def _assume(stage: Stage, values: Sequence[Value]) -> Sequence[Value]:
    if not values[0]:
        raise Skipped
    return ()


def _number(value: Value) -> int:
    assert isinstance(value, int)
    return value


_TOOLS: Final[dict[str, Outside]] = {
    "account": _account,
    "address_of": _address_of,
    "sender": _sender,
    "value": _value,
    "now": _now,
    "expect_trap": _expect_trap,
    "emitted": _emitted,
    "gas": _gas,
    "assume": _assume,
}
