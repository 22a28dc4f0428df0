"""Opcodes on cells and events.  Those on cells may stop with a `Need`: they are generators."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anhvm.isa.traps import MAX_EVENTS, Trap
from anhvm.isa.types import Type, is_handle, is_tensor
from anhvm.program.engine import Cell, Event, Need, Value
from anhvm.program.initial import initial
from anhvm.program.model import Effect, Function, Init, Instr, Key, Mode, Site
from anhvm.program.trace import Mark
from anhvm.reference.answers import Abort, Link, Permit, Steps, Suspending
from anhvm.reference.control import Action
from anhvm.reference.memory import length
from anhvm.reference.state import Frame, State, array_of, data_of, inside, outside
from anhvm.reference.trapped import Trapped


def s_load(state: State, frame: Frame, instr: Instr) -> Steps:
    site = frame.function.sites[instr.b]
    field = state.prepared.program.fields[site.target]
    cell = _cell(state, frame, site)
    if cell not in state.writes and cell not in state.read:
        state.reads.append(cell)
        given = yield Need(cell, Mode.READ)
        if isinstance(given, Abort):
            raise Trapped(Trap.UNLISTED)
        assert not isinstance(given, Permit | Link)
        state.read[cell] = initial(state.prepared.program, field) if given is None else given
    value = state.writes[cell] if cell in state.writes else state.read[cell]
    charge(state, "load", weight(value), cell)
    if isinstance(value, bytes | np.ndarray):
        state.write(frame, instr.a, state.memory.make(value))
    else:
        state.write(frame, instr.a, inside(field.type, value))
    state.mark(Mark.STORAGE)


def s_store(state: State, frame: Frame, instr: Instr) -> Steps:
    site = frame.function.sites[instr.b]
    field = state.prepared.program.fields[site.target]
    cell = _cell(state, frame, site)
    held = frame.values[instr.a]
    if is_tensor(field.type) and array_of(held).shape != field.dims:
        raise Trapped(Trap.SHAPE, f"{array_of(held).shape} stored in {field.name} {field.dims}")
    size = length(data_of(held)) if is_handle(field.type) else 8
    charge(state, "store", size, cell)
    known = cell in state.writes or cell in state.permitted
    if not known and not state.permits and asks(state, frame.function, site):
        answer = yield Need(cell, Mode.WRITE)
        if isinstance(answer, Abort):
            raise Trapped(Trap.UNLISTED)
        state.permitted.add(cell)
    state.writes[cell] = outside(held)
    state.mark(Mark.STORAGE)


def charge(state: State, rate: str, size: int, cell: Cell) -> None:
    """Gas of `size` bytes and the path, and for the first touch of the cell in the run."""
    cost = state.schedule.by_bytes(rate, size + len(cell.path))
    state.meter.charge(cost + (0 if cell in state.met else state.schedule.first(len(cell.path))))
    state.met.add(cell)


def emit(state: State, frame: Frame, instr: Instr) -> None:
    site = frame.function.sites[instr.a]
    if len(state.events) == MAX_EVENTS:
        raise Trapped(Trap.EVENTS)
    values = tuple(outside(frame.values[r]) for r in site.ins)
    state.meter.charge(state.schedule.by_bytes("emit", sum(map(weight, values))))
    state.events.append(Event(site.target, values, state.contract))
    state.mark(Mark.EVENT)


def _cell(state: State, frame: Frame, site: Site) -> Cell:
    keys = state.prepared.program.fields[site.target].keys
    where = path(keys, [frame.values[r] for r in site.ins])
    return Cell(site.target, where, state.contract)


def path(types: Sequence[int], keys: Sequence[object]) -> bytes:
    """The canonical path of a cell, see `program.engine.Cell`."""
    return b"".join(map(_key, types, keys))


def _key(code: int, key: object) -> bytes:
    if code == Type.BYTES:
        data = data_of(key)
        assert isinstance(data, bytes)
        return len(data).to_bytes(4, "big") + data
    assert isinstance(key, int)
    size = {Type.U64: 8, Type.I64: 8, Type.I32: 4, Type.BOOL: 1}[Type(code)]
    return key.to_bytes(size, "big", signed=code != Type.U64 and code != Type.BOOL)


def asks(state: State, function: Function, site: Site) -> bool:
    """Whether the started function does not declare exactly this cell, known from bytes.

    Nothing of a contract that another one called is known so, and be it the started one again.
    """
    if state.callers:
        return True
    keys = tuple(
        Key(register.init, register.index)
        for register in (function.registers[number] for number in site.ins)
    )
    if not keys or Init.ZERO in (key.init for key in keys):
        return bool(keys)
    return len(state.frames) > 1 or Effect(Mode.WRITE, site.target, keys) not in function.effects


def weight(value: Value) -> int:
    """Bytes of a value as gas counts them: 8 for a scalar."""
    return length(value) if isinstance(value, bytes | np.ndarray) else 8


EVENTS: dict[str, Action] = {"emit": emit}
CELLS: dict[str, Suspending] = {"s.load": s_load, "s.store": s_store}
