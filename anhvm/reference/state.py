"""The state of a run: frames, cells, events, counters.  Handlers of opcodes work on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from anhvm.isa.schedule import Schedule
from anhvm.isa.types import Type, dtype_of, is_handle, is_tensor
from anhvm.program.engine import Cell, Env, Event, Value
from anhvm.program.model import Const, Function, Init, Program
from anhvm.program.trace import Mark, Trace, Watch
from anhvm.program.values import NUMPY, empty, release
from anhvm.reference.memory import Data, Held, Memory, Meter
from anhvm.reference.watch import checksum

Kernels = Callable[
    [str, Sequence[Any], Sequence[int], Sequence[int]], Sequence[np.ndarray[Any, Any]]
]
"""Runs a kernel: name, operands, attributes, trailing dimensions; raises KernelFault on data."""


@dataclass(eq=False)
class Prepared:
    """A verified program with what does not change from run to run."""

    program: Program
    consts: tuple[object, ...]
    costs: tuple[Mapping[int, int], ...]
    size: int


@dataclass(eq=False)
class Frame:
    """A function at work: its registers, and the next instruction.

    A register holds an int, bool, float (f32), or a `Held`.
    """

    index: int
    function: Function
    values: list[Any]
    pc: int = 0
    outs: tuple[int, ...] = ()


@dataclass
class Contract:
    """A contract of the run; `prepared` is None where none is alive at the address.

    `paid`: the bytes of its program, by whoever called it first with enough gas.
    """

    address: bytes
    prepared: Prepared | None
    paid: bool = False


@dataclass(frozen=True)
class Caller:
    """A contract that waits for another one, as it was when it called.

    `told` is the register that learns how the call ends, or -1; `kept` is gas that was not given.
    """

    prepared: Prepared
    env: Env
    number: int
    frames: int
    at: tuple[int, int]
    told: int
    kept: int
    writes: dict[Cell, Value]
    events: int


@dataclass(eq=False)
class State:
    """Everything of a run.  `at` is the (function, pc) of the instruction at work.

    `number` is the contract at work among `contracts`, 0 the one that was started; `read` are the
    values of the cells in `reads`, which were asked for.
    """

    prepared: Prepared
    env: Env
    kernels: Kernels
    schedule: Schedule
    meter: Meter
    memory: Memory
    trace: Trace | None
    watch: Watch
    frames: list[Frame] = field(default_factory=list)
    at: tuple[int, int] = (0, 0)
    returns: tuple[Value, ...] = ()
    events: list[Event] = field(default_factory=list)
    reads: list[Cell] = field(default_factory=list)
    read: dict[Cell, Value] = field(default_factory=dict)
    writes: dict[Cell, Value] = field(default_factory=dict)
    permits: bool = False
    permitted: set[Cell] = field(default_factory=set)
    met: set[Cell] = field(default_factory=set)
    number: int = 0
    contracts: list[Contract] = field(default_factory=list)
    callers: list[Caller] = field(default_factory=list)

    @property
    def contract(self) -> bytes:
        """The contract at work, as a `Cell` names it."""
        return self.contracts[self.number].address if self.number else b""

    def mark(self, mark: Mark) -> None:
        """A line of the trace."""
        self.mark_as(mark, *self.at)

    def mark_as(self, mark: Mark, function: int, pc: int) -> None:
        """A line of the trace that does not stand for the instruction at work."""
        if self.trace:
            self.trace(mark, function, pc, self.meter.total)
            if Watch.MARKS in self.watch:
                self.show_registers()

    def show_registers(self) -> None:
        """A line of the trace with the registers of the running frame, if there is one."""
        if self.trace and self.frames:
            frame = self.frames[-1]
            types = [register.type for register in frame.function.registers]
            self.trace(Mark.REGISTERS, *self.at, checksum(types, frame.values))

    def write(self, frame: Frame, register: int, value: object) -> None:
        """The register owns `value` now, and no longer what it held."""
        old = frame.values[register]
        self.memory.own(value)
        frame.values[register] = value
        self.memory.disown(old)

    def enter(self, index: int, args: Sequence[object], outs: tuple[int, ...] = ()) -> None:
        """Pushes a frame of function `index`, its registers filled by their initialisers."""
        function = self.prepared.program.functions[index]
        values = [self._initial(r.type, r.init, r.index, args) for r in function.registers]
        for value in values:
            self.memory.own(value)
        self.frames.append(Frame(index, function, values, 0, outs))

    def leave(self) -> Frame:
        """Pops the running frame; its registers let go of their values."""
        frame = self.frames.pop()
        for value in frame.values:
            self.memory.disown(value)
        return frame

    def _initial(self, code: int, init: Init, index: int, args: Sequence[object]) -> object:
        match init:
            case Init.ZERO:
                return zero(code)
            case Init.CONST:
                return self.prepared.consts[index]
            case Init.ARG:
                return args[index]
            case Init.SENDER:
                return Held(self.env.sender)
            case Init.SELF:
                return Held(self.env.self)
            case Init.VALUE:
                return self.env.value
            case Init.HEIGHT:
                return self.env.height
            case Init.TIME:
                return self.env.time


def zero(code: int) -> object:
    """What a register of initialiser ZERO starts with."""
    if is_handle(code):
        data = empty(code)
        assert isinstance(data, bytes | np.ndarray)
        return Held(data)
    return {Type.F32: 0.0, Type.BOOL: False}.get(Type(code), 0)


def constant(const: Const) -> object:
    """A constant as a register holds it; a handle is never counted."""
    if const.type == Type.BYTES:
        return Held(const.data)
    if is_tensor(const.type):
        dtype = np.dtype(NUMPY[dtype_of(const.type)]).newbyteorder("<")
        return Held(np.frombuffer(const.data, dtype).reshape(const.dims))
    if const.type == Type.F32:
        return float(np.frombuffer(const.data[:4], "<f4")[0])
    if const.type == Type.BOOL:
        return const.data[0] != 0
    return int.from_bytes(const.data, "little", signed=const.type != Type.U64)


def inside(code: int, value: Value) -> object:
    """An admitted scalar as a register holds it."""
    return float(value) if code == Type.F32 else value


def outside(value: object) -> Value:
    """The content of a register as others see it."""
    if isinstance(value, Held):
        return release(value.data)
    if isinstance(value, float):
        return release(np.float32(value))
    assert isinstance(value, int)
    return value


def data_of(value: object) -> Data:
    """What a handle register holds."""
    assert isinstance(value, Held)
    return value.data


def array_of(value: object) -> np.ndarray[Any, Any]:
    """What a tensor register holds."""
    data = data_of(value)
    assert isinstance(data, np.ndarray)
    return data


def bytes_of(value: object) -> bytes:
    """What a bytes register holds."""
    data = data_of(value)
    assert isinstance(data, bytes)
    return data
