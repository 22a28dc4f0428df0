"""IR to a program: registers, sites, constants, declared effects, source map.

The same unit gives the same bytes: constants, sites and registers are numbered in the order in
which the text first needs them.  Internal functions that nothing calls are left out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from anhvm.compiler import ir
from anhvm.compiler.diagnostics import Fault
from anhvm.compiler.effects import declare
from anhvm.compiler.emit_flat import BRANCHES, LABEL, SiteOf, Step, flatten
from anhvm.compiler.emit_liveness import known_copies, with_drops, without_dead
from anhvm.compiler.emit_registers import COPIES, coalesce, colour
from anhvm.compiler.fuse import fuse
from anhvm.compiler.pool import Pool
from anhvm.compiler.walk import statements
from anhvm.isa.opcodes import BY_NAME
from anhvm.isa.operands import OPERANDS
from anhvm.kernels import table
from anhvm.program import abi
from anhvm.program.limits import MAX_REGISTERS
from anhvm.program.model import (
    Effect,
    Event,
    Field,
    Function,
    Init,
    Instr,
    Kind,
    Line,
    Program,
    Register,
    Site,
    SiteKind,
)

_BLANK: Final = ir.Span("", 0, 0, 0, 0)


def emit(unit: ir.Unit) -> Program:
    """The program of `unit`, whose gradients `autodiff` has replaced.

    Raises `Fault` (E0610) where a function exceeds a limit of the machine.
    """
    functions = reachable(unit.functions)
    pool = Pool()
    names = _Names(
        {f.name: i for i, f in enumerate(functions)},
        {f.name: i for i, f in enumerate(unit.fields)},
        {e.name: i for i, e in enumerate(unit.events)},
        {name: i for i, name in enumerate(_files(unit, functions))},
        {name: i for i, name in enumerate(_externs(functions))},
    )
    fields = tuple(_field(field, pool) for field in unit.fields)
    steps = {f.name: steps_of(f) for f in functions}
    effects = declare({f: steps[f.name] for f in functions}, names.fields, pool.index)
    return Program(
        name=unit.name,
        fields=fields,
        events=tuple(Event(e.name, e.types) for e in unit.events),
        functions=tuple(
            _function(f, steps[f.name], pool, names, effects[f.name]) for f in functions
        ),
        consts=tuple(pool.consts),
        files=tuple(names.files),
        abi=abi.dump(_indexed(unit.abi, names)),
        externs=tuple(unit.externs[name] for name in names.externs),
    )


def reachable(functions: Iterable[ir.Function]) -> tuple[ir.Function, ...]:
    """The functions that can be started, and what they call, in their old order."""
    known = {f.name: f for f in functions}
    waiting = [f.name for f in known.values() if f.kind is not Kind.INTERNAL]
    seen = set(waiting)
    while waiting:
        body = known[waiting.pop()].body
        called = [s.function for s in statements(body) if isinstance(s, ir.Call)]
        waiting += [name for name in dict.fromkeys(called) if name not in seen]
        seen.update(called)
    return tuple(f for name, f in known.items() if name in seen)


@dataclasses.dataclass(frozen=True)
class _Names:
    """What a name of the unit is in the program."""

    functions: Mapping[str, int]
    fields: Mapping[str, int]
    events: Mapping[str, int]
    files: Mapping[str, int]
    externs: Mapping[str, int]

    def target(self, site: SiteOf) -> int:
        match site.kind:
            case SiteKind.CALL:
                return self.functions[site.target]
            case SiteKind.KERNEL:
                return table.BY_NAME[site.target].id
            case SiteKind.CELL:
                return self.fields[site.target]
            case SiteKind.EVENT:
                return self.events[site.target]
            case SiteKind.EXTERN:
                return self.externs[site.target]
            case _:
                return 0


def _files(unit: ir.Unit, functions: Iterable[ir.Function]) -> Iterator[str]:
    spans = (s.span for f in functions for s in (f, *statements(f.body)))
    return iter(dict.fromkeys((*unit.files, *(span.file for span in spans))))


def _externs(functions: Iterable[ir.Function]) -> Iterator[str]:
    """What is called of others, in order of need."""
    called = (s for f in functions for s in statements(f.body) if isinstance(s, ir.External))
    return iter(dict.fromkeys(s.extern for s in called))


def _field(field: ir.FieldDecl, pool: Pool) -> Field:
    initial = -1 if field.initial is None else pool.index(field.initial)
    return Field(field.name, field.type, field.keys, field.dims, initial)


def _indexed(interface: abi.Abi, names: _Names) -> abi.Abi:
    replace = msgspec.structs.replace
    functions = (replace(f, index=names.functions[f.name]) for f in interface.functions)
    events = (replace(e, index=names.events[e.name]) for e in interface.events)
    return replace(interface, functions=tuple(functions), events=tuple(events))


def steps_of(function: ir.Function) -> list[Step]:
    """The steps of `function` in their last form: short of copies, rich in drops."""
    params = function.params
    steps = without_dead(known_copies(flatten(fuse(function)), params), params)
    return with_drops(coalesce(steps, params), params)


def _function(
    function: ir.Function,
    steps: list[Step],
    pool: Pool,
    names: _Names,
    effects: tuple[Effect, ...],
) -> Function:
    frame = _Frame(function, steps, pool)
    code = _Code(frame, names)
    for step in steps:
        code.add(step)
    if len(frame.registers) > MAX_REGISTERS:
        raise Fault(
            "E0610",
            function.span,
            f"'{function.name}' needs {len(frame.registers)} registers, "
            f"and a function may have {MAX_REGISTERS}",
            "split it into functions, or let it unroll fewer turns of a loop",
        )
    return Function(
        name=function.name,
        kind=function.kind,
        params=tuple(p.type for p in function.params),
        returns=function.returns,
        registers=tuple(frame.registers),
        code=code.finished(),
        sites=tuple(code.sites),
        effects=effects,
        lines=tuple(code.lines),
        reentrant=function.reentrant,
        stipend=function.stipend,
    )


class _Frame:
    """The registers of a function: parameters, then what the steps need, in order of need."""

    def __init__(self, function: ir.Function, steps: Iterable[Step], pool: Pool) -> None:
        self.pool = pool
        self.colours = colour(list(steps), function.params)
        self.registers = [Register(p.type, Init.ARG, i) for i, p in enumerate(function.params)]
        self.at: dict[object, int] = {p: i for i, p in enumerate(function.params)}

    def __getitem__(self, atom: ir.Atom) -> int:
        key: object
        match atom:
            case ir.Var():
                if atom in self.at:
                    return self.at[atom]
                key, register = (atom.type, self.colours[atom]), Register(atom.type)
            case ir.Lit():
                index = self.pool.index(atom)
                key = register = Register(atom.type, Init.CONST, index)
            case ir.Source(type_, init):
                key = register = Register(type_, init)
        if key not in self.at:
            self.at[key] = len(self.registers)
            self.registers.append(register)
        return self.at[key]


class _Code:
    """The instructions of a function; branch targets are filled in by `finished`."""

    def __init__(self, frame: _Frame, names: _Names) -> None:
        self.frame = frame
        self.names = names
        self.code: list[Instr] = []
        self.sites: dict[Site, int] = {}
        self.lines: list[Line] = []
        self.places: dict[int, int] = {}
        self.branches: dict[int, int] = {}

    def add(self, step: Step) -> None:
        if step.op == LABEL:
            self.places[step.label] = len(self.code)
            return
        reads = [self.frame[atom] for atom in step.reads]
        writes = [self.frame[var] for var in step.writes]
        if step.op in COPIES and reads == writes:
            return
        op = BY_NAME[step.op]
        fields = [0, 0, 0]
        site = -1
        for operand in OPERANDS[op.code]:
            match operand.role:
                case "w" | "m":
                    fields[operand.slot] = writes.pop(0)
                case "r":
                    fields[operand.slot] = reads.pop(0)
                case "imm":
                    fields[operand.slot] = step.imm
                case "site":
                    site = operand.slot
        if site >= 0 and step.site is not None:
            fields[site] = self.site(step.site, reads, writes)
        if step.op in BRANCHES:
            self.branches[len(self.code)] = step.label
        self.line(step.span or _BLANK)
        self.code.append(Instr(op.code, *fields))

    def site(self, site: SiteOf, ins: list[int], outs: list[int]) -> int:
        target = self.names.target(site)
        made = Site(site.kind, target, tuple(ins), tuple(outs), site.attrs)
        return self.sites.setdefault(made, len(self.sites))

    def line(self, span: ir.Span) -> None:
        place = (self.names.files.get(span.file, 0), span.line, span.column)
        last = self.lines[-1] if self.lines else None
        if span.line and (last is None or place != (last.file, last.line, last.column)):
            self.lines.append(Line(len(self.code), *place))

    def finished(self) -> tuple[Instr, ...]:
        for at, label in self.branches.items():
            target = self.places[label]
            instr = self.code[at]
            self.code[at] = Instr(instr.op, instr.a, target & 0xFFFF, target >> 16)
        return tuple(self.code)
