"""A function of a program in one environment, ready to be called again and again.

A run that ended and shows nothing but scalars waits for the next call.  The core has cleared it: no
value, cell or event of a call outlives it, and what a call costs never depends on an earlier one.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct, error, pack
from typing import Any

from anhvm.isa.types import Type, is_handle
from anhvm.machine.boundary import PLAIN, lend, scalar
from anhvm.machine.core import ffi, lib
from anhvm.machine.device import Device
from anhvm.machine.run import CoreRun, Held, no_memory
from anhvm.program.admission import admit_args, admit_numbers
from anhvm.program.engine import Answer, Done, Env, Value
from anhvm.program.entry import finish
from anhvm.program.model import Program
from anhvm.program.trace import Trace

_BARE, _NO_WORDS = lib.STOP_BARE, (b"", None)
_open, _call = lib.anh_open, lib.anh_call


class CoreEntry:
    """Implements `program.engine.Entry`; any number of threads may call it at once."""

    def __init__(
        self,
        engine: object,
        program: Program,
        function: int,
        env: Env,
        permits: bool,
        how: tuple[Any, Any, int],
        trace: Trace | None,
        device: Device | None,
    ) -> None:
        self.engine = engine
        self.device = device
        self.program = program
        self.trace = trace
        self._function = function
        row = program.functions[function]
        self.returns = row.returns
        self._env = ffi.new(
            "anh_env *", {"value": env.value, "height": env.height, "time": env.time}
        )
        self._lent = (
            lend(Type.BYTES, env.sender, self._env.sender),
            lend(Type.BYTES, env.self, self._env.self),
        )
        handle, pool, seed = how
        self._how = handle, pool, function, self._env, permits, seed
        self._params = row.params
        given = [PLAIN.get(code, ("", object)) for code in row.params]
        self._kinds = tuple(kind for _, kind in given)
        self._pack = Struct("=" + "".join(form for form, _ in given)).pack
        taken = "".join(PLAIN.get(code, ("I4x", int))[0] for code in row.returns)
        self._seen = Struct("=QQ" + taken).unpack_from
        self._floats = tuple(i for i, code in enumerate(row.returns) if code == Type.F32)
        self._waiting: list[Held] = []

    def start(self, args: Sequence[Value], gas: int) -> CoreRun:
        """A run; raises `UserError` ``machine.start``, or ``machine.value`` for arguments of other
        types."""
        words, lent = self._words(args)
        admit_numbers(gas)
        held = self._open()
        if lib.anh_start(held.run, words, gas):
            raise no_memory()
        del lent
        return CoreRun(held, self)

    def call(self, args: Sequence[Value], gas: int, answer: Answer) -> Done:
        """A run from its start to its end; raises as `start` does."""
        words, lent = self._words(args) if args or self._kinds else _NO_WORDS
        try:
            held = self._waiting.pop()
        except IndexError:
            held = self._open()
        try:
            status = _call(held.run, words, gas)
        except OverflowError:
            admit_numbers(gas)
            raise
        if status != _BARE:
            del lent
            run = CoreRun(held, self)
            return finish(run, run.reached(status), answer)
        seen = self._seen(held.seen)
        self._waiting.append(held)
        returns = seen[2:]
        if self._floats:
            returns = self._with_floats(returns)
        return Done(None, seen[0], returns, (), (), (), seen[1])

    def _with_floats(self, returns: tuple[Any, ...]) -> tuple[Value, ...]:
        return tuple(
            [scalar(Type.F32, x) if i in self._floats else x for i, x in enumerate(returns)]
        )

    def _open(self) -> Held:
        return Held(_open(*self._how))

    def _words(self, args: Sequence[Value]) -> tuple[bytes, object]:
        """The arguments as words, and what these point to."""
        if tuple(map(type, args)) == self._kinds:
            try:
                return self._pack(*args), None
            except error:
                pass  # one of them is out of range, which `admit_args` puts into words
        admitted = admit_args(self.program, self._function, args)
        slots = ffi.new("anh_value[]", max(len(admitted), 1))
        lent = [
            lend(code, arg, slots[i])
            for i, (code, arg) in enumerate(zip(self._params, admitted, strict=True))
        ]
        words = [
            int(ffi.cast("uintptr_t", slots + i)) if is_handle(code) else slots[i].bits
            for i, code in enumerate(self._params)
        ]
        return pack(f"={len(words)}Q", *words), (slots, lent)
