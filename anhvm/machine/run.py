"""One execution in the C core, suspended between calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from struct import Struct, unpack_from
from typing import TYPE_CHECKING, Any

from anhvm.errors import Bug, CannotAnswer, UserError
from anhvm.isa.opcodes import BY_CODE
from anhvm.isa.schedule import SATURATED
from anhvm.isa.traps import Trap
from anhvm.isa.types import SCALARS, is_tensor
from anhvm.isa.types import Type as Code
from anhvm.kernels.ranks import KernelFault
from anhvm.kernels.shapes import Type, infer
from anhvm.kernels.table import BY_ID
from anhvm.machine.boundary import lend, scalar, shape, taken, word
from anhvm.machine.core import ffi, lib
from anhvm.machine.late import Late
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
from anhvm.program.trace import Mark
from anhvm.program.values import admit

if TYPE_CHECKING:
    from anhvm.machine.entry import CoreEntry

_MARKS = {int(mark): mark for mark in Mark}
_READ = lib.STOP_NEED_READ
_MODES = {_READ: Mode.READ, lib.STOP_NEED_WRITE: Mode.WRITE}
_U64 = int(Code.U64)
_DONE, _PAUSE, _FEW = lib.STOP_DONE, lib.STOP_PAUSE, lib.FEW_WORDS
_go, _give = lib.anh_go, lib.anh_give
_CELL, _EVENT = Struct("=4IQ"), Struct("=2I")
"""See `anh_cells` and `anh_events` in api.h."""
_NEAR, _CELL_AT = 16, ffi.offsetof("anh_result", "cell")
_needed = Struct(f"=4I{_NEAR}s").unpack_from
"""See `anh_cell`."""


class Held:
    """A run of the core, its report, and that in bytes; given back when nobody holds it."""

    __slots__ = ("report", "run", "seen")

    def __init__(self, run: Any) -> None:
        self.run = run
        if not run:
            raise no_memory()
        self.report = report = lib.anh_report(run)
        self.seen = ffi.buffer(report)

    def __del__(self, free: Callable[[Any], None] = lib.anh_run_free) -> None:
        free(self.run)  # at the end of Python the names of a module may be gone


class CoreRun:
    """Implements `program.engine.Run`.  One thread at a time may move it; `gas_used` may be read
    from any thread meanwhile."""

    __slots__ = (
        "__weakref__", "_contracts", "_done", "_entry", "_held", "_kind", "_need", "_report",
        "handle",
    )  # fmt: skip

    def __init__(self, held: Held, entry: CoreEntry) -> None:
        self._held = held
        self.handle = held.run
        self._report = held.report
        self._entry = entry
        self._contracts: list[tuple[bytes, CoreProgram | None]] | None = None
        self._kind = 0
        self._need: Need | Callee | None = None
        self._done: Done | None = None

    @property
    def gas_used(self) -> int:
        """Gas spent so far; while the run moves, as of its last kernel or cell."""
        done = self._done
        return done.gas_used if done else int(lib.anh_gas_used(self.handle))

    def resume(self) -> Outcome:
        """Goes on until done or until a cell or a callee is needed."""
        return self._done or self._need or self._advance()

    def provide(self, value: Value | None) -> Outcome:
        """Answers a need of mode READ; None: never written.  Raises `UserError` for a misfit."""
        if self._kind == _U64 and type(value) is int and 0 <= value <= SATURATED:
            return self._give(value)
        cell = self._expect(Mode.READ).cell
        if value is None:
            lib.anh_provide(self.handle, ffi.NULL)
            return self._advance()
        field = self._program_at(cell.contract).fields[cell.field]
        admitted = admit(field.type, value)
        if field.type in SCALARS:
            return self._give(word(field.type, admitted))
        slot = ffi.new("anh_value *")
        held = lend(field.type, admitted, slot)
        if is_tensor(field.type) and tuple(slot.dims[0 : len(field.dims)]) != field.dims:
            raise UserError(
                "machine.value",
                f"Field {field.name} holds {field.dims}, and another shape is given.",
                "Provide the value that was written to the cell.",
            )
        if lib.anh_provide(self.handle, slot):
            raise no_memory()
        del held
        return self._advance()

    def permit(self) -> Outcome:
        """Answers a need of mode WRITE."""
        self._expect(Mode.WRITE)
        lib.anh_permit(self.handle)
        return self._advance()

    def link(self, callee: Loaded | None) -> Outcome:
        """Answers the need of a callee; None: no contract is alive there."""
        if not isinstance(self._need, Callee):
            raise Bug("the run needs no callee")
        engine = self._entry.engine
        if callee is not None and not (isinstance(callee, CoreProgram) and callee.engine is engine):
            raise Bug("a program that another engine has loaded")
        if self._contracts is None:
            self._contracts = [(b"", None)]
        self._contracts.append((self._need.address, callee))
        lib.anh_link(self.handle, callee.handle if callee else ffi.NULL)
        return self._advance()

    def abort(self) -> Done:
        """Ends the run at its need with the trap UNLISTED."""
        if self._need is None:
            raise Bug("nothing to abort: the run has no need")
        lib.anh_abort(self.handle)
        outcome = self._advance()
        assert isinstance(outcome, Done)
        return outcome

    def _expect(self, mode: Mode) -> Need:
        if not isinstance(self._need, Need) or self._need.mode is not mode:
            raise Bug(f"the run has no need of mode {mode.name}")
        return self._need

    def _advance(self) -> Outcome:
        self._need, self._kind = None, 0
        return self.reached(_go(self.handle))

    def _give(self, bits: int) -> Outcome:
        self._need, self._kind = None, 0
        return self.reached(_give(self.handle, bits))

    def reached(self, status: int) -> Outcome:
        """What the core's answer to a step of the run means."""
        # The core pauses now and then, so that Python can raise KeyboardInterrupt here.
        while status == _PAUSE:
            self._follow()
            status = _go(self.handle)
        if self._entry.trace is not None:
            self._follow()
        if status <= _DONE:
            self._done = self._end(self._report)
            return self._done
        mode = _MODES.get(status)
        if mode is not None:
            contract, field, kind, size, path = _needed(self._held.seen, _CELL_AT)
            path = path[:size] if size <= _NEAR else bytes(ffi.buffer(self._report.cell.path, size))
            if status == _READ:
                self._kind = kind
            self._need = need = Need(Cell(field, path, self._address(contract)), mode)
            return need
        if status == lib.STOP_NEED_CALLEE:
            address = taken(lib.anh_needed_address(self.handle))
            assert isinstance(address, bytes)
            self._need = Callee(address)
            return self._need
        raise self._broken(status)

    def _broken(self, status: int) -> BaseException:
        if status == lib.STOP_NO_MEMORY:
            return no_memory()
        if status == lib.STOP_DEVICE:
            return self._fault()
        if status == lib.STOP_MOVING:
            return Bug("two threads move one run")
        what = "was not handed in" if status == lib.STOP_NO_KERNEL else "did not finish"
        return Bug(f"a kernel that the program uses {what}")

    def _fault(self) -> BaseException:
        device = self._entry.device
        return device.fault() if device else Bug("a value that is not here, and no device")

    def _taken(self, seen: Any) -> Value:
        """A value that leaves the run; raises what kept a device from bringing it."""
        if seen.size and not seen.data:
            raise self._fault()
        return taken(seen)

    def _follow(self) -> None:
        trace = self._entry.trace
        if trace is None:
            return
        words = ffi.new("uint64_t *")
        marks = lib.anh_trace(self.handle, words)
        seen = ffi.unpack(marks, words[0]) if words[0] else []
        for mark, function, pc, gas in zip(*[iter(seen)] * 4, strict=True):
            trace(_MARKS[mark], function, pc, gas)

    def _end(self, result: Any) -> Done:
        reads: Sequence[Cell] = ()
        if count := result.reads:
            reads = Late(count, self._reads)
        used, high = result.gas_used, result.high_water
        if result.trap:
            return Done(self._failure(result), used, (), (), (), reads, high)
        returns = tuple([self._return(code, i) for i, code in enumerate(self._entry.returns)])
        events: Sequence[Event] = ()
        writes: Sequence[tuple[Cell, Value]] = ()
        if count := result.events:
            events = Late(count, self._events)
        if count := result.writes:
            writes = Late(count, self._writes)
        return Done(None, used, returns, events, writes, reads, high)

    def _return(self, code: int, i: int) -> Value:
        if code in SCALARS and i < _FEW:
            return scalar(code, self._report.words[i])
        return self._taken(lib.anh_return(self.handle, i))

    def _address(self, contract: int) -> bytes:
        return self._contracts[contract][0] if self._contracts else b""

    def _program_at(self, contract: bytes) -> Program:
        """The program of a contract of the run."""
        if not contract:
            return self._entry.program
        found = next(p for address, p in self._contracts or () if address == contract)
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
            dims = shape(lib.anh_register(self.handle, instr.a))
            return f"{words}: {dims} is stored in {field.name} {field.dims}"
        site = function.sites[instr.a]
        kernel = BY_ID[site.target]
        fixed = len(kernel.signature.inputs)
        operands = [lib.anh_register(self.handle, register) for register in site.ins]
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
        address = self._address(result.contract)
        message = self._offence(self._program_at(address), result)
        if trap == Trap.ASSERT:
            said = bytes(ffi.buffer(result.message, result.message_size))
            message = said.decode(errors="replace") or message
        return Failure(trap, message, result.function, result.pc, address)

    def _reads(self) -> tuple[Cell, ...]:
        return tuple(cell for cell, _, _ in self._packed(0))

    def _writes(self) -> tuple[tuple[Cell, Value], ...]:
        return tuple(
            [
                (
                    cell,
                    bits
                    if code == _U64
                    else scalar(code, bits)
                    if code in SCALARS
                    else self._taken(lib.anh_write_value(self.handle, i)),
                )
                for i, (cell, code, bits) in enumerate(self._packed(1))
            ]
        )

    def _packed(self, written: int) -> Iterator[tuple[Cell, int, int]]:
        """Cells of the run, each with its type, and the word of a scalar that was written."""
        data, at = self._bytes(lib.anh_cells, written), 0
        while at < len(data):
            contract, field, code, size, bits = _CELL.unpack_from(data, at)
            at += _CELL.size
            address = self._address(contract) if contract else b""
            yield Cell(field, data[at : at + size], address), code, bits
            at += size

    def _events(self) -> tuple[Event, ...]:
        data, at = self._bytes(lib.anh_events), 0
        events: list[Event] = []
        while at < len(data):
            contract, index = _EVENT.unpack_from(data, at)
            address = self._address(contract)
            kinds = self._program_at(address).events[index].types
            words = unpack_from(f"={len(kinds)}Q", data, at + _EVENT.size)
            at += _EVENT.size + 8 * len(kinds)
            values = tuple(
                [
                    scalar(code, bits)
                    if code in SCALARS
                    else self._taken(lib.anh_event_value(self.handle, len(events), j))
                    for j, (code, bits) in enumerate(zip(kinds, words, strict=True))
                ]
            )
            events.append(Event(index, values, address))
        return tuple(events)

    def _bytes(self, pack: Any, *how: int) -> bytes:
        size = ffi.new("uint64_t *")
        start = pack(self.handle, *how, size)
        if not start:
            raise no_memory()
        return bytes(ffi.buffer(start, size[0]))


def no_memory() -> CannotAnswer:
    """The host is out of memory: never a trap, and never a result."""
    return CannotAnswer(
        "machine.memory",
        "This computer has too little free memory to go on.",
        "Free some memory, or ask on a larger machine; the answer will be the same.",
    )
