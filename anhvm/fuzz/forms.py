"""Sequences that the core fuses, and some that only look like it."""

from __future__ import annotations

from anhvm.fuzz.builder import Body
from anhvm.fuzz.values import array
from anhvm.isa.opcodes import BY_NAME
from anhvm.isa.operands import OPERANDS
from anhvm.isa.types import ELEMENT, SCALARS, DType, Type, is_tensor, tensor
from anhvm.machine.fusions import FUSIONS, Fusion, Part
from anhvm.program.model import Instr, SiteKind

_NEARLY = 0.05
"""How often an operand is another register than the form wants."""
_SITES = {"t.get": SiteKind.ELEMENT, "t.put": SiteKind.UPDATE}


def write_form(body: Body, form: Fusion | None = None) -> None:
    """Appends a form with operands of the right types, and what makes it run to its end."""
    form = form or body.rng.choice(FUSIONS)
    kinds = _kinds(body, form)
    registers = {name: _register(body, form, name, code) for name, code in kinds.items()}
    for name, code in kinds.items():
        if is_tensor(code) and body.rng.random() < 0.9:
            _fill(body, registers[name], code)
    for part in form.parts:
        chosen = [registers[name] for name in part.names]
        for at, name in enumerate(part.names):
            if body.rng.random() < _NEARLY and not is_tensor(kinds[name]):
                write = at == 0 and part.written is not None
                chosen[at] = body.write(kinds[name]) if write else body.read(kinds[name])
        body.code.append(_instr(body, part, chosen))


def _kinds(body: Body, form: Fusion) -> dict[str, int]:
    """The type of each name."""
    kinds: dict[str, int] = {}
    scalar = body.rng.choice(tuple(SCALARS))
    elements = [part for part in form.parts if part.op in _SITES]
    for part in form.parts:
        if part not in elements:
            words = (o.type for o in OPERANDS[BY_NAME[part.op].code] if o.role in "wr")
            same = next((kinds[name] for name in part.names if name in kinds), scalar)
            for name, word in zip(part.names, words, strict=True):
                kinds[name] = same if word == "S" else Type[word.upper()]
    for part in elements:
        x, t, i = part.names if part.op == "t.get" else (part.names[3], *part.names[1:3])
        if t not in kinds:
            fitting = [d for d in DType if kinds.get(x, ELEMENT[d]) == ELEMENT[d]]
            dtype = body.rng.choice(fitting)
            kinds |= {t: tensor(dtype, 1), i: Type.U64, x: ELEMENT[dtype]}
    return kinds


def _register(body: Body, form: Fusion, name: str, code: int) -> int:
    rng = body.rng
    if any(name in part.powers for part in form.parts):
        return body.holding(code, 1 << rng.choice((0, 1, 4, 63)))
    if is_tensor(code) or any(part.written == name for part in form.parts):
        return body.write(code)
    if code in (Type.U64, Type.I64, Type.I32) and not body.risky(0.3):
        return body.holding(code, rng.choice((0, 1, 1, 2, 3)))
    if code == Type.BYTES:
        return body.holding(code, b"a form")
    return body.read(code)


def _fill(body: Body, register: int, code: int) -> None:
    """Gives the register a value that is its own, or one that it shares."""
    held = body.holding(code, array(body.rng, DType(code >> 3 & 3), (4,)))
    zero, same = body.holding(Type.U64, 0), body.add(ELEMENT[DType(code >> 3 & 3)])
    own = Instr(BY_NAME["t.set"].code, register, body.site(SiteKind.UPDATE, ins=(held, zero, same)))
    body.code.append(body.rng.choice((own, own, Instr(BY_NAME["copy"].code, register, held))))


def _instr(body: Body, part: Part, chosen: list[int]) -> Instr:
    code = BY_NAME[part.op].code
    if part.op in _SITES:
        return Instr(code, chosen[0], body.site(_SITES[part.op], ins=tuple(chosen[1:])))
    return Instr(code, *chosen)
