"""Calls between contracts: what a callee gets, what comes back, and what its trap undoes."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from anhvm.isa.schedule import SATURATED
from anhvm.isa.traps import MAX_CONTRACTS, MAX_DEPTH, UNCATCHABLE, Trap
from anhvm.program.engine import Callee
from anhvm.program.model import Extern, Instr, Kind, Site
from anhvm.program.trace import Mark
from anhvm.reference.answers import Abort, Answer, Asked, Link, Steps, Suspending
from anhvm.reference.state import Caller, Contract, Frame, State, bytes_of
from anhvm.reference.trapped import Trapped


def call_ext(state: State, frame: Frame, instr: Instr) -> Steps:
    yield from _call(state, frame, frame.function.sites[instr.a], -1)


def try_ext(state: State, frame: Frame, instr: Instr) -> Steps:
    yield from _call(state, frame, frame.function.sites[instr.b], instr.a)


def _call(state: State, frame: Frame, site: Site, told: int) -> Steps:
    extern = state.prepared.program.externs[site.target]
    address, asked = bytes_of(frame.values[site.ins[-2]]), frame.values[site.ins[-1]]
    number = yield from _reach(state, address)
    found = number if isinstance(number, Trap) else _function(state, number, extern)
    if isinstance(found, Trap):
        if told < 0:
            raise Trapped(found)
        state.write(frame, told, int(found))
        return
    prepared = state.contracts[number].prepared
    assert prepared is not None
    given = _given(state, asked, max(extern.stipend, prepared.program.functions[found].stipend))
    state.mark(Mark.CALL)
    state.mark_as(Mark.ENTER, number, found)
    state.callers.append(
        Caller(
            prepared=state.prepared,
            env=state.env,
            number=state.number,
            frames=len(state.frames),
            at=state.at,
            told=told,
            kept=state.meter.left - given,
            writes=dict(state.writes),
            events=len(state.events),
        )
    )
    state.meter.keep(state.meter.left - given)
    state.prepared, state.number = prepared, number
    state.env = replace(state.env, sender=state.env.self, self=address, value=0)
    state.enter(found, [frame.values[r] for r in site.ins[:-2]], site.outs)
    state.at = (found, 0)
    state.meter.charge(state.schedule.frame.register * len(state.frames[-1].values))


def _reach(state: State, address: bytes) -> Generator[Asked, Answer, int | Trap]:
    """The number of the contract at `address`, asked for when it is new, paid for once."""
    known = (n for n, contract in enumerate(state.contracts) if contract.address == address)
    number = next(known, -1)
    if number < 0:
        if not address:
            return Trap.NOT_ALIVE
        if len(state.contracts) == MAX_CONTRACTS:
            return Trap.CONTRACTS
        answer = yield Callee(address)
        if isinstance(answer, Abort):
            raise Trapped(Trap.UNLISTED)
        assert isinstance(answer, Link)
        number = len(state.contracts)
        state.contracts.append(Contract(address, answer.prepared))
    contract = state.contracts[number]
    if contract.prepared and not contract.paid:
        state.meter.charge(state.schedule.by_bytes("load", contract.prepared.size))
        contract.paid = True
    return number


def _function(state: State, number: int, extern: Extern) -> int | Trap:
    """The function that `extern` means there, or why it cannot be called now."""
    prepared = state.contracts[number].prepared
    if prepared is None:
        return Trap.NOT_ALIVE
    wanted = (extern.name, extern.params, extern.returns)
    at_work = {state.number, *(caller.number for caller in state.callers)}
    for index, function in enumerate(prepared.program.functions):
        seen = (function.name, function.params, function.returns)
        if seen != wanted or function.kind not in (extern.kind, Kind.VIEW):
            continue
        if number in at_work and not function.reentrant:
            return Trap.REENTERED
        return Trap.DEPTH if len(state.frames) == MAX_DEPTH else index
    return Trap.INTERFACE


def _given(state: State, asked: int, promised: int) -> int:
    """The gas of a callee: `asked`, or all that a caller can give; less than promised ends all."""
    most = state.meter.left - state.meter.left // 64
    given = most if asked == SATURATED else asked
    if given > most or given < promised:
        raise Trapped(Trap.STIPEND)
    return given


def back(state: State) -> None:
    """The callee has returned, its results are the caller's: so is the gas that it left."""
    caller = _resume(state)
    if caller.told >= 0:
        state.write(state.frames[-1], caller.told, 0)
    state.mark(Mark.LEAVE)


def catch(state: State, trapped: Trapped) -> bool:
    """Whether a caller catches the trap; then all that its callee did is undone."""
    catches = any(caller.told >= 0 for caller in state.callers)
    if not catches or trapped.trap in UNCATCHABLE:
        return False
    state.mark(Mark.TRAP)
    while True:
        while len(state.frames) > state.callers[-1].frames:
            state.leave()
        caller = _resume(state)
        state.writes = caller.writes
        del state.events[caller.events :]
        if caller.told >= 0:
            state.write(state.frames[-1], caller.told, int(trapped.trap))
        state.mark(Mark.LEAVE)
        if caller.told >= 0:
            return True


def _resume(state: State) -> Caller:
    """The last caller is at work again, with its gas."""
    caller = state.callers.pop()
    state.prepared, state.env, state.number = caller.prepared, caller.env, caller.number
    state.at = caller.at
    state.meter.give_back(caller.kept)
    return caller


EXTERNAL: dict[str, Suspending] = {"call.ext": call_ext, "try.ext": try_ext}
