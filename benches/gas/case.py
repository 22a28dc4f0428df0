"""A priced piece of work, and how its time and its gas are taken.

A case is a program whose function 0 repeats the work as often as its first argument says.  An
iteration is the difference of a long run and a short one, so what starting a run from Python costs
is in neither: a transaction pays for it by the byte, not in gas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from time import thread_time_ns
from typing import Final

from anhvm.assembler import assemble
from anhvm.errors import Bug
from anhvm.isa.schedule import Schedule
from anhvm.kernels.registry import CpuKernels
from anhvm.machine.core import ffi, lib
from anhvm.machine.engine import CoreEngine
from anhvm.machine.loaded import CoreProgram
from anhvm.program.encode import encode
from anhvm.program.engine import Env, Value
from anhvm.program.model import Program

GAS: Final = 1 << 60
_LONG: Final = 2_000_000
"""Nanoseconds of a run beside which the clock's own cost is nothing."""
_ENV: Final = Env(bytes(range(33)), bytes(range(1, 34)), 3, 5, 7)


@dataclass(frozen=True)
class Case:
    """`most` iterations at most, of which the first `skip` are part of the short run."""

    name: str
    size: str
    text: str
    args: Callable[[], tuple[Value, ...]] = field(default=tuple)
    most: int = 1 << 20
    skip: int = 0

    @property
    def key(self) -> str:
        """What names the case in a report, and what `--only` looks at."""
        return f"{self.name} {self.size}"

    @cached_property
    def program(self) -> Program:
        """The assembled text."""
        return assemble(self.text)


@dataclass(frozen=True)
class Measured:
    """An iteration of a case: its nanoseconds and its gas, from runs of `count` iterations.

    `spread` is (slowest - fastest) / fastest of these runs, `start` the nanoseconds of one that
    leaves out all of them.
    """

    case: Case
    count: int
    nanoseconds: float
    gas: float
    spread: float = 0.0
    start: float = 0.0

    @property
    def drowned(self) -> bool:
        """Whether all iterations take little beside what comes before the loop, whose time varies
        by more than that."""
        return 8 * self.count * self.nanoseconds < self.start

    @property
    def ratio(self) -> float:
        """Nanoseconds a unit of gas."""
        return self.nanoseconds / self.gas


class Trapped(Exception):
    """The run of a case ended by a trap."""


class Meter:
    """Runs cases on the C core, on one thread, without a trace."""

    def __init__(self, schedule: Schedule, kernels: CpuKernels | None = None) -> None:
        self.schedule = schedule
        self.kernels = kernels or CpuKernels()
        self._engine = CoreEngine(self.kernels.pointers, schedule)

    def load(self, case: Case) -> CoreProgram:
        """The program of a case, ready to run."""
        return self._engine.load(encode(case.program))

    def spend(self, loaded: CoreProgram, count: int, args: Sequence[Value]) -> tuple[int, int]:
        """Nanoseconds and gas of a run; needs are answered at once: never written, permitted;
        every other contract is the same program.

        The core is called without `CoreRun`, whose answers in Python are the host's cost.
        """
        run = self._engine.start(loaded, 0, (count, *args), _ENV, GAS)
        handle = run.handle
        resume, read, pause = lib.anh_resume, lib.STOP_NEED_READ, lib.STOP_PAUSE
        write, null = lib.STOP_NEED_WRITE, ffi.NULL
        start = thread_time_ns()
        while (status := resume(handle)) != lib.STOP_DONE:
            if status == read:
                lib.anh_provide(handle, null)
            elif status == write:
                lib.anh_permit(handle)
            elif status == lib.STOP_NEED_CALLEE:
                lib.anh_link(handle, loaded.handle)
            elif status != pause:
                break
        spent = thread_time_ns() - start
        if status < lib.STOP_DONE:
            raise Trapped(str(status))
        if status > lib.STOP_DONE:
            raise Bug(f"a run stopped with {status}")
        return spent, int(lib.anh_gas_used(handle))

    def gas(self, case: Case, count: int) -> float:
        """Gas of an iteration in a run of `count`."""
        loaded, args = self.load(case), case.args()
        used = [self.spend(loaded, n, args)[1] for n in (case.skip, count)]
        return (used[1] - used[0]) / (count - case.skip)

    def measure(self, case: Case, rounds: int, count: int | None = None) -> Measured:
        """The least time of `rounds` runs, long and short in turn: a computer has slow minutes.

        Raises `Trapped`.
        """
        loaded, args = self.load(case), case.args()

        def time(n: int) -> int:
            return self.spend(loaded, n, args)[0]

        count = count or self._count(case, time)
        pairs = [(time(case.skip), time(count)) for _ in range(rounds)]
        short, long = min(pair[0] for pair in pairs), [pair[1] for pair in pairs]
        iterations = count - case.skip
        used = self.spend(loaded, count, args)[1] - self.spend(loaded, case.skip, args)[1]
        fastest = max(min(long) - short, 1)
        spread = (max(long) - min(long)) / min(long)
        return Measured(case, count, fastest / iterations, used / iterations, spread, short)

    def _count(self, case: Case, time: Callable[[int], int]) -> int:
        """Iterations of a run that is long enough for the clock."""
        count = case.skip + 1
        while True:
            pairs = [(time(case.skip), time(count)) for _ in range(2)]
            short = min(pair[0] for pair in pairs)
            spent = min(pair[1] for pair in pairs) - short
            if spent >= max(_LONG, short // 4) or count == case.most:
                return count
            more = min(max(2, int(1.3 * _LONG / max(spent, 1000))), 100)
            count = min(count * more, case.most)
