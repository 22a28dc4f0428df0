"""One execution in the C core, suspended between calls."""

from __future__ import annotations

import threading
from typing import Any

from anhvm.errors import Bug, CannotAnswer, UserError
from anhvm.isa.opcodes import BY_CODE
from anhvm.isa.traps import Trap
from anhvm.isa.types import is_tensor
from anhvm.kernels.ranks import KernelFault
from anhvm.kernels.shapes import Type, infer
from anhvm.kernels.table import BY_ID
from anhvm.machine.boundary import lend, shape, taken
from anhvm.machine.core import ffi, lib
from anhvm.program.engine import Cell, Done, Event, Failure, Need, Outcome, Value
from anhvm.program.model import Function, Mode, Program
from anhvm.program.trace import Mark, Trace
from anhvm.program.values import admit

_MARKS = {int(mark): mark for mark in Mark}
_MODES = {lib.STOP_NEED_READ: Mode.READ, lib.STOP_NEED_WRITE: Mode.WRITE}


class CoreRun:
    """Implements `program.engine.Run`.  One thread at a time may move it; `gas_used` may be read
    from any thread meanwhile."""

    def __init__(
        self, handle: Any, program: Program, gas: int, trace: Trace | None, keep: object
    ) -> None:
        self._handle = handle
        self._program = program
        self._gas = gas
        self._trace = trace
        self._keep = keep
        self._moving = threading.Lock()
        self._need: Need | None = None
        self._done: Done | None = None

    @property
    def gas_used(self) -> int:
        """Gas spent so far; while the run moves, as of its last kernel or cell."""
        handle, done = self._handle, self._done
        return done.gas_used if done else int(lib.anh_gas_used(handle))

    def resume(self) -> Outcome:
        """Goes on until done or until a cell is needed."""
        return self._done or self._need or self._advance()

    def provide(self, value: Value | None) -> Outcome:
        """Answers a need of mode READ; None: never written.  Raises `UserError` for a misfit."""
        field = self._program.fields[self._expect(Mode.READ).cell.field]
        slot, held = ffi.NULL, None
        if value is not None:
            admitted, slot = admit(field.type, value), ffi.new("anh_value *")
            held = lend(field.type, admitted, slot)
            if is_tensor(field.type) and tuple(slot.dims[0 : len(field.dims)]) != field.dims:
                raise UserError(
                    "machine.value",
                    f"Field {field.name} holds {field.dims}, and another shape is given.",
                    "Provide the value that was written to the cell.",
                )
        if lib.anh_provide(self._handle, slot):
            raise no_memory()
        del held
        return self._advance()

    def permit(self) -> Outcome:
        """Answers a need of mode WRITE."""
        self._expect(Mode.WRITE)
        lib.anh_permit(self._handle)
        return self._advance()

    def abort(self) -> Done:
        """Ends the run at its need with the trap UNLISTED."""
        if self._need is None:
            raise Bug("nothing to abort: the run has no need")
        lib.anh_abort(self._handle)
        outcome = self._advance()
        assert isinstance(outcome, Done)
        return outcome

    def _expect(self, mode: Mode) -> Need:
        if self._need is None or self._need.mode != mode:
            raise Bug(f"the run has no need of mode {mode.name}")
        return self._need

    def _advance(self) -> Outcome:
        if not self._moving.acquire(blocking=False):
            raise Bug("two threads move one run")
        try:
            self._need = None
            # The core pauses now and then, so that Python can raise KeyboardInterrupt here.
            while (status := lib.anh_resume(self._handle)) == lib.STOP_PAUSE:
                self._follow()
            self._follow()
            if status in _MODES:
                self._need = Need(_cell(lib.anh_needed(self._handle)), _MODES[status])
                return self._need
            if status > lib.STOP_DONE:
                raise self._broken(status)
            self._done = self._end()
            self._handle = None
            return self._done
        finally:
            self._moving.release()

    def _broken(self, status: int) -> Exception:
        if status == lib.STOP_NO_MEMORY:
            return no_memory()
        what = "was not handed in" if status == lib.STOP_NO_KERNEL else "did not finish"
        return Bug(f"a kernel that the program uses {what}")

    def _follow(self) -> None:
        if self._trace is None:
            return
        words = ffi.new("uint64_t *")
        marks = lib.anh_trace(self._handle, words)
        seen = ffi.unpack(marks, words[0]) if words[0] else []
        for mark, function, pc, gas in zip(*[iter(seen)] * 4, strict=True):
            self._trace(_MARKS[mark], function, pc, gas)

    def _end(self) -> Done:
        handle, result = self._handle, ffi.new("anh_result *")
        lib.anh_result_of(handle, result)
        reads = tuple(_cell(lib.anh_read(handle, i)) for i in range(result.reads))
        if result.trap:
            failure = self._failure(result)
            return Done(failure, result.gas_used, (), (), (), reads, result.high_water)
        returns = tuple(taken(lib.anh_return(handle, i)) for i in range(result.returns))
        events = tuple(self._event(i) for i in range(result.events))
        writes = tuple(self._write(i) for i in range(result.writes))
        used, high = result.gas_used, result.high_water
        return Done(None, used, returns, events, writes, reads, high)

    def _offence(self, function: Function, pc: int, trap: Trap) -> str:
        """What the trap is about, from the registers of the frame that trapped."""
        name, words = BY_CODE[function.code[pc].op].name, trap.name.lower().replace("_", " ")
        if trap not in (Trap.SHAPE, Trap.SIZE, Trap.DATA):
            return words
        instr = function.code[pc]
        if name == "s.store":
            field = self._program.fields[function.sites[instr.b].target]
            dims = shape(lib.anh_register(self._handle, instr.a))
            return f"{words}: {dims} is stored in {field.name} {field.dims}"
        site = function.sites[instr.a]
        kernel = BY_ID[site.target]
        fixed = len(kernel.signature.inputs)
        operands = [lib.anh_register(self._handle, register) for register in site.ins]
        types = [
            Type(o.dtype, shape(x))
            for o, x in zip(kernel.signature.inputs, operands[:fixed], strict=True)
        ]
        try:
            infer(kernel, types, site.attrs, [int(x.bits) for x in operands[fixed:]])
        except KernelFault as fault:
            return fault.message
        return f"{kernel.name}: {kernel.check if trap == Trap.DATA else words}"

    def _failure(self, result: Any) -> Failure:
        trap = Trap(result.trap)
        message = self._offence(self._program.functions[result.function], result.pc, trap)
        if trap == Trap.ASSERT:
            said = bytes(ffi.buffer(result.message, result.message_size))
            message = said.decode(errors="replace") or message
        return Failure(trap, message, result.function, result.pc)

    def _event(self, i: int) -> Event:
        count = ffi.new("uint32_t *")
        index = lib.anh_event(self._handle, i, count)
        values = (taken(lib.anh_event_value(self._handle, i, j)) for j in range(count[0]))
        return Event(index, tuple(values))

    def _write(self, i: int) -> tuple[Cell, Value]:
        value = ffi.new("anh_value *")
        cell = _cell(lib.anh_write(self._handle, i, value))
        return cell, taken(value)


def no_memory() -> CannotAnswer:
    """The host is out of memory: never a trap, and never a result."""
    return CannotAnswer(
        "machine.memory",
        "This computer has too little free memory to go on.",
        "Free some memory, or ask on a larger machine; the answer will be the same.",
    )


def _cell(seen: Any) -> Cell:
    path = bytes(ffi.buffer(seen.path, seen.path_size)) if seen.path_size else b""
    return Cell(seen.field, path)
