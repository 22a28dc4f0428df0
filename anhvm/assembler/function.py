"""One function of assembler text: its declarations, then its code."""

from __future__ import annotations

from anhvm.assembler.scope import Scope
from anhvm.assembler.words import Line, Names
from anhvm.isa.opcodes import BY_NAME
from anhvm.isa.operands import OPERANDS
from anhvm.program.model import (
    Effect,
    Function,
    Init,
    Instr,
    Key,
    Kind,
    Mode,
    Register,
    Site,
    SiteKind,
)
from anhvm.program.model import Line as Source

_U16, _U32, _U64 = 1 << 16, 1 << 32, 1 << 64


def signature(line: Line) -> tuple[Kind, tuple[int, ...], tuple[int, ...]]:
    """``call (u64, bytes) -> (bool)``."""
    word = line.take().upper()
    if word not in Kind.__members__:
        raise line.bad(f"{word.lower()!r} is no kind of function")
    line.expect("(")
    params = line.series(line.type, ")")
    line.expect("->")
    line.expect("(")
    return Kind[word], params, line.series(line.type, ")")


def stipend(line: Line) -> int:
    """``stipend 5000``, or nothing."""
    return line.number_below(_U64) if line.skip("stipend") else 0


class FunctionReader:
    """Reads the lines of one function."""

    def __init__(self, scope: Scope, name: str, lines: list[Line]) -> None:
        self.scope = scope
        self.head, *self.body = lines
        self.name = name
        self.names: list[str] = []
        self.registers: list[Register] = []
        self.effects: list[Effect] = []
        self.sites: list[Site] = []
        self.sources: list[Source] = []
        self.code: list[Line] = []
        self.labels: dict[str, int] = {}

    def function(self) -> Function:
        head = self.head
        kind, params, returns = signature(head)
        reentrant, promised = head.skip("reentrant"), stipend(head)
        head.end()
        sites = [line for line in self.body if not self.declaration(line)]
        self.known = Names("register", self.names)
        for line in sites:
            self.sites.append(self.site(line, self.site_kind(line)))
            line.end()
        self.explicit = bool(sites)
        code = tuple(map(self.instr, self.code))
        return Function(
            self.name,
            kind,
            params,
            returns,
            tuple(self.registers),
            code,
            tuple(self.sites),
            tuple(self.effects),
            tuple(self.sources),
            reentrant,
            promised,
        )

    def declaration(self, line: Line) -> bool:
        """Takes in a line; False for a site, which needs all registers first."""
        word = line.peek
        if line.tokens[1:] == [":"]:
            self.labels[word] = len(self.code)
        elif word in ("reads", "writes"):
            line.take()
            self.effects.append(self.effect(line, Mode.READ if word == "reads" else Mode.WRITE))
        elif word == "reg":
            line.take()
            self.register(line)
        elif word == "line":
            line.take()
            self.sources.append(self.source(line))
        elif word == "site":
            line.take()
            return False
        else:
            self.code.append(line)
        return True

    def effect(self, line: Line, mode: Mode) -> Effect:
        field = self.scope.fields.find(line)
        keys = line.series(lambda: self.scope.key(line), "]") if line.skip("[") else ()
        line.end()
        return Effect(mode, field, keys)

    def register(self, line: Line) -> None:
        self.names.append(line.name())
        line.expect(":")
        code = line.type()
        key = self.scope.key(line) if line.skip("=") else Key(Init.ZERO)
        line.end()
        self.registers.append(Register(code, key.init, key.index))

    def source(self, line: Line) -> Source:
        row = line.number_below(_U32)
        line.expect(":")
        column = line.number_below(_U32)
        file = self.scope.files.find(line)
        line.end()
        return Source(len(self.code), file, row, column)

    def site_kind(self, line: Line) -> SiteKind:
        word = line.take().upper()
        if word not in SiteKind.__members__:
            raise line.bad(f"{word.lower()!r} is no kind of site")
        return SiteKind[word]

    def list(self, line: Line, close: str = ")") -> tuple[int, ...]:
        return line.series(lambda: self.known.find(line), close)

    def site(self, line: Line, kind: SiteKind) -> Site:
        target = 0
        attrs: tuple[int, ...] = ()
        outs: tuple[int, ...] = ()
        names = {
            SiteKind.CALL: self.scope.functions,
            SiteKind.KERNEL: self.scope.kernels,
            SiteKind.CELL: self.scope.fields,
            SiteKind.EVENT: self.scope.events,
            SiteKind.EXTERN: self.scope.externs,
        }
        if kind in names:
            target = names[kind].find(line)
        if kind == SiteKind.CELL:
            return Site(kind, target, self.list(line, "]") if line.skip("[") else ())
        line.expect("(")
        ins: list[int] = []
        while line.peek not in (")", ";"):
            if ins:
                line.expect(",")
            ins.append(self.known.find(line))
        if kind == SiteKind.KERNEL and line.skip(";"):
            attrs = line.series(lambda: line.number_below(_U32), ")")
        else:
            line.expect(")")
        if kind in (SiteKind.CALL, SiteKind.KERNEL, SiteKind.EXTERN) and line.skip("->"):
            line.expect("(")
            outs = self.list(line)
        return Site(kind, target, tuple(ins), outs, attrs)

    def instr(self, line: Line) -> Instr:
        name = line.take()
        if name not in BY_NAME:
            raise line.bad(f"{name!r} is no instruction")
        fields = [0, 0, 0]
        code = BY_NAME[name].code
        for number, operand in enumerate(OPERANDS[code]):
            if number:
                line.expect(",")
            value = self.operand(line, operand.role, operand.type)
            fields[operand.slot] = value & 0xFFFF
            if operand.role == "target":
                fields[2] = value >> 16
        line.end()
        return Instr(code, *fields)

    def operand(self, line: Line, role: str, kind: str) -> int:
        if role == "target":
            label = line.take()
            if label not in self.labels:
                raise line.bad(f"there is no label {label}")
            return self.labels[label]
        if role == "imm":
            return line.number_below(_U16)
        if role != "site":
            return self.known.find(line)
        if self.explicit:
            if not line.peek.startswith("%"):
                raise line.bad("the sites of this function are declared: name one as %n")
            return int(line.take()[1:])
        self.sites.append(self.site(line, SiteKind[kind.upper()]))
        return len(self.sites) - 1
