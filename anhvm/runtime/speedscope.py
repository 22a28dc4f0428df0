"""A trace as a flamegraph: a file that https://www.speedscope.app draws, its weights gas.

A stack is functions and lines in turn, and at its end the kernel, cell or event; the file is a
"sampled" profile, a sample for each different stack, in the order in which they first ran.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from anhvm.runtime.profile import is_part, what
from anhvm.runtime.trace import Call, Source, Trace

SCHEMA = "https://www.speedscope.app/file-format-schema.json"
Frame = tuple[str, Source | None]
Stack = tuple[Frame, ...]


def speedscope(trace: Trace, name: str) -> dict[str, Any]:
    """The content of the file, for `json.dumps`; the weights add up to the gas used."""
    frames: dict[Frame, int] = {}
    samples, weights = [], []
    for stack, gas in _stacks(trace):
        samples.append([frames.setdefault(frame, len(frames)) for frame in stack])
        weights.append(gas)
    profile = {
        "type": "sampled",
        "name": name,
        "unit": "none",
        "startValue": 0,
        "endValue": trace.gas_used,
        "samples": samples,
        "weights": weights,
    }
    return {
        "$schema": SCHEMA,
        "exporter": "anhvm",
        "name": name,
        "activeProfileIndex": 0,
        "shared": {"frames": [_frame(*frame) for frame in frames]},
        "profiles": [profile],
    }


def _stacks(trace: Trace) -> Iterator[tuple[Stack, int]]:
    """Each different stack with its own gas."""
    program = trace.code.program
    heads: dict[Call, Stack] = {}
    for call in trace.root.walk():
        function: Frame = (program.functions[call.function].name, None)
        above: Stack = ()
        if call.caller is not None:
            above = (*heads[call.caller], _line(trace, call.caller, call.site))
        heads[call] = (*above, function)
        own = Counter[Stack]()
        for pc, gas in sorted(trace.gas(call).items()):
            tail: Stack = (_line(trace, call, pc),)
            if is_part(program, call.function, pc):
                tail = (*tail, (what(program, call.function, pc), None))
            own[tail] += gas
        yield from (((*heads[call], *tail), gas) for tail, gas in own.items() if gas)


def _line(trace: Trace, call: Call, pc: int) -> Frame:
    source = trace.code.source(call.function, pc)
    return (f"{source.file}:{source.line}" if source.line else "no line", source)


def _frame(name: str, source: Source | None) -> dict[str, Any]:
    if source is None or not source.line:
        return {"name": name}
    return {"name": name, "file": source.file, "line": source.line}
