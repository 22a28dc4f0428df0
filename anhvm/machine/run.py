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
from anhvm.machine.loaded import CoreProgram
from anhvm.program.engine import (
    Callee,
    Cell,
    Done,
    Event,
    Failure,
    Loaded,
    Need,
    Outcome,
    Value,
)
from anhvm.program.model import Mode, Program
from anhvm.program.trace import Mark, Trace
from anhvm.program.values import admit

_MARKS = {int(mark): mark for mark in Mark}
_MODES = {lib.STOP_NEED_READ: Mode.READ, lib.STOP_NEED_WRITE: Mode.WRITE}


class CoreRun:
    """Implements `program.engine.Run`.  One thread at a time may move it; `gas_used` may be read
    from any thread meanwhile."""

    def __init__(self, handle: Any, started: CoreProgram, gas: int, trace: Trace | None) -> None:
        self._handle = handle
        self._contracts: list[tuple[bytes, CoreProgram | None]] = [(b"", started)]
        self._gas = gas
        self._trace = trace
        self._moving = threading.Lock()
        self._need: Need | Callee | None = None
        self._done: Done | None = None

    @property
    def gas_used(self) -> int:
        """Gas spent so far; while the run moves, as of its last kernel or cell."""
        handle, done = self._handle, self._done
        return done.gas_used if done else int(lib.anh_gas_used(handle))

    def resume(self) -> Outcome:
        """Goes on until done or until a cell or a callee is needed."""
        return self._done or self._need or self._advance()

    def provide(self, value: Value | None) -> Outcome:
        """Answers a need of mode READ; None: never written.  Raises `UserError` for a misfit."""
        cell = self._expect(Mode.READ).cell
        field = self._program_at(cell.contract).fields[cell.field]
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

    def link(self, callee: Loaded | None) -> Outcome:
        """Answers the need of a callee; None: no contract is alive there."""
        if not isinstance(self._need, Callee):
            raise Bug("the run needs no callee")
        engine = self._started.engine
        if callee is not None and not (isinstance(callee, CoreProgram) and callee.engine is engine):
            raise Bug("a program that another engine has loaded")
        self._contracts.append((self._need.address, callee))
        lib.anh_link(self._handle, callee.handle if callee else ffi.NULL)
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
        if not isinstance(self._need, Need) or self._need.mode != mode:
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
                self._need = Need(self._cell(lib.anh_needed(self._handle)), _MODES[status])
                return self._need
            if status == lib.STOP_NEED_CALLEE:
                address = taken(lib.anh_needed_address(self._handle))
                assert isinstance(address, bytes)
                self._need = Callee(address)
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
        reads = tuple(self._cell(lib.anh_read(handle, i)) for i in range(result.reads))
        if result.trap:
            failure = self._failure(result)
            return Done(failure, result.gas_used, (), (), (), reads, result.high_water)
        returns = tuple(taken(lib.anh_return(handle, i)) for i in range(result.returns))
        events = tuple(self._event(i) for i in range(result.events))
        writes = tuple(self._write(i) for i in range(result.writes))
        used, high = result.gas_used, result.high_water
        return Done(None, used, returns, events, writes, reads, high)

    @property
    def _started(self) -> CoreProgram:
        started = self._contracts[0][1]
        assert started is not None
        return started

    def _program_at(self, contract: bytes) -> Program:
        """The program of a contract of the run."""
        found = next(program for address, program in self._contracts if address == contract)
        assert found is not None
        return found.program

    def _offence(self, program: Program, result: Any) -> str:
        """What the trap is about, from the registers of the frame that trapped."""
        function, pc, trap = program.functions[result.function], result.pc, Trap(result.trap)
        name, words = BY_CODE[function.code[pc].op].name, trap.name.lower().replace("_", " ")
        if trap not in (Trap.SHAPE, Trap.SIZE, Trap.DATA):
            return words
        instr = function.code[pc]
        if name == "s.store":
            field = program.fields[function.sites[instr.b].target]
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
        address, loaded = self._contracts[result.contract]
        assert loaded is not None
        message = self._offence(loaded.program, result)
        if trap == Trap.ASSERT:
            said = bytes(ffi.buffer(result.message, result.message_size))
            message = said.decode(errors="replace") or message
        return Failure(trap, message, result.function, result.pc, address)

    def _event(self, i: int) -> Event:
        contract, count = ffi.new("uint32_t *"), ffi.new("uint32_t *")
        index = lib.anh_event(self._handle, i, contract, count)
        values = (taken(lib.anh_event_value(self._handle, i, j)) for j in range(count[0]))
        return Event(index, tuple(values), self._contracts[contract[0]][0])

    def _write(self, i: int) -> tuple[Cell, Value]:
        value = ffi.new("anh_value *")
        cell = self._cell(lib.anh_write(self._handle, i, value))
        return cell, taken(value)

    def _cell(self, seen: Any) -> Cell:
        path = bytes(ffi.buffer(seen.path, seen.path_size)) if seen.path_size else b""
        return Cell(seen.field, path, self._contracts[seen.contract][0])


def no_memory() -> CannotAnswer:
    """The host is out of memory: never a trap, and never a result."""
    return CannotAnswer(
        "machine.memory",
        "This computer has too little free memory to go on.",
        "Free some memory, or ask on a larger machine; the answer will be the same.",
    )
