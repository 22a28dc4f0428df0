"""Our kernels: by their pointers on one thread, in a program's loop on several.

On several threads the worker pool belongs to the machine, so a program of ours repeats the kernels.
It asks the host, by a cell, how many turns to make next: each answer is a batch, and one of none is
taken off.  Gas and the making of each result are part of it, the start of a run is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from anhvm.assembler import assemble
from anhvm.benches.contracts import trainer
from anhvm.benches.kernel_cases import BY_KEY, Work
from anhvm.benches.loops import REPEAT, REPEAT_KINDS, compiled
from anhvm.benches.placing import room
from anhvm.benches.timing import Timer
from anhvm.benches.training import STEPS, Training
from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.cpu.fpmode import flush_mode
from anhvm.program.encode import encode
from anhvm.program.engine import Env, Need, Run
from anhvm.runtime.engines import make_engine

_GAS = (1 << 64) - 1
_LOOP = """
const one: u64 = 1
field turns[u64]: u64
function repeat call ({types}) -> ()
  reads turns[any]
  reg one: u64 = const one
  reg none: u64
  reg batch: u64
  reg n: u64
  reg more: bool
{registers}
  jmp ask
loop:
{calls}
  u64.sub n, n, one
test:
  u64.lt more, none, n
  jif more, loop
ask:
  u64.add batch, batch, one
  s.load n, turns[batch]
  jmp test
"""
_TYPES = {np.dtype(np.float32): "f32", np.dtype(np.int32): "i32", np.dtype(np.int8): "i8"}


class Timed(Prepared):
    """A prepared call that machine code repeats."""

    def record(self) -> list[int]:
        """What the loop needs to know."""
        self._room = room((self._bytes,), np.uint8)
        block, start = self._block.ctypes.data, self._room.ctypes.data
        return [self._pointers.plan, self._pointers.run, block, self.tiles, start]

    def _guarded(self, dims: Sequence[int], dtype: Any) -> Any:
        return room(dims, dtype)


@cache
def _repeat() -> Callable[..., int]:
    return compiled(REPEAT, "repeat", *REPEAT_KINDS)


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of each case; see `sides`."""
    times = {}
    for key in keys:
        case = BY_KEY[key]
        if isinstance(case, Training):
            train = trainer(case, timer.threads)
            times[key] = timer.of_calls(partial(train, STEPS), partial(train, 0)) / STEPS
        elif isinstance(case, Work):
            times[key] = (_by_pointer if timer.threads == 1 else _by_program)(case, timer)
    return times


def prepared(work: Work) -> list[Timed]:
    """The calls of a case; each has the results of those before it at hand."""
    operands, calls = work.operands(), []
    for call in work.calls:
        inputs = [operands[i] for i in call.inputs]
        calls.append(Timed(call.kernel, inputs, call.attrs, over=call.over))
        operands += calls[-1].outputs
    return calls


def _by_pointer(work: Work, timer: Timer) -> float:
    """Least seconds of one plan and one run of each call on this thread."""
    calls, loop = prepared(work), _repeat()
    records = np.array([call.record() for call in calls], np.int64)
    with flush_mode():
        return timer.of_batches(lambda count: loop(count, records.ctypes.data, len(calls)))


def program(work: Work) -> str:
    """A program in assembler text that repeats the calls of a case."""
    operands = work.operands()
    registers = [f"  reg r{i}: {_type(x)} = arg {i}" for i, x in enumerate(operands)]
    copies, calls, named = [], [], len(operands)
    for call, made in zip(work.calls, prepared(work), strict=True):
        attrs = f"; {', '.join(map(str, call.attrs))}" if call.attrs else ""
        outs = [f"r{named + i}" for i in range(len(made.outputs))]
        named += len(outs)
        registers += [f"  reg {out}: {_type(x)}" for out, x in zip(outs, made.outputs, strict=True)]
        held = {call.inputs[at]: out for at, out in zip(call.over, outs, strict=False)}
        copies += [f"  copy {out}, r{i}" for i, out in held.items()]
        given = ", ".join(held.get(i, f"r{i}") for i in call.inputs)
        calls.append(f"  kernel {call.kernel}({given}{attrs}) -> ({', '.join(outs)})")
    return _LOOP.format(
        types=", ".join(map(_type, operands)),
        registers="\n".join([*registers, *copies]),
        calls="\n".join(calls),
    )


def _type(x: Any) -> str:
    name = _TYPES[x.dtype]
    return f"{name}[{x.ndim}]" if x.ndim else name


def under_way(work: Work, threads: int) -> Run:
    """A run of that program, which has asked how many turns to make."""
    engine = make_engine("core", threads)
    loaded = engine.load(encode(assemble(program(work))))
    run = engine.start(loaded, 0, work.operands(), Env(), _GAS)
    run.resume()
    return run


def _by_program(work: Work, timer: Timer) -> float:
    """Least seconds of one turn."""
    turn = under_way(work, timer.threads).provide
    empty = timer.briefly().of_batches(lambda count: [turn(0) for _ in range(count)])
    seconds = timer.of_batches(turn, empty)
    assert isinstance(turn(0), Need)
    return seconds
