"""Assembler text to a program.  Whether the program is sound, the verifier says."""

from __future__ import annotations

from anhvm.assembler.function import FunctionReader, signature, stipend
from anhvm.assembler.scope import scope
from anhvm.assembler.words import Line, Names, read_const
from anhvm.isa.types import is_tensor, rank_of, show
from anhvm.program.model import Const, Event, Extern, Field, Program

_HEADS = ("program", "file", "const", "field", "event", "extern", "abi", "function")
_NAMED = ("const", "field", "event", "extern", "function", "file")
_U32 = 1 << 32


def assemble(text: str) -> Program:
    """The program that `text` describes; raises `AssemblyError` with the line."""
    lines = [Line(number, line) for number, line in enumerate(text.split("\n"), 1)]
    sections = _sections([line for line in lines if line.tokens])
    heads = {head: [group[0] for group in sections[head]] for head in _HEADS}
    # Every name is known before anything that refers to it is read.
    names = {head: [line.name() for line in heads[head]] for head in _HEADS if head != "abi"}
    known = scope(*(names[head] for head in _NAMED))
    program = Program(
        name=names["program"][0] if names["program"] else "",
        consts=tuple(map(_const, heads["const"])),
        fields=tuple(
            _field(name, line, known.consts)
            for name, line in zip(names["field"], heads["field"], strict=True)
        ),
        events=tuple(map(_event, names["event"], heads["event"])),
        functions=tuple(
            FunctionReader(known, name, lines).function()
            for name, lines in zip(names["function"], sections["function"], strict=True)
        ),
        files=tuple(names["file"]),
        abi=b"".join(map(_abi, heads["abi"])),
        externs=tuple(map(_extern, names["extern"], heads["extern"])),
    )
    for head in _HEADS:
        for line in heads[head]:
            line.end()
    return program


def _sections(lines: list[Line]) -> dict[str, list[list[Line]]]:
    """The declarations by their first word; a function takes all lines up to the next."""
    sections: dict[str, list[list[Line]]] = {head: [] for head in _HEADS}
    for line in lines:
        head = line.peek
        if head in _HEADS and (head == "function" or not sections["function"]):
            line.take()
            sections[head].append([line])
        elif sections["function"]:
            sections["function"][-1].append(line)
        else:
            raise line.bad(f"{head!r} is unknown here")
    return sections


def _dims(line: Line, code: int) -> tuple[int, ...]:
    dims = line.series(lambda: line.number_below(_U32), "]") if line.skip("[") else ()
    if len(dims) != (rank_of(code) if is_tensor(code) else 0):
        raise line.bad(f"{len(dims)} dims for {show(code)}")
    return dims


def _const(line: Line) -> Const:
    line.expect(":")
    code = line.type()
    dims = _dims(line, code)
    line.expect("=")
    return read_const(line, code, dims)


def _field(name: str, line: Line, consts: Names) -> Field:
    keys = line.series(line.type, "]") if line.skip("[") else ()
    line.expect(":")
    code = line.type()
    dims = _dims(line, code)
    return Field(name, code, keys, dims, consts.find(line) if line.skip("=") else -1)


def _event(name: str, line: Line) -> Event:
    line.expect("(")
    return Event(name, line.series(line.type, ")"))


def _extern(name: str, line: Line) -> Extern:
    return Extern(name, *signature(line), stipend(line))


def _abi(line: Line) -> bytes:
    token = line.take()
    if token.startswith('"'):
        return line.string(token).encode()
    try:
        return bytes.fromhex(token.removeprefix("0x"))
    except ValueError as error:
        raise line.bad("the interface is neither a string nor hexadecimal") from error
