"""The engine that the C core is: implements `program.engine`."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

from anhvm.errors import Bug, UserError
from anhvm.isa.schedule import Schedule
from anhvm.isa.types import Type
from anhvm.kernels.table import KERNELS
from anhvm.machine.boundary import lend, prices
from anhvm.machine.core import ffi, lib
from anhvm.machine.loaded import CoreProgram
from anhvm.machine.run import CoreRun, no_memory
from anhvm.program.admission import admit_start
from anhvm.program.encode import DIGEST_SIZE, BadContainer, decode, digest
from anhvm.program.engine import Env, Loaded, Value
from anhvm.program.model import Program
from anhvm.program.trace import Trace, Watch
from anhvm.verifier import verify

Pointers = Callable[[int], tuple[int, int, int]]
"""Addresses of plan, check (0: none), run of a kernel by its id; valid as long as the engine."""

_TRACED, _UNFUSED, _WATCHED = 1, 2, 4
_REFUSED, _NO_MEMORY = 1, 2


class CoreEngine:
    """Runs programs in C.  `threads` share the work of one kernel; results never depend on it.

    `trace`, if set, is called as `docs/machine.md` says under "Trace", after each stop of a run,
    with the registers when `watch` says; `unfused` runs one instruction a handler (for tests:
    slower, and nothing else differs).  `Watch.STEPS` needs both: else `Bug`.
    """

    def __init__(
        self,
        pointers: Pointers,
        schedule: Schedule,
        threads: int = 1,
        trace: Trace | None = None,
        unfused: bool = False,
        watch: Watch = Watch.NOTHING,
    ) -> None:
        if Watch.STEPS in watch and not (trace and unfused):
            raise Bug("fused instructions have no steps, and without a trace nobody watches")
        self.executions = 0
        self._pointers = pointers
        self._prices = prices(schedule)
        self._trace = trace
        watched = _TRACED | _WATCHED * watch if trace else 0
        self._mode = watched | (_UNFUSED if unfused else 0)
        self._pool = ffi.gc(_made(lib.anh_pool_new(threads)), lib.anh_pool_free)
        self._counting = threading.Lock()

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
        for kernel in KERNELS:
            if lib.anh_kernel_used(handle, kernel.id):
                lib.anh_kernel_bind(handle, kernel.id, *self._pointers(kernel.id))
        return CoreProgram(encoded, handle, self, program)

    def start(
        self, loaded: Loaded, function: int, args: Sequence[Value], env: Env, gas: int
    ) -> CoreRun:
        """A run of a function that can be started; raises `UserError` ``machine.start``, or
        ``machine.value`` for arguments of other types."""
        if not isinstance(loaded, CoreProgram):
            raise Bug("a program that another engine has loaded")
        admitted = admit_start(loaded.program, function, args, env, gas)
        slots = ffi.new("anh_value[]", len(args) + 2)
        held: list[object] = [
            lend(code, arg, slots[i])
            for i, (code, arg) in enumerate(
                zip(loaded.program.functions[function].params, admitted, strict=True)
            )
        ]
        sender, own = slots + len(args), slots + len(args) + 1
        held += [_lend_bytes(env.sender, sender), _lend_bytes(env.self, own)]
        numbers = ffi.new("uint64_t[3]", [env.value, env.height, env.time])
        seed = int.from_bytes(os.urandom(8), "little")
        run = lib.anh_start(
            loaded.handle, self._pool, function, slots, len(args), sender, own, numbers, gas, seed
        )
        with self._counting:
            self.executions += 1
        handle = ffi.gc(_made(run), lib.anh_run_free)
        return CoreRun(handle, loaded, gas, self._trace)


def _lend_bytes(data: bytes, slot: Any) -> object:
    return lend(Type.BYTES, data, slot[0])


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
