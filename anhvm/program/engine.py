"""What every engine (the C core, the reference interpreter) promises to the runtime.

A run executes until it is done or until it touches a cell that it does not know::

    run = engine.start(loaded, function, args, env, gas)
    outcome = run.resume()
    while not isinstance(outcome, Done):
        if isinstance(outcome, Callee):
            outcome = run.link(program_of(outcome.address))  # None: no contract is alive there
        else:
            outcome = run.provide(value_of(outcome.cell))   # a read; None means: never written
        # or run.permit() for a write (none is needed after start(…, permits=True)),
        # or run.abort() where the cell is not listed

What is called again and again is looked up once: `entry = engine.entry(loaded, function, env)`,
then `entry.call(args, gas, answer)`; `answer` does with a run and its need what the loop does.

Values at this boundary: `int` for u64, i64, i32; `bool`; `numpy.float32`; `bytes`; read-only
C-contiguous `numpy.ndarray` of float32, int32, int8, bool.  NaNs going out are canonical.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from anhvm.isa.traps import Trap
from anhvm.program.model import Mode, Program

Tensor = (
    npt.NDArray[np.float32] | npt.NDArray[np.int32] | npt.NDArray[np.int8] | npt.NDArray[np.bool_]
)
Value = int | bool | np.float32 | bytes | Tensor


class Cell(msgspec.Struct, frozen=True):
    """A storage location of a contract: a field, or one key path of a map field.

    `contract` is the address of one that was called, empty for the one that was started.
    `path` is canonical: u64 and i64 as 8 big-endian bytes (i64 in two's complement), i32 as 4,
    bool as 1, bytes as a 4-byte big-endian length and the bytes; keys are concatenated.
    """

    field: int
    path: bytes = b""
    contract: bytes = b""


@dataclass(frozen=True)
class Env:
    """Transaction and header fields that a contract can see."""

    sender: bytes = b""
    self: bytes = b""
    value: int = 0
    height: int = 0
    time: int = 0


class Need(msgspec.Struct, frozen=True):
    """The run touched `cell` for the first time.

    Mode READ: provide its value (None: never written; the field's initial value is taken).
    Mode WRITE: only for a cell whose keys are not all known from bytes; permit or abort.
    """

    cell: Cell
    mode: Mode


class Callee(msgspec.Struct, frozen=True):
    """The run calls the contract at `address` for the first time: link its program, or None."""

    address: bytes


class Event(msgspec.Struct, frozen=True):
    """`contract` as in `Cell`."""

    index: int
    values: tuple[Value, ...]
    contract: bytes = b""


@dataclass(frozen=True)
class Failure:
    """A trap: `contract` (as in `Cell`), `function`, `pc` say where; `message` is the contract's or
    names the offence."""

    trap: Trap
    message: str
    function: int
    pc: int
    contract: bytes = b""


class Done(msgspec.Struct, frozen=True):
    """The end of a run.  After a trap `returns`, `events` and `writes` are empty.

    `reads` are the cells asked for, in order; `writes` hold the last value of each written cell,
    in order of first write; `high_water` is the most bytes of live values.  The sequences may be
    made when somebody looks, and hold the memory of the run: `tuple` of one stands on its own.
    """

    failure: Failure | None
    gas_used: int
    returns: tuple[Value, ...]
    events: Sequence[Event]
    writes: Sequence[tuple[Cell, Value]]
    reads: Sequence[Cell]
    high_water: int


Outcome = Need | Callee | Done


class Run(Protocol):
    """One execution, suspended between calls; its state is the engine's own."""

    def resume(self) -> Outcome: ...
    def provide(self, value: Value | None) -> Outcome: ...
    def permit(self) -> Outcome: ...
    def link(self, callee: Loaded | None) -> Outcome: ...
    def abort(self) -> Done: ...
    @property
    def gas_used(self) -> int: ...


Answer = Callable[[Run, Need | Callee], Outcome]
"""Answers the need of a run by one of its methods; the outcome is theirs."""


class Entry(Protocol):
    """A function of a program in one environment."""

    def start(self, args: Sequence[Value], gas: int) -> Run:
        """As `Engine.start`."""
        ...

    def call(self, args: Sequence[Value], gas: int, answer: Answer) -> Done:
        """A run from its start to its end, and the cheapest way there."""
        ...


class Loaded(Protocol):
    """A program that an engine has decoded and verified; another engine cannot run it."""

    @property
    def program(self) -> Program: ...


class Engine(Protocol):
    """An implementation of the machine.  `executions` counts the runs started."""

    @property
    def executions(self) -> int: ...

    def load(self, encoded: bytes) -> Loaded:
        """Decode and verify; raises `anhvm.errors.UserError` where the bytes are refused."""
        ...

    def entry(self, loaded: Loaded, function: int, env: Env, permits: bool = False) -> Entry:
        """A function that can be started; with `permits` every write is permitted, and its runs
        never need one.  Raises `UserError` ``machine.start``."""
        ...

    def start(
        self,
        loaded: Loaded,
        function: int,
        args: Sequence[Value],
        env: Env,
        gas: int,
        permits: bool = False,
    ) -> Run:
        """A run of that entry; raises `UserError` ``machine.value`` for arguments of other
        types."""
        ...
