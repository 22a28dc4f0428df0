"""The C text of handlers: of opcodes on scalars, and of the fused forms."""

from __future__ import annotations

from collections.abc import Iterator

from anhvm.isa.opcodes import BY_NAME, OPS, Op
from anhvm.isa.operands import OPERANDS
from anhvm.isa.types import SCALARS
from anhvm.machine.fusions import FUSIONS, SLOTS, Fusion, Part

_SCALAR = {code.name.lower() for code in SCALARS} | {"S"}
_WRITTEN, _POWER = 0x80, 0x40
MOST_PARTS = max(len(form.parts) for form in FUSIONS)
MOST_OPERANDS = max(len(part.names) for form in FUSIONS for part in form.parts)


def header() -> Iterator[str]:
    """Forms by first opcode, the longest first, as `prepare.c` looks them up."""
    forms = sorted(FUSIONS, key=lambda form: (BY_NAME[form.parts[0].op].code, -len(form.parts)))
    yield f"enum {{ FUSION_PARTS = {MOST_PARTS}, FUSION_OPERANDS = {MOST_OPERANDS} }};"
    yield f"enum {{ OPERAND_WRITTEN = {_WRITTEN}, OPERAND_POWER = {_POWER} }};\n"
    yield "/* X(label) for every form, in the order of FUSIONS */"
    yield "#define FOR_EACH_FUSION(X) \\\n    " + " \\\n    ".join(f"X({f.label})" for f in forms)
    yield "\n/* of each part: its opcode, its registers; a register is a field, with bits above */"
    yield "typedef struct {"
    yield "    uint8_t parts, op[FUSION_PARTS], operands[FUSION_PARTS];"
    yield "    uint8_t operand[FUSION_PARTS][FUSION_OPERANDS];"
    yield "} fusion;\n"
    yield "static const fusion FUSIONS[] = {"
    yield from map(_row, forms)
    yield "};\n"
    yield "static const struct { uint16_t first, count; } FUSIONS_OF[256] = {"
    firsts = [form.parts[0].op for form in forms]
    for op in dict.fromkeys(firsts):
        yield f"    [{_code(op)}] = {{{firsts.index(op)}, {firsts.count(op)}}},"
    yield "};"


def handlers() -> Iterator[str]:
    """Part of the loop: a label and its code for each scalar opcode and each form."""
    for op in filter(_is_plain, OPS):
        operands = ", ".join(f"AT({SLOTS[o.slot]})" for o in OPERANDS[op.code])
        yield f"op_{_c(op.name)}:\n    DO_{_c(op.name)}({operands})\n    NEXT;"
    for form in FUSIONS:
        yield f"fused_{form.label}: {{"
        yield from _body(form)
        yield "}"


def _body(form: Fusion) -> Iterator[str]:
    fields = dict(zip(form.names, SLOTS, strict=False))
    computed: dict[str, str] = {}
    for name in _elements(form):  # no part writes another register of their types
        yield f"    uint64_t {name}0 = AT({fields[name]});"
        computed[name] = f"{name}0"
    for number, part in enumerate(form.parts):
        operands = [computed.get(name, f"AT({fields[name]})") for name in part.names]
        if part.op == "t.put":
            operands[0] = f"AT({fields[part.names[0]]})"  # which it may give a copy
        after = ""
        if part.written:
            local = f"v{number}"
            yield f"    uint64_t {local};"
            operands[0], computed[part.written] = local, local
            after = f" AT({fields[part.written]}) = {local};"
            if BY_NAME[part.op].dynamic:
                after += " MARK(TRACE_VALUE);"
        macro = f"DO_{_c(part.op)}{'_2' * bool(part.powers)}"
        yield f"    {{ enum {{ PART = {number} }}; {macro}({', '.join(operands)}){after} }}"
    if not BY_NAME[form.parts[-1].op].ends_block:
        yield "    NEXT;"


def _elements(form: Fusion) -> tuple[str, ...]:
    """The names of a tensor and an index, where two parts read them."""
    pairs = [part.names[1:3] for part in form.parts if part.op in ("t.get", "t.put")]
    return pairs[0] if len(pairs) > 1 else ()


def _row(form: Fusion) -> str:
    def operand(part: Part, at: int) -> int:
        name = part.names[at]
        written = _WRITTEN * (part.written is not None and at == 0)
        return form.names.index(name) | written | _POWER * (name in part.powers)

    ops = ", ".join(_code(part.op) for part in form.parts)
    counts = ", ".join(str(len(part.names)) for part in form.parts)
    operands = ", ".join(
        "{" + ", ".join(str(operand(part, at)) for at in range(len(part.names))) + "}"
        for part in form.parts
    )
    return f"    {{{len(form.parts)}, {{{ops}}}, {{{counts}}}, {{{operands}}}}},"


def _is_plain(op: Op) -> bool:
    kinds = [(o.role, o.type) for o in OPERANDS[op.code]]
    return not op.ends_block and all(r in ("w", "r") and t in _SCALAR for r, t in kinds)


def _c(name: str) -> str:
    return name.replace(".", "_")


def _code(name: str) -> str:
    return f"OP_{_c(name).upper()}"
