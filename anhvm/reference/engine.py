"""The reference engine: the executable definition of `docs/machine.md`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anhvm.errors import Bug
from anhvm.isa.opcodes import OPS
from anhvm.isa.operands import OPERANDS
from anhvm.isa.schedule import Schedule
from anhvm.program.admission import admit_args, admit_entry, admit_numbers
from anhvm.program.blocks import block_costs
from anhvm.program.encode import decode
from anhvm.program.engine import Callee, Done, Env, Failure, Loaded, Need, Outcome, Value
from anhvm.program.entry import StartedEntry
from anhvm.program.model import Instr, Mode
from anhvm.program.trace import Mark, Trace, Watch
from anhvm.program.values import admit
from anhvm.reference.answers import Abort, Answer, Asked, Link, Permit, Steps
from anhvm.reference.control import CONTROL
from anhvm.reference.external import EXTERNAL, catch
from anhvm.reference.kernel import KERNEL
from anhvm.reference.memory import Memory, Meter
from anhvm.reference.scalars import PURE
from anhvm.reference.state import Contract, Frame, Kernels, Prepared, State, constant, inside
from anhvm.reference.storage import CELLS, EVENTS
from anhvm.reference.trapped import Trapped
from anhvm.reference.values import VALUES
from anhvm.verifier import verify

ACTIONS = {**CONTROL, **VALUES, **KERNEL, **EVENTS}
STOPPING = {**CELLS, **EXTERNAL}

_handled = [*PURE, *ACTIONS, *STOPPING]
if sorted(_handled) != sorted(op.name for op in OPS):
    raise Bug(f"opcodes and handlers differ: {set(_handled) ^ {op.name for op in OPS}}")

_PURE = {op.code: PURE[op.name] for op in OPS if op.name in PURE}
_ACTIONS = {op.code: ACTIONS[op.name] for op in OPS if op.name in ACTIONS}
_STOPPING = {op.code: STOPPING[op.name] for op in OPS if op.name in STOPPING}


class ReferenceEngine:
    """Implements `program.engine.Engine` in plain Python.

    `kernels` runs a kernel by its definition (`kernels.definitions.call`); `trace`, if set, is
    called as `docs/machine.md` says under "Trace", with the registers when `watch` says.
    """

    def __init__(
        self,
        kernels: Kernels,
        schedule: Schedule,
        trace: Trace | None = None,
        watch: Watch = Watch.NOTHING,
    ) -> None:
        self.kernels = kernels
        self.schedule = schedule
        self.trace = trace
        self.watch = watch
        self.executions = 0

    def load(self, encoded: bytes) -> Prepared:
        """Decode and verify; raises `UserError`."""
        program = decode(encoded)
        verify(program)
        costs = tuple(block_costs(program, f, self.schedule) for f in program.functions)
        return Prepared(program, tuple(map(constant, program.consts)), costs, len(encoded))

    def entry(self, loaded: Loaded, function: int, env: Env, permits: bool = False) -> StartedEntry:
        admit_entry(self._own(loaded).program, function, env)
        return StartedEntry(self, loaded, function, env, permits)

    def start(
        self,
        loaded: Loaded,
        function: int,
        args: Sequence[Value],
        env: Env,
        gas: int,
        permits: bool = False,
    ) -> ReferenceRun:
        """A run of a function that can be started; raises `UserError` ``machine.start``, or
        ``machine.value`` for arguments of other types."""
        prepared = self._own(loaded)
        admit_entry(prepared.program, function, env)
        admitted = admit_args(prepared.program, function, args)
        admit_numbers(gas)
        self.executions += 1
        meter = Meter(gas)
        memory = Memory(meter, self.schedule)
        state = State(
            prepared, env, self.kernels, self.schedule, meter, memory, self.trace, self.watch
        )
        state.contracts.append(Contract(env.self, prepared, paid=True))
        state.permits = permits
        return ReferenceRun(state, function, admitted)

    def _own(self, loaded: Loaded) -> Prepared:
        if not isinstance(loaded, Prepared):
            raise Bug("a program that another engine has loaded")
        return loaded


class ReferenceRun:
    """Implements `program.engine.Run`: a generator that stops at each need."""

    def __init__(self, state: State, function: int, args: Sequence[Value]) -> None:
        self._state = state
        self._limit = state.meter.left
        self._asked: Asked | None = None
        self._done: Done | None = None
        self._steps = self._run(function, args)

    @property
    def gas_used(self) -> int:
        return self._limit - self._state.meter.total

    def resume(self) -> Outcome:
        return self._done or self._asked or self._advance(None)

    def provide(self, value: Value | None) -> Outcome:
        need = self._expect(Mode.READ)
        kind = self._state.prepared.program.fields[need.cell.field].type
        return self._advance(value if value is None else admit(kind, value))

    def permit(self) -> Outcome:
        self._expect(Mode.WRITE)
        return self._advance(Permit())

    def link(self, callee: Loaded | None) -> Outcome:
        if not isinstance(self._asked, Callee):
            raise Bug("the run asks for no callee")
        if not isinstance(callee, Prepared | None):
            raise Bug("a program that another engine has loaded")
        return self._advance(Link(callee))

    def abort(self) -> Done:
        if self._asked is None:
            raise Bug("nothing to abort: the run has no need")
        outcome = self._advance(Abort())
        assert isinstance(outcome, Done)
        return outcome

    def _expect(self, mode: Mode) -> Need:
        if not isinstance(self._asked, Need) or self._asked.mode != mode:
            raise Bug(f"the run has no need of mode {mode.name}")
        return self._asked

    def _advance(self, answer: Answer) -> Outcome:
        try:
            self._asked = self._steps.send(answer)
            return self._asked
        except StopIteration:
            self._asked = None
            self._done = self._end(None)
        except Trapped as trapped:
            self._asked = None
            self._state.mark(Mark.TRAP)
            self._done = self._end(trapped)
        return self._done

    def _end(self, trapped: Trapped | None) -> Done:
        state = self._state
        reads, high = tuple(state.reads), state.memory.high
        if trapped:
            failure = Failure(trapped.trap, trapped.message, *state.at, state.contract)
            return Done(failure, self.gas_used, (), (), (), reads, high)
        writes = tuple(state.writes.items())
        events = tuple(state.events)
        return Done(None, self.gas_used, state.returns, events, writes, reads, high)

    def _run(self, function: int, args: Sequence[Value]) -> Steps:
        state = self._state
        state.at = (function, 0)
        begin(state, function, args)
        while state.frames:
            try:
                yield from step(state)
            except Trapped as trapped:
                if not catch(state, trapped):
                    raise


def step(state: State) -> Steps:
    """The next instruction, with the charge of the block that it begins."""
    frame = state.frames[-1]
    state.at = (frame.index, frame.pc)
    cost = state.prepared.costs[frame.index].get(frame.pc)
    if cost is not None:
        state.meter.charge(cost)
        state.mark(Mark.BLOCK)
    if Watch.STEPS in state.watch:
        state.show_registers()
    instr = frame.function.code[frame.pc]
    frame.pc += 1
    if instr.op in _PURE:
        compute(frame, instr)
    elif instr.op in _ACTIONS:
        _ACTIONS[instr.op](state, frame, instr)
    else:
        yield from _STOPPING[instr.op](state, frame, instr)


def begin(state: State, function: int, args: Sequence[Value]) -> None:
    """Charges the frame and the arguments of the started function, and enters it."""
    declared = state.prepared.program.functions[function]
    state.meter.charge(state.schedule.frame.register * len(declared.registers))
    values: list[object] = []
    for code, arg in zip(declared.params, args, strict=True):
        if isinstance(arg, bytes | np.ndarray):
            values.append(state.memory.make(arg))
        else:
            values.append(inside(code, arg))
    for value in values:
        state.memory.own(value)
    state.enter(function, values)
    for value in values:
        state.memory.disown(value)


def compute(frame: Frame, instr: Instr) -> None:
    """An opcode that only computes: the registers read, in order, give the register written."""
    fields = (instr.a, instr.b, instr.c)
    reads = [frame.values[fields[o.slot]] for o in OPERANDS[instr.op] if o.role == "r"]
    frame.values[instr.a] = _PURE[instr.op](*reads)
