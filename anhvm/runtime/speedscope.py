"""A trace as flamegraphs: a file that https://www.speedscope.app draws, one of gas and, where the
time was told, one of nanoseconds.

A stack is functions and lines in turn, and at its end the kernel, cell or event; the file is a
"sampled" profile, a sample for each different stack, in the order in which they first ran.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from anhvm.runtime.profile import is_part, what
from anhvm.runtime.trace import Call, Source, Trace

SCHEMA = "https://www.speedscope.app/file-format-schema.json"
Frame = tuple[str, Source | None]
Stack = tuple[Frame, ...]


def speedscope(trace: Trace, name: str) -> dict[str, Any]:
    """The content of the file, for `json.dumps`; weights add up to the gas and the time."""
    frames: dict[Frame, int] = {}
    profiles = []
    for unit, label, of in (("none", "gas", trace.gas), ("nanoseconds", "time", trace.time)):
        samples, weights = [], []
        for stack, weight in _stacks(trace, of):
            samples.append([frames.setdefault(frame, len(frames)) for frame in stack])
            weights.append(weight)
        profile = {
            "type": "sampled",
            "name": f"{name}: {label}",
            "unit": unit,
            "startValue": 0,
            "endValue": sum(weights),
            "samples": samples,
            "weights": weights,
        }
        profiles += [profile] if weights else []
    return {
        "$schema": SCHEMA,
        "exporter": "anhvm",
        "name": name,
        "activeProfileIndex": 0,
        "shared": {"frames": [_frame(*frame) for frame in frames]},
        "profiles": profiles,
    }


def _stacks(trace: Trace, of: Callable[[Call], Mapping[int, int]]) -> Iterator[tuple[Stack, int]]:
    """Each different stack with its own weight: what `of` tells of the instructions of a call."""
    heads: dict[Call, Stack] = {}
    for call in trace.root.walk():
        function: Frame = (call.code.name(call.function), None)
        above: Stack = ()
        if call.caller is not None:
            above = (*heads[call.caller], _line(call.caller, call.site))
        heads[call] = (*above, function)
        own = Counter[Stack]()
        for pc, weight in sorted(of(call).items()):
            tail: Stack = (_line(call, pc),)
            if is_part(call.code.program, call.function, pc):
                tail = (*tail, (what(call.code.program, call.function, pc), None))
            own[tail] += weight
        yield from (((*heads[call], *tail), weight) for tail, weight in own.items() if weight)


def _line(call: Call, pc: int) -> Frame:
    source = call.code.source(call.function, pc)
    return (f"{source.file}:{source.line}" if source.line else "no line", source)


def _frame(name: str, source: Source | None) -> dict[str, Any]:
    if source is None or not source.line:
        return {"name": name}
    return {"name": name, "file": source.file, "line": source.line}
