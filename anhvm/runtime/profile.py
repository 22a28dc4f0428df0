"""A trace summed up: gas and time by line of the source, and by function.

Every sum is the gas used, or the time that was told: 0 without `Watch.TIMES`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from anhvm.isa.opcodes import BY_CODE
from anhvm.kernels.table import BY_ID
from anhvm.program.model import Program
from anhvm.runtime.trace import ENTRY, Call, Code, Source, Trace

START = "start"
"""What the frame and the arguments of the started function are called."""
_VERBS = {"s.load": "load", "s.store": "store"}


@dataclass
class LineGas:
    """Gas and nanoseconds that a line spent itself; `parts` is what gas of it went to kernels,
    cells and events.

    A line may be compiled into several functions.
    """

    source: Source
    functions: set[str] = field(default_factory=set)
    gas: int = 0
    time: int = 0
    parts: Counter[str] = field(default_factory=Counter)


@dataclass
class FunctionGas:
    """Gas of a function: `own`, and in `total` with all that it calls; the same for its time."""

    name: str
    calls: int = 0
    own: int = 0
    total: int = 0
    own_time: int = 0
    total_time: int = 0


@dataclass
class Part:
    """What one call spent on kernels, cells and events of one `name` (see `what`), first at `pc`.

    The part without a name is all other instructions of the call; it and `START` have no `times`.
    """

    name: str
    pc: int
    times: int | None
    gas: int = 0


def what(program: Program, function: int, pc: int) -> str:
    """``matmul``, ``load net.w1``, ``store steps``, ``emit Trained``; else the opcode's name."""
    if pc == ENTRY:
        return START
    code = program.functions[function]
    instr = code.code[pc]
    name = BY_CODE[instr.op].name
    match name:
        case "kernel":
            return BY_ID[code.sites[instr.a].target].name
        case "s.load" | "s.store":
            return f"{_VERBS[name]} {program.fields[code.sites[instr.b].target].name}"
        case "emit":
            return f"emit {program.events[code.sites[instr.a].target].name}"
        case "call.ext":
            return f"call {program.externs[code.sites[instr.a].target].name}"
        case "try.ext":
            return f"try {program.externs[code.sites[instr.b].target].name}"
        case "call":
            return f"call {program.functions[code.sites[instr.a].target].name}"
    return name


def is_part(program: Program, function: int, pc: int) -> bool:
    """Whether an instruction is named apart from its line: a kernel, a cell, an event, `START`."""
    if pc == ENTRY:
        return True
    op = program.functions[function].code[pc].op
    return BY_CODE[op].name in ("kernel", "emit", *_VERBS)


def by_line(trace: Trace) -> list[LineGas]:
    """The lines that spent gas, the dearest first; code without a line is one row a function."""
    found = dict[tuple[Source, str], LineGas]()
    for call in trace.root.walk():
        program, times = call.code.program, trace.time(call)
        name = call.code.name(call.function)
        for pc, gas in trace.gas(call).items():
            source = call.code.source(call.function, pc)
            row = found.setdefault((source, "" if source.line else name), LineGas(source))
            row.functions.add(name)
            row.gas += gas
            row.time += times.get(pc, 0)
            if is_part(program, call.function, pc):
                row.parts[what(program, call.function, pc)] += gas
    return sorted(found.values(), key=lambda row: (-row.gas, row.source, sorted(row.functions)))


def by_function(trace: Trace) -> list[FunctionGas]:
    """The functions that ran, the dearest first; recursion counts once in `total`."""
    totals, times = trace.totals(), trace.totals(trace.time)
    found: dict[tuple[Code, int], FunctionGas] = {}
    path: list[tuple[Code, int]] = []
    for call in trace.root.walk():
        del path[call.depth :]
        key = call.code, call.function
        row = found.setdefault(key, FunctionGas(call.code.name(call.function)))
        row.calls += call.times
        row.own += totals[call] - sum(totals[inner] for inner in call.calls.values())
        row.own_time += times[call] - sum(times[inner] for inner in call.calls.values())
        if key not in path:
            row.total += totals[call]
            row.total_time += times[call]
        path.append(key)
    return sorted(found.values(), key=lambda row: (-row.total, -row.own, row.name))


def parts(trace: Trace, call: Call) -> list[Part]:
    """What a call spent itself on, in the order of its code; all other instructions last."""
    program = call.code.program
    found: dict[str, Part] = {}
    for pc, gas in sorted(trace.gas(call).items()):
        name = what(program, call.function, pc) if is_part(program, call.function, pc) else ""
        part = found.setdefault(name, Part(name, pc, None if name in ("", START) else 0))
        part.gas += gas
        if part.times is not None:
            part.times += call.done.get(pc, 0)
    rest = found.pop("", None)
    return [*found.values(), *([rest] if rest else [])]
