"""Programs made of a generated one by small changes that the verifier mostly lets pass.

They are much cheaper than a program of their own, and unlike it they put operands where its author
would not: a result that is overwritten, a branch that goes elsewhere, another opcode with the same
operands.  Branches of a `straight` program still go forward only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from anhvm.fuzz.values import array, constant, scalar
from anhvm.isa.opcodes import BY_CODE, OPS
from anhvm.isa.operands import OPERANDS
from anhvm.isa.types import Type, dtype_of, is_tensor
from anhvm.kernels.table import KERNELS
from anhvm.program.model import Function, Init, Instr, Program, Site, SiteKind

_CHANGES = (1, 1, 2, 3)
_CARELESS = 0.04


def _alike() -> dict[int, tuple[int, ...]]:
    """For each opcode, those that take the same operands and do as much to the flow."""
    groups: dict[object, list[int]] = {}
    for op in OPS:
        shape = tuple((o.role, o.type, o.slot) for o in OPERANDS[op.code])
        groups.setdefault((shape, op.ends_block, op.ends_flow), []).append(op.code)
    return {code: tuple(group) for group in groups.values() for code in group}


def _same_signature() -> dict[int, tuple[int, ...]]:
    """For each kernel, those that take and give the same."""
    groups: dict[object, list[int]] = {}
    for kernel in KERNELS:
        groups.setdefault((kernel.signature, len(kernel.attrs)), []).append(kernel.id)
    return {number: tuple(group) for group in groups.values() for number in group}


_ALIKE, _KERNELS = _alike(), _same_signature()


def twist(rng: Random, program: Program, straight: bool) -> Program:
    """`program` with a few things changed; decodable, and valid as often as not."""
    for _ in range(rng.choice(_CHANGES)):
        index = rng.randrange(len(program.functions))
        function = program.functions[index]
        if program.consts and rng.random() < 0.15:
            program = _with_const(rng, program)
            continue
        if function.sites and rng.random() < 0.2:
            changed = _with_site(rng, function)
        else:
            changed = rng.choice(_EDITS)(rng, function, straight)
        functions = program.functions
        program = replace(program, functions=(*functions[:index], changed, *functions[index + 1 :]))
    return program


def _with_const(rng: Random, program: Program) -> Program:
    index = rng.randrange(len(program.consts))
    old = program.consts[index]
    given = (
        array(rng, dtype_of(old.type), old.dims)
        if is_tensor(old.type)
        else scalar(rng, Type(old.type))
    )
    consts = (*program.consts[:index], constant(old.type, given), *program.consts[index + 1 :])
    return replace(program, consts=consts)


def _with_site(rng: Random, function: Function) -> Function:
    index = rng.randrange(len(function.sites))
    site = function.sites[index]
    if site.outs and rng.random() < 0.3:
        site = replace(site, outs=_one_other(rng, function, site.outs, written=True))
    elif site.kind == SiteKind.KERNEL and rng.random() < 0.3:
        site = replace(site, target=rng.choice(_KERNELS[site.target]))
    elif site.attrs and rng.random() < 0.5:
        at = rng.randrange(len(site.attrs))
        attrs = (*site.attrs[:at], rng.randrange(4), *site.attrs[at + 1 :])
        site = replace(site, attrs=attrs)
    elif site.ins:
        site = replace(site, ins=_one_other(rng, function, site.ins, written=False))
    return replace(function, sites=_put(function.sites, index, site))


def _one_other(
    rng: Random, function: Function, registers: Sequence[int], written: bool
) -> tuple[int, ...]:
    at = rng.randrange(len(registers))
    return (*registers[:at], _like(rng, function, registers[at], written), *registers[at + 1 :])


def _like(rng: Random, function: Function, register: int, written: bool) -> int:
    """Another register of that type; now and then any, which the verifier has to refuse."""
    if rng.random() < _CARELESS:
        return rng.randrange(len(function.registers))
    wanted = function.registers[register].type
    found = [
        number
        for number, other in enumerate(function.registers)
        if other.type == wanted and not (written and other.init != Init.ZERO)
    ]
    return rng.choice(found) if found else register


def _put(items: tuple[Site, ...], index: int, item: Site) -> tuple[Site, ...]:
    return (*items[:index], item, *items[index + 1 :])


def _other_opcode(rng: Random, function: Function, straight: bool) -> Function:
    at = rng.randrange(len(function.code))
    old = function.code[at]
    return _with_instr(function, at, replace(old, op=rng.choice(_ALIKE[old.op])))


def _other_register(rng: Random, function: Function, straight: bool) -> Function:
    at = rng.randrange(len(function.code))
    old = function.code[at]
    fields = [old.a, old.b, old.c]
    for operand in OPERANDS[old.op]:
        if operand.role in ("w", "r", "m") and rng.random() < 0.5:
            fields[operand.slot] = _like(rng, function, fields[operand.slot], operand.role != "r")
    return _with_instr(function, at, Instr(old.op, *fields))


def _other_order(rng: Random, function: Function, straight: bool) -> Function:
    at, to = (rng.randrange(len(function.code)) for _ in range(2))
    code = list(function.code)
    if any(_is_branch(i) or BY_CODE[i.op].ends_flow for i in (code[at], code[to])):
        return function
    code[at], code[to] = code[to], code[at]
    return replace(function, code=tuple(code))


def _other_target(rng: Random, function: Function, straight: bool) -> Function:
    branches = [at for at, instr in enumerate(function.code) if _is_branch(instr)]
    if not branches:
        return _other_register(rng, function, straight)
    at, last = rng.choice(branches), len(function.code) - 1
    target = rng.randint(min(at + 1, last) if straight else 0, last)
    old = function.code[at]
    return _with_instr(function, at, Instr(old.op, old.a, target & 0xFFFF, target >> 16))


def _is_branch(instr: Instr) -> bool:
    return any(operand.role == "target" for operand in OPERANDS[instr.op])


def _with_instr(function: Function, at: int, instr: Instr) -> Function:
    return replace(function, code=(*function.code[:at], instr, *function.code[at + 1 :]))


_EDITS: tuple[Callable[[Random, Function, bool], Function], ...] = (
    _other_opcode,
    _other_opcode,
    _other_register,
    _other_register,
    _other_order,
    _other_target,
)
