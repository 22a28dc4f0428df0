"""Writes the headers that the C core shares with the tables: `isa_gen.h`, `kernels_gen.h`, and
`fused_gen.h` with `handlers_gen.h`, whose forms are those of `fusions`.

    python -m anhvm.machine.generate            write them
    python -m anhvm.machine.generate --check    exit 1 if a checked-in header is stale

The rows of the opcode table become an X-macro: a handler that is forgotten in the loop is a label
that the compiler does not find.  Prices are not compiled in, only the order of their classes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from anhvm.isa import opcodes, traps, types
from anhvm.isa.schedule import RATES
from anhvm.kernels import encoding
from anhvm.kernels.signature import DType as KernelDType
from anhvm.kernels.signature import Rest
from anhvm.kernels.table import GAS_CLASSES, KERNELS
from anhvm.machine import fused
from anhvm.program import encode, limits, model
from anhvm.program.trace import Mark

FOLDER = Path(__file__).parent / "csrc"
CLASSES = tuple(sorted({op.gas for op in opcodes.OPS}))
"""Order of the static gas classes in the schedule that the core is handed."""
DYNAMIC = RATES
"""Order of the rates per 1024 bytes in the schedule that the core is handed."""

_WRITTEN = "/* Written by anhvm.machine.generate; do not edit. */"
_HEADER = f"{_WRITTEN}\n#pragma once\n#include <stdint.h>\n"
_VARIABLES = {"S": "CLASS_SCALAR", "H": "CLASS_HANDLE", "T": "CLASS_TENSOR", "E": "CLASS_ELEMENT",
              "any": "CLASS_ANY"}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Write the headers, or with ``--check`` compare them; returns the exit code."""
    stale = [name for name, text in texts().items() if _read(FOLDER / name) != text]
    if "--check" in arguments:
        for name in stale:
            print(f"{name} is stale: run python -m anhvm.machine.generate", file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        (FOLDER / name).write_text(texts()[name], encoding="utf-8")
    return 0


def texts() -> dict[str, str]:
    """The headers by file name."""
    return {
        "isa_gen.h": "\n".join([_HEADER, *_isa()]) + "\n",
        "kernels_gen.h": "\n".join([_HEADER, *_kernels()]) + "\n",
        "fused_gen.h": "\n".join([_HEADER, '#include "isa_gen.h"\n', *fused.header()]) + "\n",
        "handlers_gen.h": "\n".join([_WRITTEN, *fused.handlers()]) + "\n",
    }


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _c(name: str) -> str:
    return name.replace(".", "_")


def _enum(prefix: str, members: Iterable[tuple[str, int]]) -> Iterator[str]:
    yield f"enum {prefix.lower().rstrip('_')} {{"
    yield from (f"    {prefix}{_c(name).upper()} = {value}," for name, value in members)
    yield "};\n"


def _isa() -> Iterator[str]:
    for name, value in (
        ("MAX_RANK", types.MAX_RANK),
        ("MAX_ELEMENTS", f"UINT64_C({types.MAX_ELEMENTS})"),
        ("MAX_DEPTH", traps.MAX_DEPTH),
        ("MAX_CONTRACTS", traps.MAX_CONTRACTS),
        ("MAX_EVENTS", traps.MAX_EVENTS),
        ("MAX_MEMORY", f"UINT64_C({traps.MAX_MEMORY})"),
        ("VALUE_OVERHEAD", traps.VALUE_OVERHEAD),
        ("CELL_OVERHEAD", traps.CELL_OVERHEAD),
        ("MAX_EFFECTS", model.MAX_EFFECTS),
        ("MAX_KEYS", model.MAX_KEYS),
        ("MAX_NAME", limits.MAX_NAME),
        ("MAX_ITEMS", limits.MAX_ITEMS),
        ("MAX_REGISTERS", limits.MAX_REGISTERS),
        ("MAX_CODE", limits.MAX_CODE),
        ("PROGRAM_VERSION", model.VERSION),
        ("DIGEST_SIZE", encode.DIGEST_SIZE),
    ):
        yield f"#define {name} {value}"
    yield ""
    yield from _enum("TYPE_", ((t.name, t) for t in types.Type))
    yield from _enum("DTYPE_", ((t.name, t) for t in types.DType))
    yield from _enum("TRAP_", ((t.name, t) for t in traps.Trap))
    yield from _enum("INIT_", ((t.name, t) for t in model.Init))
    yield from _enum("KIND_", ((t.name, t) for t in model.Kind))
    yield from _enum("SITE_", ((t.name, t) for t in model.SiteKind))
    yield from _enum("MODE_", ((t.name, t) for t in model.Mode))
    yield from _enum("GAS_", [*((n, i) for i, n in enumerate(CLASSES)), ("CLASSES", len(CLASSES))])
    yield from _enum("RATE_", [*((n, i) for i, n in enumerate(DYNAMIC)), ("COUNT", len(DYNAMIC))])
    yield from _enum("TRACE_", ((mark.name, mark) for mark in Mark))
    yield from _enum("OP_", ((op.name, op.code) for op in opcodes.OPS))
    yield "enum role { ROLE_NONE, ROLE_W, ROLE_R, ROLE_M, ROLE_IMM, ROLE_TARGET, ROLE_SITE };"
    yield "enum type_class {"
    yield from (f"    {name} = {i}," for i, name in enumerate(_VARIABLES.values(), 0x80))
    yield "};\n"
    yield "/* X(name, OP_NAME) for every opcode */"
    rows = (f"X({_c(op.name)}, OP_{_c(op.name).upper()})" for op in opcodes.OPS)
    yield "#define FOR_EACH_OP(X) \\\n    " + " \\\n    ".join(rows) + "\n"
    yield "/* a row of the opcode table: operands a, b, c are (role, type or kind of site) */"
    yield "typedef struct {"
    yield "    uint8_t known, gas, ends_block, ends_flow;"
    yield "    struct { uint8_t role, type; } operand[3];"
    yield "} op_row;\n"
    yield "static const op_row OP_ROWS[256] = {"
    yield from (_op(op) for op in opcodes.OPS)
    yield "};"


def _op(op: opcodes.Op) -> str:
    operands = ", ".join(_operand(text) for text in op.operands)
    flags = f"{int(op.ends_block)}, {int(op.ends_flow)}"
    return f"    [OP_{_c(op.name).upper()}] = {{1, GAS_{op.gas.upper()}, {flags}, {{{operands}}}}},"


def _operand(text: str) -> str:
    role, _, kind = text.partition(":")
    if not kind:
        return f"{{ROLE_{(role or 'none').upper()}, 0}}"
    if role == "site":
        return f"{{ROLE_SITE, SITE_{kind.upper()}}}"
    return f"{{ROLE_{role.upper()}, {_VARIABLES.get(kind) or 'TYPE_' + kind.upper()}}}"


def _kernels() -> Iterator[str]:
    constants = (
        "MAX_OPERANDS", "MAX_TAIL", "MAX_WORK", "MAX_NONEMPTY", "MAX_COUNTS",
        "NOTHING", "ONE", "OUT", "AXES", "KEPT", "THIRD", "RUNS", "LAST", "DIM", "REST",
        "SHARE", "TAKEN", "WINDOWS", "SIZE", "CHECKS", "SAME_COUNT", "WINDOWED", "SIZED",
        "AXIS", "ORDER", "SOME", "IN_PLACE", "PARTLY", "PIECES", "PIECE", "NEXT",
    )  # fmt: skip
    yield from (f"#define KERNEL_{name} {getattr(encoding, name)}" for name in constants)
    yield f"#define KERNEL_LIMIT {max(k.id for k in KERNELS) + 1}"
    yield f"#define KERNEL_CLASSES {len(GAS_CLASSES)}\n"
    yield from _enum("KDTYPE_", ((t.name, t) for t in KernelDType))
    yield from _enum("DIMS_", ((t.name, t) for t in Rest))
    yield "/* the layout of kernels/encoding.py, word by word */"
    yield "typedef struct {"
    yield "    uint16_t dtype, rest, rests, tail, variable[KERNEL_MAX_TAIL];"
    yield "} kernel_operand;\n"
    yield "typedef struct {"
    yield "    uint16_t id, inputs, outputs, attrs, gas_class, flags, counts, limited, bits;"
    yield "    uint16_t nonempty[KERNEL_MAX_NONEMPTY];"
    yield "    struct { uint16_t variable, pad; } work[KERNEL_MAX_WORK];"
    yield "    kernel_operand operand[KERNEL_MAX_OPERANDS];"
    yield "} kernel_row;\n"
    yield "/* by id; a row without outputs is no kernel */"
    yield "static const kernel_row KERNEL_ROWS[KERNEL_LIMIT] = {"
    for kernel in KERNELS:
        yield f"    /* {kernel.name} */"
        yield f"    [{kernel.id}] = {_row(encoding.encode(kernel))},"
    yield "};"


def _row(words: list[int]) -> str:
    fixed = encoding.FIXED_WORDS
    at, parts = fixed + encoding.MAX_NONEMPTY, [*map(str, words[:fixed])]
    parts.append(_braces(words[fixed:at]))
    end = at + 2 * encoding.MAX_WORK
    parts.append("{" + ", ".join(_braces(words[i : i + 2]) for i in range(at, end, 2)) + "}")
    operands = []
    last = end + encoding.OPERAND_WORDS * (words[1] + words[2])  # C fills up with zeros
    for i in range(end, last, encoding.OPERAND_WORDS):
        operand = words[i : i + encoding.OPERAND_WORDS]
        operands.append("{" + ", ".join([*map(str, operand[:4]), _braces(operand[4:])]) + "}")
    parts.append("{" + ",\n        ".join(operands) + "}")
    return "{" + ", ".join(parts) + "}"


def _braces(words: list[int]) -> str:
    return "{" + ", ".join(map(str, words)) + "}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
