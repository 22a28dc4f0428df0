"""Engines put together: a schedule, kernels, and the machine that is handed both."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from anhvm.errors import UsageError
from anhvm.isa.schedule import Schedule
from anhvm.isa.schedule import load as load_schedule
from anhvm.kernels.table import BY_ID
from anhvm.program.engine import Engine
from anhvm.program.trace import Trace, Watch

if TYPE_CHECKING:
    from anhvm.kernels.cuda.registry import CudaPointers
    from anhvm.kernels.registry import CpuKernels, KernelPointers

EngineName = Literal["core", "gpu", "reference"]
Notice = Callable[[str], None]
"""Told, in one sentence, about work that takes longer than `PATIENCE`."""

PATIENCE: Final = 1.0
"""Seconds before a notice is given."""
MAX_THREADS: Final = 256


def make_engine(
    name: EngineName = "core",
    threads: int | None = None,
    notice: Notice | None = None,
    schedule: Schedule | None = None,
    trace: Trace | None = None,
    watch: Watch = Watch.NOTHING,
) -> Engine:
    """An engine with the kernels of this machine.

    ``core`` is the C core with compiled kernels, `threads` of them sharing the work of one (None:
    all that this process may use); ``gpu`` is the core with kernels of the CUDA tier;
    ``reference`` is plain Python over the definitions, slow and obviously right.  All give the same
    results and gas.  `schedule` is the current one if None; `trace` is told what runs
    (docs/machine.md, "Trace"), and what `watch` asks for.  Raises `UsageError` ``runtime.engine``,
    ``runtime.threads``; CannotAnswer ``gpu.packages``, ``gpu.missing``.
    """
    prices = schedule or load_schedule()
    if name == "reference":
        from anhvm.kernels.definitions.call import call
        from anhvm.reference import ReferenceEngine

        return ReferenceEngine(call, prices, trace, watch)
    if name not in ("core", "gpu"):
        hint = "use 'core', 'gpu' or 'reference'"
        raise UsageError("runtime.engine", f"there is no engine '{name}'", hint)
    count = len(os.sched_getaffinity(0)) if threads is None else threads
    if not 1 <= count <= MAX_THREADS:
        raise UsageError(
            "runtime.threads", f"{count} threads are asked for", f"use 1 to {MAX_THREADS}"
        )
    from anhvm.kernels.registry import CpuKernels
    from anhvm.machine.engine import CoreEngine

    device = _gpu(notice) if name == "gpu" else None
    pointers = partial(_pointers, device or CpuKernels(), notice)
    return CoreEngine(pointers, prices, count, trace, watch=watch, device=device)


def _gpu(notice: Notice | None) -> CudaPointers:
    from anhvm.kernels.cuda.backend import CudaKernels
    from anhvm.kernels.cuda.gpu import Gpu
    from anhvm.kernels.cuda.registry import CudaPointers

    def compiling(kernel: str) -> AbstractContextManager[None]:
        return noticed(notice, f"compiling {kernel} for this GPU, once in this process")

    return CudaPointers(CudaKernels(Gpu(compiling)))


def _pointers(kernels: CpuKernels, notice: Notice | None, kernel: int) -> KernelPointers:
    name = BY_ID[kernel].name
    with noticed(
        notice,
        f"compiling the kernel {name} for this CPU, once (all of them: anhvm warm)",
    ):
        return kernels.pointers(kernel)


@contextmanager
def noticed(notice: Notice | None, message: str) -> Iterator[None]:
    """Tells `notice` the message once if what is inside takes longer than `PATIENCE`."""
    if notice is None:
        yield
        return
    timer = threading.Timer(PATIENCE, notice, (message,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
