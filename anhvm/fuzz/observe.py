"""What an engine shows of a run, in a form that two engines can be compared by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from anhvm.fuzz.cases import Case
from anhvm.isa.traps import Trap
from anhvm.program.engine import Callee, Done, Engine, Entry, Loaded, Need, Outcome, Run, Value
from anhvm.program.model import Mode

Line = tuple[int, int, int, int]
"""Mark, function, pc, gas left or checksum of the registers."""
Traces = Callable[[], Sequence[Line]]
"""The trace that an engine kept since the last call."""


@dataclass(frozen=True)
class Observation:
    """Everything that both engines must agree on."""

    trap: Trap | None
    message: str
    where: tuple[bytes, int, int] | None
    gas_used: int
    returns: tuple[Any, ...]
    events: tuple[Any, ...]
    writes: tuple[Any, ...]
    reads: tuple[Any, ...]
    needs: tuple[Any, ...]
    high_water: int
    trace: tuple[Line, ...]


def observe(engine: Engine, loaded: Loaded, case: Case, traces: Traces) -> Observation:
    """Runs `case` to its end."""
    return observe_call(engine, engine.entry(loaded, case.function, case.env), case, traces)


def observe_call(engine: Engine, entry: Entry, case: Case, traces: Traces) -> Observation:
    """Runs `case` to its end, by the entry of its function."""
    needs: list[tuple[Any, ...]] = []

    def answer(run: Run, need: Need | Callee) -> Outcome:
        needs.append((need, run.gas_used))
        if len(needs) - 1 == case.abort_at:
            return run.abort()
        if isinstance(need, Callee):
            found = case.others.get(need.address)
            return run.link(engine.load(found[1]) if found else None)
        return run.permit() if need.mode is Mode.WRITE else run.provide(case.stored(need.cell))

    done = entry.call(case.args, case.gas, answer)
    return _seen(done, tuple(needs), tuple(traces()))


def differences(one: Observation, other: Observation) -> list[str]:
    """The fields that differ, each in a sentence."""
    if one == other:
        return []
    found = []
    for field in fields(Observation):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if a == b:
            continue
        if field.name == "trace":
            at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), -1)
            a, b = (
                f"{len(x)} lines, at {at}: {x[at : at + 3] if at >= 0 else x[-1:]}" for x in (a, b)
            )
        found.append(f"{field.name}: {a!r} against {b!r}")
    return found


def plain(value: Value) -> tuple[Any, ...]:
    """A value as bits, with its type."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, np.float32):
        return ("f32", value.tobytes())
    return (type(value).__name__, value)


def _seen(done: Done, needs: tuple[Any, ...], trace: tuple[Line, ...]) -> Observation:
    failure = done.failure
    told = failure is not None and failure.trap == Trap.ASSERT
    return Observation(
        trap=failure.trap if failure else None,
        # Only the contract's own message is defined; others are for people.
        message=failure.message if failure and told else "",
        where=(failure.contract, failure.function, failure.pc) if failure else None,
        gas_used=done.gas_used,
        returns=tuple(map(plain, done.returns)),
        events=tuple((e.contract, e.index, tuple(map(plain, e.values))) for e in done.events),
        writes=tuple((cell, plain(value)) for cell, value in done.writes),
        reads=tuple(done.reads),
        needs=needs,
        high_water=done.high_water,
        trace=trace,
    )
