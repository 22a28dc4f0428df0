"""The engines that a campaign compares, each with the trace that it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from anhvm.fuzz.observe import Line
from anhvm.isa.schedule import load
from anhvm.kernels.definitions.call import call
from anhvm.kernels.registry import CpuKernels
from anhvm.machine.engine import CoreEngine
from anhvm.program.engine import Engine, Run
from anhvm.program.trace import Mark
from anhvm.reference import ReferenceEngine


@dataclass
class Recorder:
    """Keeps the trace of the run that an engine is at."""

    lines: list[Line] = field(default_factory=list)

    def __call__(self, mark: Mark, function: int, pc: int, gas: int) -> None:
        self.lines.append((int(mark), function, pc, gas))

    def take(self, run: Run) -> Sequence[Line]:
        """The lines since the last call."""
        lines, self.lines = self.lines, []
        return lines


@dataclass(frozen=True)
class Subject:
    """An engine under comparison; `traced` says whether its traces count."""

    name: str
    engine: Engine
    recorder: Recorder
    traced: bool = True


def reference() -> Subject:
    """The interpreter that defines, over the definitions of kernels."""
    recorder = Recorder()
    return Subject("reference", ReferenceEngine(call, load(), recorder), recorder)


def cores() -> list[Subject]:
    """The C core as it ships, with a trace, and unfused."""
    pointers, schedule = CpuKernels().pointers, load()
    traced, unfused = Recorder(), Recorder()
    return [
        Subject("core with trace", CoreEngine(pointers, schedule, trace=traced), traced),
        Subject(
            "core unfused", CoreEngine(pointers, schedule, trace=unfused, unfused=True), unfused
        ),
        Subject("core as shipped", CoreEngine(pointers, schedule, threads=2), Recorder(), False),
    ]
