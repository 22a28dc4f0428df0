"""A program as assembler text, with the gas of each block and the source of each line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anhvm.assembler.words import Names, quote, show_bytes, show_const
from anhvm.isa.opcodes import BY_CODE
from anhvm.isa.operands import OPERANDS
from anhvm.isa.schedule import Schedule
from anhvm.isa.types import show
from anhvm.kernels.table import BY_ID
from anhvm.program.blocks import block_costs
from anhvm.program.model import (
    Extern,
    Field,
    Function,
    Init,
    Instr,
    Key,
    Mode,
    Program,
    Site,
    SiteKind,
)

HAS_SITE = {code for code, row in OPERANDS.items() if any(o.role == "site" for o in row)}


def disassemble(program: Program, schedule: Schedule | None = None) -> str:
    """The text of `program`, as `assemble` reads it; comments tell gas if a schedule is given."""
    return "\n".join(_Writer(program, schedule).lines()) + "\n"


def inline_sites(function: Function) -> bool:
    """Whether each site is used by one instruction, in order."""
    used = [site_index(instr) for instr in function.code if instr.op in HAS_SITE]
    return used == list(range(len(function.sites)))


def site_index(instr: Instr) -> int:
    """The site of an instruction that has one."""
    slot = next(o.slot for o in OPERANDS[instr.op] if o.role == "site")
    return (instr.a, instr.b, instr.c)[slot]


class _Writer:
    def __init__(self, program: Program, schedule: Schedule | None) -> None:
        self.program = program
        self.schedule = schedule
        self.fields = Names("field", [f.name for f in program.fields])
        self.events = Names("event", [e.name for e in program.events])
        self.externs = Names("extern", [e.name for e in program.externs])
        self.functions = Names("function", [f.name for f in program.functions])
        self.files = Names("file", program.files)

    def lines(self) -> Iterator[str]:
        program = self.program
        yield f"program {quote(program.name)}"
        yield from (f"file {quote(name)}" for name in program.files)
        for index, const in enumerate(program.consts):
            dims = f" {list(const.dims)}" if const.dims else ""
            yield f"const c{index}: {show(const.type)}{dims} = {show_const(const)}"
        yield from map(self.field, program.fields)
        for event in program.events:
            yield f"event {quote(event.name)}({', '.join(map(show, event.types))})"
        for extern in program.externs:
            yield f"extern {_head(extern)}{_stipend(extern)}"
        if program.abi:
            yield f"abi {show_bytes(program.abi)}"
        for function in program.functions:
            yield ""
            yield from self.function(function)

    def field(self, field: Field) -> str:
        keys = f"[{', '.join(map(show, field.keys))}]" if field.keys else ""
        dims = f" {list(field.dims)}" if field.dims else ""
        start = "" if field.initial < 0 else f" = c{field.initial}"
        return f"field {quote(field.name)}{keys}: {show(field.type)}{dims}{start}"

    def function(self, function: Function) -> Iterator[str]:
        reentrant = " reentrant" if function.reentrant else ""
        yield f"function {_head(function)}{reentrant}{_stipend(function)}"
        for effect in function.effects:
            keys = f"[{', '.join(map(_key, effect.keys))}]" if effect.keys else ""
            verb = "reads" if effect.mode == Mode.READ else "writes"
            yield f"  {verb} {self.fields.show(effect.field)}{keys}"
        for index, register in enumerate(function.registers):
            key = Key(register.init, register.index)
            start = "" if register.init == Init.ZERO else f" = {_key(key)}"
            yield f"  reg r{index}: {show(register.type)}{start}"
        inline = inline_sites(function)
        if not inline:
            for site in function.sites:
                yield f"  site {site.kind.name.lower()} {self.site(site)}"
        yield from self.code(function, inline)

    def code(self, function: Function, inline: bool) -> Iterator[str]:
        targets = {
            instr.target
            for instr in function.code
            if any(o.role == "target" for o in OPERANDS[instr.op])
        }
        costs = block_costs(self.program, function, self.schedule) if self.schedule else {}
        sources = {line.pc: line for line in function.lines}
        for pc, instr in enumerate(function.code):
            if pc in costs:
                yield f"  # gas {costs[pc]}"
            if pc in targets:
                yield f"L{pc}:"
            if pc in sources:
                source = sources[pc]
                yield f"  line {source.line}:{source.column} {self.files.show(source.file)}"
            yield f"  {self.instr(function, instr, inline)}"

    def instr(self, function: Function, instr: Instr, inline: bool) -> str:
        shown = []
        for operand in OPERANDS[instr.op]:
            value = (instr.a, instr.b, instr.c)[operand.slot]
            match operand.role:
                case "target":
                    shown.append(f"L{instr.target}")
                case "site":
                    shown.append(self.site(function.sites[value]) if inline else f"%{value}")
                case "imm":
                    shown.append(str(value))
                case _:
                    shown.append(f"r{value}")
        return f"{BY_CODE[instr.op].name} {', '.join(shown)}".rstrip()

    def site(self, site: Site) -> str:
        ins = _registers(site.ins)
        outs = f" -> ({_registers(site.outs)})" if site.outs else ""
        match site.kind:
            case SiteKind.CALL:
                return f"{self.functions.show(site.target)}({ins}){outs}"
            case SiteKind.KERNEL:
                kernel = BY_ID.get(site.target)
                name = kernel.name if kernel else f"%{site.target}"
                attrs = "; " + ", ".join(map(str, site.attrs)) if site.attrs else ""
                return f"{name}({ins}{attrs}){outs}"
            case SiteKind.CELL:
                return self.fields.show(site.target) + (f"[{ins}]" if ins else "")
            case SiteKind.EXTERN:
                return f"{self.externs.show(site.target)}({ins}){outs}"
            case SiteKind.EVENT:
                return f"{self.events.show(site.target)}({ins})"
            case _:
                return f"({ins})"


def _head(item: Extern | Function) -> str:
    params, returns = (", ".join(map(show, x)) for x in (item.params, item.returns))
    return f"{quote(item.name)} {item.kind.name.lower()} ({params}) -> ({returns})"


def _stipend(item: Extern | Function) -> str:
    return f" stipend {item.stipend}" if item.stipend else ""


def _registers(registers: Sequence[int]) -> str:
    return ", ".join(f"r{r}" for r in registers)


def _key(key: Key) -> str:
    match key.init:
        case Init.ZERO:
            return "any"
        case Init.CONST:
            return f"const c{key.index}"
        case Init.ARG:
            return f"arg {key.index}"
        case _:
            return key.init.name.lower()
