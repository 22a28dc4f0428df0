"""Opcodes that move between instructions, frames and registers."""

from __future__ import annotations

from collections.abc import Callable

from anhvm.isa.traps import MAX_DEPTH, Trap
from anhvm.program.model import Instr
from anhvm.program.trace import Mark
from anhvm.reference.external import back
from anhvm.reference.state import Frame, State, bytes_of, outside, zero
from anhvm.reference.trapped import Trapped

Action = Callable[[State, Frame, Instr], None]


def jmp(state: State, frame: Frame, instr: Instr) -> None:
    frame.pc = instr.target


def jif(state: State, frame: Frame, instr: Instr) -> None:
    if frame.values[instr.a]:
        frame.pc = instr.target


def jifnot(state: State, frame: Frame, instr: Instr) -> None:
    if not frame.values[instr.a]:
        frame.pc = instr.target


def call(state: State, frame: Frame, instr: Instr) -> None:
    if len(state.frames) == MAX_DEPTH:
        raise Trapped(Trap.DEPTH)
    state.mark(Mark.CALL)
    site = frame.function.sites[instr.a]
    state.enter(site.target, [frame.values[r] for r in site.ins], site.outs)


def ret(state: State, frame: Frame, instr: Instr) -> None:
    results = [frame.values[r] for r in frame.function.sites[instr.a].ins]
    if len(state.frames) == 1:
        state.returns = tuple(map(outside, results))
        state.leave()
        return
    # The caller owns the results before the frame lets go of them.
    caller = state.frames[-2]
    for register, value in zip(frame.outs, results, strict=True):
        state.write(caller, register, value)
    state.leave()
    if state.callers and len(state.frames) == state.callers[-1].frames:
        back(state)


def check(state: State, frame: Frame, instr: Instr) -> None:
    if not frame.values[instr.a]:
        raise Trapped(Trap.ASSERT, bytes_of(frame.values[instr.b]).decode(errors="replace"))


def gas(state: State, frame: Frame, instr: Instr) -> None:
    state.write(frame, instr.a, state.meter.left)


def copy(state: State, frame: Frame, instr: Instr) -> None:
    state.write(frame, instr.a, frame.values[instr.b])


def drop(state: State, frame: Frame, instr: Instr) -> None:
    state.write(frame, instr.a, zero(frame.function.registers[instr.a].type))


CONTROL: dict[str, Action] = {
    "jmp": jmp,
    "jif": jif,
    "jifnot": jifnot,
    "call": call,
    "ret": ret,
    "assert": check,
    "gas": gas,
    "copy": copy,
    "drop": drop,
}
