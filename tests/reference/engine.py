"""Runs assembler text on the reference engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from anhvm.assembler import assemble
from anhvm.kernels.definitions.call import call
from anhvm.program.encode import encode
from anhvm.program.engine import Cell, Done, Env, Need, Value
from anhvm.program.model import Mode
from anhvm.program.trace import Trace
from anhvm.reference import ReferenceEngine, ReferenceRun
from tests.prices import load

PLENTY = 1 << 40
ENV = Env(sender=b"sender", self=b"self", value=7, height=8, time=9)


def start(
    source: str,
    *args: Value,
    gas: int = PLENTY,
    function: int = -1,
    trace: Trace | None = None,
) -> ReferenceRun:
    """A run of the last function of the text, or of number `function`."""
    engine = ReferenceEngine(call, load(), trace)
    loaded = engine.load(encode(assemble(source)))
    index = function if function >= 0 else len(loaded.program.functions) - 1
    return engine.start(loaded, index, args, ENV, gas)


def run(
    source: str,
    *args: Value,
    gas: int = PLENTY,
    cells: Mapping[Cell, Value] | None = None,
    function: int = -1,
    trace: Trace | None = None,
) -> Done:
    """The end of a run; `cells` hold what was stored before, every write is permitted."""
    going = start(source, *args, gas=gas, function=function, trace=trace)
    outcome = going.resume()
    while isinstance(outcome, Need):
        if outcome.mode == Mode.READ:
            outcome = going.provide((cells or {}).get(outcome.cell))
        else:
            outcome = going.permit()
    assert isinstance(outcome, Done)
    return outcome


def function(params: Sequence[str], returns: Sequence[str], body: str) -> str:
    """A function `f` whose registers a0, a1, … are its arguments."""
    head = f"function f call ({', '.join(params)}) -> ({', '.join(returns)})\n"
    return head + "".join(f"reg a{i}: {p} = arg {i}\n" for i, p in enumerate(params)) + body
