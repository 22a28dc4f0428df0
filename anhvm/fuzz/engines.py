"""The engines that a campaign compares, each with the trace that it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
from numpy.typing import NDArray

from anhvm.fuzz.device import DefinedTier
from anhvm.fuzz.observe import Line
from anhvm.isa.schedule import Schedule, Steps, load
from anhvm.kernels.cuda.registry import CudaPointers
from anhvm.kernels.definitions.call import call
from anhvm.kernels.ranks import KernelFault
from anhvm.kernels.registry import CpuKernels
from anhvm.kernels.table import KERNELS
from anhvm.machine.engine import CoreEngine
from anhvm.program.engine import Engine, Loaded
from anhvm.program.model import Program
from anhvm.program.trace import Mark, Watch
from anhvm.reference import ReferenceEngine

_FAR = Steps(step=16, levels=3, price=5)
_HERE = tuple(kernel.name for kernel in KERNELS if kernel.id % 3 == 0)
"""Kernels that run beside a device, whose tensors they need here."""
_CACHE = 512
_REMEMBERED = 256
"""Calls of kernels whose results are kept."""


def prices() -> Schedule:
    """The current ones, but that elements are dearer in all but the smallest values, and bytes of
    kernels once a run has held some: programs that are drawn have no large ones."""
    kernels = {
        name: msgspec.structs.replace(price, cache=_CACHE) for name, price in load().kernels.items()
    }
    return msgspec.structs.replace(load(), element=_FAR, kernels=kernels)


@dataclass
class Recorder:
    """Keeps the trace of the run that an engine is at."""

    lines: list[Line] = field(default_factory=list)

    def __call__(self, mark: Mark, function: int, pc: int, gas: int) -> None:
        self.lines.append((mark, function, pc, gas))

    def take(self) -> Sequence[Line]:
        """The lines since the last call."""
        lines, self.lines = self.lines, []
        return lines


@dataclass(frozen=True)
class Subject:
    """An engine under comparison; `traced` says whether its traces count.  One without is called
    twice: a call must not see what an earlier one left."""

    name: str
    engine: Engine
    recorder: Recorder
    traced: bool = True

    def load(self, encoded: bytes, program: Program) -> Loaded:
        """`encoded`, of which `program` is what a decoder has made."""
        if isinstance(self.engine, CoreEngine):
            return self.engine.load(encoded, program)
        return self.engine.load(encoded)


class _Remembered:
    """The definitions of kernels, which are slow, and whose operands come again and again: in the
    cases of one family, and in the runs of one case."""

    def __init__(self) -> None:
        self._known: dict[object, list[NDArray[Any]] | KernelFault] = {}

    def __call__(
        self, name: str, inputs: Sequence[Any], attrs: Sequence[int], counts: Sequence[int]
    ) -> list[NDArray[Any]]:
        shown = tuple((x.dtype.char, x.shape, x.tobytes()) for x in inputs)
        key = (name, shown, tuple(attrs), tuple(counts))
        if key not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[key] = _defined(name, inputs, attrs, counts)
        found = self._known[key]
        if isinstance(found, KernelFault):
            raise found
        return found


def _defined(
    name: str, inputs: Sequence[Any], attrs: Sequence[int], counts: Sequence[int]
) -> list[NDArray[Any]] | KernelFault:
    try:
        results = call(name, inputs, attrs, counts)
    except KernelFault as fault:
        return fault
    for result in results:
        result.flags.writeable = False
    return results


@cache
def reference(watch: Watch = Watch.MARKS) -> Subject:
    """The interpreter that defines, over the definitions of kernels."""
    recorder = Recorder()
    return Subject("reference", ReferenceEngine(_Remembered(), prices(), recorder, watch), recorder)


@cache
def cores() -> tuple[Subject, ...]:
    """The C core with a trace, unfused, and as it ships; traces show registers at every mark."""
    shipped = CoreEngine(_kernels().pointers, prices(), 2)
    return (
        _core("core with trace", False, Watch.MARKS),
        _core("core unfused", True, Watch.MARKS),
        Subject("core as shipped", shipped, Recorder(), False),
    )


@cache
def stepped() -> tuple[Subject, Subject]:
    """The reference and the C core, both with the registers before every instruction."""
    return reference(Watch.STEPS), _core("core by steps", True, Watch.STEPS)


@cache
def with_device() -> tuple[Subject, Subject]:
    """The C core whose kernels leave their tensors on a device: all of them, looked at by every
    mark of a trace; and some, looked at by nobody."""
    recorder = Recorder()
    every, some = (CudaPointers(DefinedTier(_Remembered()), here) for here in ((), _HERE))
    traced = CoreEngine(every.pointers, prices(), trace=recorder, watch=Watch.MARKS, device=every)
    shipped = CoreEngine(some.pointers, prices(), 2, device=some)
    return (
        Subject("core with device", traced, recorder),
        Subject("core with device as shipped", shipped, Recorder(), False),
    )


@cache
def _kernels() -> CpuKernels:
    return CpuKernels()


def _core(name: str, unfused: bool, watch: Watch) -> Subject:
    recorder = Recorder()
    engine = CoreEngine(_kernels().pointers, prices(), trace=recorder, unfused=unfused, watch=watch)
    return Subject(name, engine, recorder)
