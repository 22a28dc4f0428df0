"""The engine that the C core is: implements `program.engine`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from anhvm.errors import Bug, UserError
from anhvm.isa.schedule import Schedule
from anhvm.machine.boundary import prices
from anhvm.machine.core import ffi, lib
from anhvm.machine.device import Device
from anhvm.machine.entry import CoreEntry
from anhvm.machine.loaded import CoreProgram
from anhvm.machine.run import CoreRun, no_memory
from anhvm.program.admission import admit_entry
from anhvm.program.encode import DIGEST_SIZE, BadContainer, decode, digest
from anhvm.program.engine import Env, Loaded, Value
from anhvm.program.model import Program
from anhvm.program.trace import Trace, Watch
from anhvm.verifier import verify

Pointers = Callable[[int], tuple[int, int, int, int]]
"""Addresses of plan, check (0: none), run of a kernel by its id, or of check and launch (0: none)
of one on a device; valid as long as the engine."""

_TRACED, _UNFUSED, _WATCHED = 1, 2, 4
_REFUSED, _NO_MEMORY = 1, 2


class CoreEngine:
    """Runs programs in C.  `threads` share the work of one kernel; results never depend on it.

    `trace`, if set, is called as `docs/machine.md` says under "Trace", after each stop of a run,
    with the registers when `watch` says; `unfused` runs one instruction a handler (for tests:
    slower, and nothing else differs).  `Watch.STEPS` needs both: else `Bug`.  `device` is where
    kernels with a launch leave their tensors.
    """

    def __init__(
        self,
        pointers: Pointers,
        schedule: Schedule,
        threads: int = 1,
        trace: Trace | None = None,
        unfused: bool = False,
        watch: Watch = Watch.NOTHING,
        device: Device | None = None,
    ) -> None:
        if Watch.STEPS in watch and not (trace and unfused):
            raise Bug("fused instructions have no steps, and without a trace nobody watches")
        self._pointers = pointers
        self._device = device
        self._prices = prices(schedule)
        self._trace = trace
        watched = _TRACED | _WATCHED * watch if trace else 0
        self._mode = watched | (_UNFUSED if unfused else 0)
        self._pool = ffi.gc(_made(lib.anh_pool_new(threads)), lib.anh_pool_free)
        self._seed = int.from_bytes(os.urandom(8), "little")

    @property
    def executions(self) -> int:
        return int(lib.anh_pool_runs(self._pool))

    def load(self, encoded: bytes, program: Program | None = None) -> CoreProgram:
        """Decode and verify; raises `UserError`: `BadContainer` or `NotVerified`.

        `program` is what `decode` makes of `encoded`, where the caller has it already.
        """
        end = len(encoded) - DIGEST_SIZE
        if end < 0 or digest(encoded[:end]) != encoded[end:]:
            raise BadContainer("the digest does not match", max(end, 0))
        out, why = ffi.new("anh_program **"), ffi.new("anh_refusal *")
        status = lib.anh_load(encoded, end, self._prices, self._mode, out, why)
        if status == _NO_MEMORY:
            raise no_memory()
        if status == _REFUSED:
            raise _refused(encoded, ffi.string(why.why).decode())
        handle = ffi.gc(out[0], lib.anh_program_free)
        if self._device:
            lib.anh_device_bind(handle, self._device.bring, self._device.forget)
        used = lib.anh_kernel_next(handle, 0)
        while used >= 0:
            lib.anh_kernel_bind(handle, used, *self._pointers(used))
            used = lib.anh_kernel_next(handle, used + 1)
        return CoreProgram(encoded, handle, self, program)

    def entry(self, loaded: Loaded, function: int, env: Env, permits: bool = False) -> CoreEntry:
        """A function that can be started; raises `UserError` ``machine.start``."""
        if not isinstance(loaded, CoreProgram) or loaded.engine is not self:
            raise Bug("a program that another engine has loaded")
        admit_entry(loaded.program, function, env)
        how = loaded.handle, self._pool, self._seed
        beside = self._trace, self._device
        return CoreEntry(self, loaded.program, function, env, permits, how, *beside)

    def start(
        self,
        loaded: Loaded,
        function: int,
        args: Sequence[Value],
        env: Env,
        gas: int,
        permits: bool = False,
    ) -> CoreRun:
        """A run of that entry; raises `UserError` ``machine.value`` for other arguments too."""
        return self.entry(loaded, function, env, permits).start(args, gas)


def _made(pointer: Any) -> Any:
    if not pointer:
        raise no_memory()
    return pointer


def _refused(encoded: bytes, why: str) -> Exception:
    """The refusal in the words of the Python verifier, which names rule, function and place."""
    try:
        verify(decode(encoded))
    except UserError as error:
        return error
    return Bug(f"the core refuses a program that the verifier accepts: {why}")
