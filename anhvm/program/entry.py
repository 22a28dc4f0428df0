"""An entry of any engine: what is called often, looked up once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anhvm.program.engine import (
    Answer,
    Callee,
    Done,
    Engine,
    Env,
    Loaded,
    Need,
    Outcome,
    Run,
    Value,
)


@dataclass(frozen=True)
class StartedEntry:
    """Implements `program.engine.Entry` by `Engine.start`."""

    engine: Engine
    loaded: Loaded
    function: int
    env: Env
    permits: bool

    def start(self, args: Sequence[Value], gas: int) -> Run:
        return self.engine.start(self.loaded, self.function, args, self.env, gas, self.permits)

    def call(self, args: Sequence[Value], gas: int, answer: Answer) -> Done:
        run = self.start(args, gas)
        return finish(run, run.resume(), answer)


def finish(run: Run, outcome: Outcome, answer: Answer) -> Done:
    """Drives a run to its end."""
    while not isinstance(outcome, Done):
        outcome = answer(run, outcome)
    return outcome


def refuse(run: Run, need: Need | Callee) -> Done:
    """The answer to a run that may need nothing: it ends, UNLISTED."""
    return run.abort()
