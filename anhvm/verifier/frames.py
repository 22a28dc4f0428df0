"""Rules on what a function declares.

* limit: at most MAX_REGISTERS registers, MAX_CODE instructions, and MAX_ITEMS parameters, results
  and sites;
* register: CONST and ARG name one that exists and has the register's type; SENDER and SELF are
  bytes; VALUE, HEIGHT and TIME are u64;
* effect: at most MAX_EFFECTS; the field exists; one key for each of its keys, each ZERO or as for
  a register of the key's type; a VIEW has effects of mode READ only;
* line: ascending pc inside the code; an existing file; line and column from 1.
"""

from __future__ import annotations

from anhvm.isa.types import Type
from anhvm.program.limits import MAX_CODE, MAX_REGISTERS
from anhvm.program.model import MAX_EFFECTS, Effect, Function, Init, Kind, Mode, Program
from anhvm.verifier.parts import check_count, check_names
from anhvm.verifier.refusal import NotVerified

_FROM_ENV = {
    Init.SENDER: Type.BYTES,
    Init.SELF: Type.BYTES,
    Init.VALUE: Type.U64,
    Init.HEIGHT: Type.U64,
    Init.TIME: Type.U64,
}


def check_frame(program: Program, function: Function) -> None:
    """Everything of `function` but its sites and its code."""
    name = function.name
    check_names([name])
    check_count("parameters", function.params)
    check_count("results", function.returns)
    check_count("sites", function.sites)
    if len(function.registers) > MAX_REGISTERS:
        raise NotVerified("limit", f"more than {MAX_REGISTERS} registers", name)
    if len(function.code) > MAX_CODE:
        raise NotVerified("limit", f"more than {MAX_CODE} instructions", name)
    for index, register in enumerate(function.registers):
        if not _starts(program, function, register.type, register.init, register.index):
            raise NotVerified("register", f"register {index} cannot start as declared", name)
    if len(function.effects) > MAX_EFFECTS:
        raise NotVerified("effect", f"more than {MAX_EFFECTS} effects", name)
    for effect in function.effects:
        _check_effect(program, function, effect)
    _check_lines(program, function)


def _starts(program: Program, function: Function, code: int, init: Init, index: int) -> bool:
    """Whether a register of type `code` can have this initialiser."""
    if init == Init.CONST:
        return index < len(program.consts) and program.consts[index].type == code
    if init == Init.ARG:
        return index < len(function.params) and function.params[index] == code
    return _FROM_ENV.get(init, code) == code


def _check_effect(program: Program, function: Function, effect: Effect) -> None:
    if effect.field >= len(program.fields):
        raise NotVerified("effect", "an effect on an unknown field", function.name)
    field = program.fields[effect.field]
    if len(effect.keys) != len(field.keys) or not all(
        _starts(program, function, code, key.init, key.index)
        for code, key in zip(field.keys, effect.keys, strict=True)
    ):
        raise NotVerified("effect", f"the keys of an effect on {field.name}", function.name)
    if function.kind == Kind.VIEW and effect.mode == Mode.WRITE:
        raise NotVerified("view", f"a view that may write {field.name}", function.name)


def _check_lines(program: Program, function: Function) -> None:
    last = -1
    for line in function.lines:
        if not last < line.pc < len(function.code):
            raise NotVerified("line", "lines out of order or beyond the code", function.name)
        if line.file >= len(program.files) or line.line < 1 or line.column < 1:
            raise NotVerified("line", "a line of no file", function.name)
        last = line.pc
