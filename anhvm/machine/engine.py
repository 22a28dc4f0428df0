"""The engine that the C core is: implements `program.engine`."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from struct import pack as _pack
from typing import Any

from anhvm.errors import Bug, UserError
from anhvm.isa.schedule import SATURATED, Schedule
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
_NOTHING, _run = ffi.NULL, lib.anh_start


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
        self._seed = int.from_bytes(os.urandom(8), "little")
        self._lent: tuple[Env | None, Any, object] = (None, None, None)

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
        self,
        loaded: Loaded,
        function: int,
        args: Sequence[Value],
        env: Env,
        gas: int,
        permits: bool = False,
    ) -> CoreRun:
        """A run of a function that can be started; raises `UserError` ``machine.start``, or
        ``machine.value`` for arguments of other types."""
        if not isinstance(loaded, CoreProgram):
            raise Bug("a program that another engine has loaded")
        seen, lent, _ = self._lent
        if seen is not env or loaded.plain.get(function) != len(args) or not 0 <= gas <= SATURATED:
            return self._start(loaded, function, args, env, gas, permits)
        for arg in args:
            if type(arg) is not int or not 0 <= arg <= SATURATED:
                return self._start(loaded, function, args, env, gas, permits)
        words = _pack(f"={len(args)}Q", *args) if args else b""
        with self._counting:
            self.executions += 1
        handle = _run(
            loaded.handle, self._pool, function, _NOTHING, words, lent, permits, gas, self._seed
        )
        return CoreRun(handle or _made(handle), loaded, function, self._trace)

    def _start(
        self,
        loaded: CoreProgram,
        function: int,
        args: Sequence[Value],
        env: Env,
        gas: int,
        permits: bool,
    ) -> CoreRun:
        """Any arguments, and what the next start of the function in the same `env` can go by."""
        admitted = admit_start(loaded.program, function, args, env, gas)
        params = loaded.program.functions[function].params
        if all(code == Type.U64 for code in params):
            loaded.plain[function] = len(params)
        lent = ffi.new("anh_env *", {"value": env.value, "height": env.height, "time": env.time})
        held = [lend(Type.BYTES, env.sender, lent.sender), lend(Type.BYTES, env.self, lent.self)]
        self._lent = (env, lent, held)
        slots = ffi.new("anh_value[]", max(len(params), 1))
        kept = [lend(params[i], arg, slots[i]) for i, arg in enumerate(admitted)]
        with self._counting:
            self.executions += 1
        handle = _made(
            _run(loaded.handle, self._pool, function, slots, b"", lent, permits, gas, self._seed)
        )
        del held, kept
        return CoreRun(handle, loaded, function, self._trace)


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
