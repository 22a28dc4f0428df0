"""Opcodes on bytes and tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from anhvm.isa.traps import Trap
from anhvm.isa.types import DType, dtype_of
from anhvm.program.model import Instr
from anhvm.program.trace import Mark
from anhvm.reference.control import Action
from anhvm.reference.memory import length
from anhvm.reference.state import Frame, State, array_of, bytes_of
from anhvm.reference.trapped import Trapped


def bytes_len(state: State, frame: Frame, instr: Instr) -> None:
    frame.values[instr.a] = len(bytes_of(frame.values[instr.b]))


def bytes_eq(state: State, frame: Frame, instr: Instr) -> None:
    b, c = bytes_of(frame.values[instr.b]), bytes_of(frame.values[instr.c])
    state.meter.charge(state.schedule.by_bytes("bytes", len(b) if len(b) == len(c) else 0))
    frame.values[instr.a] = b == c
    state.mark(Mark.VALUE)


def bytes_at(state: State, frame: Frame, instr: Instr) -> None:
    data, index = bytes_of(frame.values[instr.b]), frame.values[instr.c]
    if index >= len(data):
        raise Trapped(Trap.BOUNDS, f"byte {index} of {len(data)}")
    state.meter.charge(state.schedule.element.cost(len(data)))
    frame.values[instr.a] = data[index]
    state.mark(Mark.VALUE)


def bytes_concat(state: State, frame: Frame, instr: Instr) -> None:
    b, c = bytes_of(frame.values[instr.b]), bytes_of(frame.values[instr.c])
    state.meter.charge(state.schedule.by_bytes("bytes", len(b) + len(c)))
    state.memory.reserve(len(b) + len(c))
    state.write(frame, instr.a, state.memory.hold(b + c))
    state.mark(Mark.VALUE)


def bytes_slice(state: State, frame: Frame, instr: Instr) -> None:
    source, start, stop = (frame.values[r] for r in frame.function.sites[instr.b].ins)
    data = bytes_of(source)
    if not start <= stop <= len(data):
        raise Trapped(Trap.BOUNDS, f"bytes {start} to {stop} of {len(data)}")
    state.meter.charge(state.schedule.by_bytes("bytes", stop - start))
    state.write(frame, instr.a, state.memory.make(data[start:stop]))
    state.mark(Mark.VALUE)


def t_dim(state: State, frame: Frame, instr: Instr) -> None:
    frame.values[instr.a] = array_of(frame.values[instr.b]).shape[instr.c]


def position(dims: Sequence[int], indexes: Sequence[int]) -> tuple[int, ...]:
    """`indexes` if each is below its dim."""
    for axis, (dim, index) in enumerate(zip(dims, indexes, strict=True)):
        if index >= dim:
            raise Trapped(Trap.BOUNDS, f"index {index} of {dim} on axis {axis}")
    return tuple(indexes)


def t_get(state: State, frame: Frame, instr: Instr) -> None:
    tensor, *indexes = (frame.values[r] for r in frame.function.sites[instr.b].ins)
    data = array_of(tensor)
    where = position(data.shape, indexes)
    state.meter.charge(state.schedule.element.cost(length(data)))
    frame.values[instr.a] = data[where].item()
    state.mark(Mark.VALUE)


def t_set(state: State, frame: Frame, instr: Instr) -> None:
    _replace(state, frame, instr.a, _updated(frame, instr))
    state.mark(Mark.VALUE)


def t_put(state: State, frame: Frame, instr: Instr) -> None:
    held, changed = frame.values[instr.a], _updated(frame, instr)
    state.meter.charge(state.schedule.element.cost(length(changed)))
    if held.owners == 1 and held.size:
        held.data = changed
    else:
        state.meter.charge(state.schedule.opcodes["value"])
        _replace(state, frame, instr.a, changed)
    state.mark(Mark.VALUE)


def _updated(frame: Frame, instr: Instr) -> np.ndarray[Any, Any]:
    tensor, *indexes, element = (frame.values[r] for r in frame.function.sites[instr.b].ins)
    data = array_of(tensor)
    where = position(data.shape, indexes)
    code = frame.function.registers[instr.a].type
    if dtype_of(code) == DType.I8 and not -128 <= element <= 127:
        raise Trapped(Trap.CAST, f"{element} is no i8")
    changed = np.array(data)
    changed[where] = element
    return changed


def _replace(state: State, frame: Frame, register: int, data: np.ndarray[Any, Any]) -> None:
    state.meter.charge(state.schedule.by_bytes("bytes", length(data)))
    state.memory.reserve(length(data))
    state.write(frame, register, state.memory.hold(data))


VALUES: dict[str, Action] = {
    "bytes.len": bytes_len,
    "bytes.eq": bytes_eq,
    "bytes.at": bytes_at,
    "bytes.concat": bytes_concat,
    "bytes.slice": bytes_slice,
    "t.dim": t_dim,
    "t.get": t_get,
    "t.set": t_set,
    "t.put": t_put,
}
