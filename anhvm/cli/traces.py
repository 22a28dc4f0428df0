"""A trace for people and as JSON: the tree of calls, and instructions in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from anhvm.chain import address
from anhvm.cli import output
from anhvm.runtime.machine import Contract
from anhvm.runtime.profile import Part, parts, what
from anhvm.runtime.tracing import TracingEngine

if TYPE_CHECKING:
    from anhvm.runtime.engines import EngineName
    from anhvm.runtime.trace import Call, Trace

MOST_STEPS: Final = 100_000
"""Instructions that are shown at most; the tree is always whole."""
_REST: Final = "other instructions"


def tracing(
    name: EngineName, threads: int | None, instructions: bool, times: bool = False
) -> TracingEngine:
    """An engine that keeps the tree, and instructions and times if they are asked for."""
    return TracingEngine.of(name, threads, output.notice, MOST_STEPS if instructions else 0, times)


def contract(engine: TracingEngine, encoded: bytes) -> Contract:
    """A contract on that engine, without a chain."""
    return Contract(engine, encoded, address.parse)


def as_json(trace: Trace) -> dict[str, Any]:
    """Gas, the tree, and with them the instructions if any were kept."""
    data: dict[str, Any] = {
        "gas_used": trace.gas_used,
        "executed": trace.executed,
        "tree": _tree(trace),
    }
    if trace.steps:
        data["instructions"] = [
            {"depth": depth, "function": function, "pc": pc, "what": name, "gas": gas, "at": at}
            for depth, function, pc, name, gas, at in _steps(trace)
        ]
    return data


def as_text(trace: Trace) -> str:
    """The instructions, if any were kept, and the tree."""
    rows = list(_rows(trace))
    left, right = (max(len(row[i]) for row in rows) for i in (0, 1))
    tree = [f"{label:<{left}}  {gas:>{right}} gas  {at}".rstrip() for label, gas, at in rows]
    return "\n".join([*_listing(trace), *tree])


def _tree(trace: Trace) -> dict[str, Any]:
    """The calls as nested objects, made from the leaves up: a tree may be deep."""
    totals = trace.totals()
    made: dict[Call, dict[str, Any]] = {}
    for call in reversed(list(trace.root.walk())):
        own = [
            {"what": part.name or _REST, "times": part.times, "gas": part.gas}
            for part in parts(trace, call)
        ]
        made[call] = {
            "function": call.code.name(call.function),
            "contract": address.show(call.code.contract) if call.code.contract else None,
            "at": _called_at(call) or None,
            "times": call.times,
            "gas": totals[call],
            "own": own,
            "calls": [made[inner] for inner in call.calls.values()],
        }
    return made[trace.root]


def _rows(trace: Trace) -> Iterator[tuple[str, str, str]]:
    """Label, gas, and place of each line of the tree."""
    totals = trace.totals()
    waiting: list[tuple[str, str, Call | Part]] = [("", "", trace.root)]
    while waiting:
        first, rest, item = waiting.pop()
        if isinstance(item, Part):
            yield f"{first}{_part(item)}", f"{item.gas:,}", ""
            continue
        name = item.code.name(item.function)
        label = f"{first}{_times(name, item.times)}"
        yield label, f"{totals[item]:,}", _called_at(item)
        below = _below(trace, item)
        for number, inner in enumerate(reversed(below)):
            arm, stem = ("└─ ", "   ") if number == 0 else ("├─ ", "│  ")
            waiting.append((rest + arm, rest + stem, inner))


def _below(trace: Trace, call: Call) -> list[Call | Part]:
    """What is shown below a call, in the order of its code; nothing where it is one thing."""
    own = parts(trace, call)
    rest = [part for part in own if not part.name]
    named = [part for part in own if part.name]
    if not named and not call.calls:
        return []
    inside: list[Call | Part] = [*named, *call.calls.values()]
    inside.sort(key=lambda item: item.pc if isinstance(item, Part) else item.site)
    return [*inside, *rest]


def _called_at(call: Call) -> str:
    if call.caller is None:
        return ""
    source = call.caller.code.source(call.caller.function, call.site)
    return f"{source.file}:{source.line}" if source.line else ""


def _part(part: Part) -> str:
    """The block of what was not done was paid for all the same."""
    if part.times is None:
        return part.name or _REST
    return _times(part.name, part.times) if part.times else f"{part.name}, not done"


def _times(name: str, times: int) -> str:
    return f"{name} x{times:,}" if times > 1 else name


def _steps(trace: Trace) -> Iterator[tuple[int, str, int, str, int, str]]:
    for depth, code, function, pc, gas in trace.steps:
        source = code.source(function, pc)
        at = f"{source.file}:{source.line}" if source.line else ""
        yield depth, code.name(function), pc, what(code.program, function, pc), gas, at


def _listing(trace: Trace) -> Iterator[str]:
    for depth, function, pc, name, gas, at in _steps(trace):
        yield f"{gas:>12,}  {'  ' * depth}{f'{function}+{pc}':<20}  {name:<20}  {at}".rstrip()
    if trace.steps:
        left = trace.executed - len(trace.steps)
        yield f"… and {output.count(left, 'instruction')} more\n" if left else ""
