"""An engine that keeps the trace of what it runs: the same core, its traced loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from anhvm.errors import Bug
from anhvm.isa.schedule import Schedule
from anhvm.isa.schedule import load as load_schedule
from anhvm.program.engine import Callee, Done, Engine, Env, Loaded, Outcome, Run, Value
from anhvm.program.entry import StartedEntry
from anhvm.program.trace import Mark, Watch
from anhvm.program.trace import Trace as Marks
from anhvm.runtime.engines import EngineName, Notice, make_engine
from anhvm.runtime.trace import Code, Trace, Tracer

MakeEngine = Callable[[Marks], Engine]
"""Makes an engine that calls back with its marks."""


class TracingEngine:
    """Implements `program.engine.Engine`; results and gas are those of the engine inside.

    `keep` instructions are kept in order.  It holds the trace of one run at a time: the last one.
    """

    def __init__(self, make: MakeEngine, schedule: Schedule, keep: int = 0) -> None:
        self._engine = make(self._mark)
        self._schedule = schedule
        self._keep = keep
        self._tracer: Tracer | None = None
        self._trace: Trace | None = None

    @classmethod
    def of(
        cls,
        name: EngineName = "core",
        threads: int | None = None,
        notice: Notice | None = None,
        keep: int = 0,
        times: bool = False,
    ) -> TracingEngine:
        """Around the engine that `runtime.engines.make_engine` makes; with `times`, the C core
        tells how long everything took."""
        prices, watch = load_schedule(), Watch.TIMES if times else Watch.NOTHING

        def make(marks: Marks) -> Engine:
            return make_engine(name, threads, notice, prices, marks, watch)

        return cls(make, prices, keep)

    @property
    def executions(self) -> int:
        return self._engine.executions

    @property
    def trace(self) -> Trace | None:
        """The trace of the last run; None before it is done."""
        return self._trace

    def load(self, encoded: bytes) -> Loaded:
        return self._engine.load(encoded)

    def entry(self, loaded: Loaded, function: int, env: Env, permits: bool = False) -> StartedEntry:
        return StartedEntry(self, loaded, function, env, permits)

    def start(
        self,
        loaded: Loaded,
        function: int,
        args: Sequence[Value],
        env: Env,
        gas: int,
        permits: bool = False,
    ) -> Run:
        run = self._engine.start(loaded, function, args, env, gas, permits)
        self._trace = None
        self._tracer = Tracer(Code(loaded.program, self._schedule), function, gas, self._keep)
        return _TracedRun(run, self._tracer, self._take, self._schedule)

    def _mark(self, mark: Mark, function: int, pc: int, left: int) -> None:
        if self._tracer is None:
            raise Bug("a mark of a run that was not started here")
        self._tracer.mark(mark, function, pc, left)

    def _take(self, trace: Trace) -> None:
        self._trace = trace


class _TracedRun:
    """A run that hands over its trace when it is done."""

    def __init__(
        self, run: Run, tracer: Tracer, take: Callable[[Trace], None], schedule: Schedule
    ) -> None:
        self._run = run
        self._schedule = schedule
        self._asked: Outcome | None = None
        self._tracer = tracer
        self._take = take
        self._over = False

    @property
    def gas_used(self) -> int:
        return self._run.gas_used

    def resume(self) -> Outcome:
        return self._seen(self._run.resume())

    def provide(self, value: Value | None) -> Outcome:
        return self._seen(self._run.provide(value))

    def permit(self) -> Outcome:
        return self._seen(self._run.permit())

    def link(self, callee: Loaded | None) -> Outcome:
        assert isinstance(self._asked, Callee)
        code = Code(callee.program, self._schedule, self._asked.address) if callee else None
        self._tracer.link(code)
        return self._seen(self._run.link(callee))

    def abort(self) -> Done:
        done = self._run.abort()
        self._seen(done)
        return done

    def _seen(self, outcome: Outcome) -> Outcome:
        self._asked = outcome
        if isinstance(outcome, Done) and not self._over:
            self._over = True
            self._take(self._tracer.finish(outcome))
        return outcome
