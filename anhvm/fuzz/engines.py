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
from anhvm.program.trace import Mark, Watch
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


def reference(watch: Watch = Watch.MARKS) -> Subject:
    """The interpreter that defines, over the definitions of kernels."""
    recorder = Recorder()
    return Subject("reference", ReferenceEngine(call, load(), recorder, watch), recorder)


def cores() -> list[Subject]:
    """The C core with a trace, unfused, and as it ships; traces show registers at every mark."""
    return [
        _core("core with trace", False, Watch.MARKS),
        _core("core unfused", True, Watch.MARKS),
        Subject("core as shipped", CoreEngine(CpuKernels().pointers, load(), 2), Recorder(), False),
    ]


def stepped() -> tuple[Subject, Subject]:
    """The reference and the C core, both with the registers before every instruction."""
    return reference(Watch.STEPS), _core("core by steps", True, Watch.STEPS)


def _core(name: str, unfused: bool, watch: Watch) -> Subject:
    recorder = Recorder()
    pointers = CpuKernels().pointers
    engine = CoreEngine(pointers, load(), trace=recorder, unfused=unfused, watch=watch)
    return Subject(name, engine, recorder)
