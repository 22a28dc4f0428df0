"""Runs the tests of a suite, each case on a chain of its own, and finds the simplest failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from statistics import median_low
from typing import Final

from anhvm.program.engine import Engine
from anhvm.runtime.engines import Notice, make_engine
from anhvm.runtime.machine import Contract
from anhvm.runtime.names import place_of
from anhvm.runtime.trace import Trace
from anhvm.runtime.tracing import TracingEngine
from anhvm.testing.cases import Case, Parameters
from anhvm.testing.compose import SETUP, Suite
from anhvm.testing.scene import Fault, Player
from anhvm.testing.stage import OWNER, Skipped, Spent, Stage

ACCOUNTS: Final = (OWNER, "alice", "bob", "carol")
"""Who an argument of type address may be."""
PATIENCE: Final = 50
"""Cases that are tried for one that `assume` lets through."""
SHRINKS: Final = 300
"""Runs that are spent on a simpler case."""


@dataclass(frozen=True)
class Options:
    """How tests are run.  `lines` keeps traces, for gas by line."""

    seed: int = 0
    cases: int = 100
    threads: int | None = None
    lines: bool = False


@dataclass(frozen=True)
class Verdict:
    """What became of a test.  `gas` is that of its calls, the median over its cases.

    After a failure `case` are the simplest arguments found, in leaves.
    """

    suite: Suite
    test: str
    cases: int
    gas: int
    spent: tuple[Spent, ...]
    fault: Fault | None = None
    case: Case = ()
    names: Mapping[bytes, str] = field(default_factory=dict)


def run(
    suite: Suite,
    tests: Sequence[str],
    options: Options,
    notice: Notice | None = None,
    advance: Callable[[], None] = lambda: None,
) -> Iterator[Verdict]:
    """Each test's verdict, in order; that of the set-up alone where it fails.

    What the set-up spends stands with the first test.  `advance` is told of every case.
    """
    engine, traced = _engine(options, notice)
    contracts = {name: Contract(engine, data) for name, data in suite.contracts.items()}
    stage = Stage(contracts, traced)
    player = Player(suite, stage)
    if suite.has_setup:
        fault = player.play(stage, SETUP, ())
        if fault is not None:
            yield Verdict(suite, SETUP, 1, 0, tuple(stage.spent), fault)
            return
    for test in tests:
        yield _Trial(player, stage, test, options, advance).verdict()
        stage.spent.clear()


def _engine(options: Options, notice: Notice | None) -> tuple[Engine, Callable[[], Trace | None]]:
    if not options.lines:
        return make_engine("core", options.threads, notice), lambda: None
    engine = TracingEngine.of("core", options.threads, notice)
    return engine, lambda: engine.trace


class _Trial:
    """One test on its cases."""

    def __init__(
        self,
        player: Player,
        stage: Stage,
        test: str,
        options: Options,
        advance: Callable[[], None],
    ) -> None:
        self._player, self._stage, self._test, self._advance = player, stage, test, advance
        function = player.suite.abi.function(test)
        assert function is not None
        accounts = [stage.account(name) for name in ACCOUNTS]
        self._parameters = Parameters.of(player.suite.abi, function, accounts)
        self._index = function.index
        self._limit = options.cases if self._parameters.leaves else 1
        self._seed = f"{options.seed} {player.suite.path.name} {test}"
        self._spent = list(stage.spent)
        self._gas: list[int] = []

    def verdict(self) -> Verdict:
        for case in islice(self._parameters.cases(self._seed), PATIENCE * self._limit):
            try:
                fault, stage = self._play(case)
            except Skipped:
                continue
            self._advance()
            self._spent += stage.spent
            self._gas.append(sum(spent.gas for spent in stage.spent))
            if fault is not None:
                case, fault, stage = self._simplest(case, fault, stage)
                return self._done(fault, case, stage.names)
            if len(self._gas) == self._limit:
                break
        if not self._gas:
            place = place_of(self._player.suite.program, self._index, 0)
            return self._done(Fault("assume lets no case through", place))
        return self._done()

    def _play(self, case: Case) -> tuple[Fault | None, Stage]:
        stage = self._stage.fork()
        return self._player.play(stage, self._test, case), stage

    def _simplest(self, case: Case, fault: Fault, stage: Stage) -> tuple[Case, Fault, Stage]:
        """Takes every step to a simpler case that fails at the same place."""
        left = SHRINKS
        steps = self._parameters.simpler(case)
        while left and (other := next(steps, None)) is not None:
            left -= 1
            try:
                found, where = self._play(other)
            except Skipped:
                continue
            if found is not None and found.place == fault.place:
                case, fault, stage = other, found, where
                steps = self._parameters.simpler(case)
        return case, fault, stage

    def _done(
        self, fault: Fault | None = None, case: Case = (), names: Mapping[bytes, str] | None = None
    ) -> Verdict:
        gas = median_low(self._gas) if self._gas else 0
        return Verdict(
            self._player.suite, self._test, len(self._gas), gas, tuple(self._spent), fault, case,
            names or {},
        )  # fmt: skip
