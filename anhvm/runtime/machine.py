"""A contract in memory, called by name with values as users write them; no chain is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from anhvm.errors import UserError
from anhvm.program.abi import Abi, Function
from anhvm.program.abi import load as load_abi
from anhvm.program.engine import (
    Callee,
    Cell,
    Done,
    Engine,
    Entry,
    Env,
    Loaded,
    Need,
    Outcome,
    Run,
    Value,
)
from anhvm.runtime.codec import Codec, bind
from anhvm.runtime.engines import EngineName, Notice, make_engine
from anhvm.runtime.names import Place, place, shown

DEFAULT_GAS: Final = 1 << 36
"""About half a minute of one core of the reference machine."""

_NOWHERE: Final = Env()

State = MutableMapping[Cell, Value]
"""What was written, by cell: of the contract that is run, and of those that it calls."""


@dataclass(frozen=True)
class Trapped:
    """Why a contract failed: the trap's `kind`, the contract's `message`, the `place` in it."""

    kind: str
    message: str
    place: Place

    def __str__(self) -> str:
        text = f": {self.message}" if self.message else ""
        return f"{self.kind}{text} ({self.place})"


@dataclass(frozen=True)
class Event:
    """An emitted event: its values by the names of its parameters."""

    name: str
    values: Mapping[str, object]


@dataclass(frozen=True)
class Result:
    """What a run did.  After a trap `value` is None and nothing was written or emitted.

    `value` is None, one value, or a tuple; tensors are read-only NumPy arrays, structs dicts.
    `writes` are by name: ``steps``, ``balances[7]``; of another contract behind its address.
    """

    value: object
    gas_used: int
    events: tuple[Event, ...]
    writes: Mapping[str, Value]
    trap: Trapped | None
    high_water: int


class Contract:
    """A loaded program, and the calls that it admits."""

    def __init__(
        self, engine: Engine, encoded: bytes, address: Callable[[str], bytes] | None = None
    ) -> None:
        self._engine = engine
        self._loaded: Loaded = engine.load(encoded)
        self.program = self._loaded.program
        self.abi: Abi = load_abi(self.program.abi)
        self._codec = Codec(self.abi, address)
        self._last: tuple[int, Env, Entry] | None = None

    def function(self, name: str) -> Function:
        """The interface of a function; UserError ``call.function`` names those that exist."""
        found = self.abi.function(name)
        if found is None:
            known = [f.name for f in self.abi.functions]
            close = get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}? " if close else ""
            hint += f"these can be called: {', '.join(known) or 'none'}"
            message = f"{self.abi.contract} has no function '{name}' that can be called"
            raise UserError("call.function", message, hint)
        return found

    def run(
        self,
        name: str,
        args: Sequence[object] = (),
        named: Mapping[str, object] | None = None,
        *,
        env: Env | None = None,
        gas: int = DEFAULT_GAS,
        state: State | None = None,
        others: Mapping[bytes, Contract] | None = None,
    ) -> Result:
        """Calls a function; what it writes goes into `state`, unless it traps.

        `others` are the contracts that it can call, by address, loaded into the same machine.
        Raises UserError ``call.function`` and ``argument.*``; a trap is a result.
        """
        function = self.function(name)
        leaves = self._codec.leaves(function, bind(function, args, named or {}))
        cells: State = {} if state is None else state
        values: list[Value] = [value for _, value in leaves]
        done = self.drive(function.index, values, env or _NOWHERE, gas, cells, others)
        cells.update(done.writes)
        return self._result(function, done, others or {})

    def drive(
        self,
        index: int,
        values: Sequence[Value],
        env: Env,
        gas: int,
        cells: Mapping[Cell, Value],
        others: Mapping[bytes, Contract] | None = None,
    ) -> Done:
        """Runs a function on values of the machine; `cells` are read, and not written to."""

        def answer(run: Run, need: Need | Callee) -> Outcome:
            if isinstance(need, Need):
                return run.provide(cells.get(need.cell))
            found = (others or {}).get(need.address)
            return run.link(found._loaded if found else None)

        return self._entry(index, env).call(values, gas, answer)

    def _entry(self, index: int, env: Env) -> Entry:
        """Looked up once for calls of one function in one environment."""
        last = self._last
        if last is not None and last[0] == index and last[1] is env:
            return last[2]
        entry = self._engine.entry(self._loaded, index, env, permits=True)
        self._last = index, env, entry
        return entry

    def _result(self, function: Function, done: Done, others: Mapping[bytes, Contract]) -> Result:
        trap = None
        if done.failure is not None:
            failed = others.get(done.failure.contract, self)
            where = place(failed.program, done.failure)
            trap = Trapped(done.failure.trap.name, done.failure.message, where)
        emitted = (others.get(event.contract, self)._codec.event(event) for event in done.events)
        events = tuple(Event(name, values) for name, values in emitted)
        value = None if trap else self._codec.read(function.returns, done.returns)
        writes = {
            shown(others.get(cell.contract, self).program, cell): written
            for cell, written in done.writes
        }
        return Result(value, done.gas_used, events, writes, trap, done.high_water)


class Machine:
    """An engine of this computer; `load` brings programs into it.

    `threads` share the work of one kernel (None: all there are); `notice` is told about work that
    takes long, such as the first compilation of a kernel; `address` reads an address from text.
    """

    def __init__(
        self,
        threads: int | None = None,
        engine: EngineName = "core",
        notice: Notice | None = None,
        address: Callable[[str], bytes] | None = None,
    ) -> None:
        self.engine = make_engine(engine, threads, notice)
        self._address = address

    def load(self, encoded: bytes) -> Contract:
        """Decodes and verifies; UserError where the bytes are refused."""
        return Contract(self.engine, encoded, self._address)
