"""Cases of opcodes, assembled from their rows: a loop of many copies of the instruction.

Operands are constants of each class that the instruction admits, independent of each other (`wide`)
or each the result of the one before (`chain`).  What a site lists is made by its kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

import numpy as np

from anhvm.benches.gas.case import Case
from anhvm.benches.gas.sites import SITES
from anhvm.benches.gas.text import Loop
from anhvm.isa.opcodes import OPS, Op
from anhvm.isa.operands import OPERANDS, Operand
from anhvm.program.engine import Value

COPIES: Final = 64
VALUES: Final = {
    "u64": {"small": ("7", "3"), "one": ("1", "1"), "zero": ("0", "0"),
            "large": ("12297829382473034411", "4294967311"),
            "bits": ("12297829382473034411", "17")},
    "i64": {"small": ("-7", "3"), "one": ("1", "1"), "zero": ("0", "0"),
            "large": ("-6148914691236517205", "4294967311")},
    "i32": {"small": ("-7", "3"), "one": ("1", "1"), "zero": ("0", "0"),
            "large": ("-1431655765", "65537")},
    "f32": {"small": ("1.25", "0.75"), "one": ("1.0", "1.0"), "zero": ("0.0", "-0.0"),
            "tiny": ("1.2e-38", "2.4e-38"), "huge": ("3.0e38", "2.0e38"), "nan": ("nan", "nan")},
    "bool": {"small": ("true", "true"), "zero": ("false", "false")},
}  # fmt: skip
"""For each scalar type, classes of two distinct values."""


def cases(op: Op) -> Iterator[Case]:
    """The cases of an opcode; some may trap, which whoever times them finds."""
    operands = OPERANDS[op.code]
    kinds = [o.type for o in operands if o.role == "site"]
    if kinds:
        for loop in SITES[kinds[0]](op):
            yield loop.case(op.name)
    elif any(o.role == "target" for o in operands):
        yield from _branches(op, operands)
    else:
        yield from _plain(op, operands)


def all_cases() -> Iterator[Case]:
    """Those of the whole table."""
    for op in OPS:
        yield from cases(op)


def _plain(op: Op, operands: tuple[Operand, ...]) -> Iterator[Case]:
    variants = {"S": tuple(VALUES), "H": ("bytes", "f32[2]"), "T": ("f32[2]", "i8[1]")}
    unbound = next((o.type for o in operands if o.type in variants), "")
    for bound in variants.get(unbound, ("",)):
        types = [bound if o.type == unbound and unbound else o.type for o in operands]
        read = [t for t, o in zip(types, operands, strict=True) if o.role == "r" and t in VALUES]
        for word in dict.fromkeys(w for t in read for w in VALUES[t]) or ("",):
            for chained in (False, True) if types and _chains(operands, types) else (False,):
                yield _repeated(op, operands, types, word, chained, bound)


def _chains(operands: tuple[Operand, ...], types: list[str]) -> bool:
    written = [t for o, t in zip(operands, types, strict=True) if o.role == "w"]
    return any(o.role == "r" and t in written for o, t in zip(operands, types, strict=True))


def _repeated(
    op: Op, operands: tuple[Operand, ...], types: list[str], word: str, chained: bool, bound: str
) -> Case:
    top, registers, start, shown = [], [], [], []
    for number, (o, t) in enumerate(zip(operands, types, strict=True)):
        name = f"v{number}"
        if o.role == "imm":
            name = "0"
        elif o.role == "w":
            registers.append(f"{name}: {t}")
        elif t not in VALUES:
            name = "own" if t == "bytes" else "a1"
        elif chained and o.slot == 1:
            name = "v0"
            top.append(f"const s: {t} = {_value(t, word, False)}")
            registers.append(f"s: {t} = const s")
            start.append("mov v0, s")
        else:
            top.append(f"const k{number}: {t} = {_value(t, word, o.slot == 2)}")
            registers.append(f"{name}: {t} = const k{number}")
        shown.append(name)
    lines = [f"{op.name} {', '.join(shown)}".rstrip()]
    if op.name == "drop":
        lines.insert(0, f"copy v0, {'own' if bound == 'bytes' else 'a1'}")
    tensor = bound if "[" in bound else ""
    return Loop(
        " ".join(filter(None, [bound, word, "chain" if chained else ""])),
        lines * COPIES,
        top,
        [*registers, "own: bytes = sender"],
        [tensor] if tensor else [],
        start=start,
        args=partial(_tensor, tensor) if tensor else tuple,
    ).case(op.name)


def _tensor(kind: str) -> tuple[Value, ...]:
    return (np.ones((3, 5), np.float32) if kind == "f32[2]" else np.ones(7, np.int8),)


def _value(kind: str, word: str, second: bool | int) -> str:
    classes = VALUES[kind]
    return classes.get(word, classes["small"])[bool(second)]


def _branches(op: Op, operands: tuple[Operand, ...]) -> Iterator[Case]:
    tested = any(o.role == "r" for o in operands)
    for word in ("true", "false") if tested else ("",):
        lines = []
        for copy in range(COPIES):
            lines += [f"{op.name} {'v0, ' if tested else ''}L{copy}", f"L{copy}:"]
        top = [f"const k: bool = {word}"] if tested else []
        registers = ["v0: bool = const k"] if tested else []
        yield Loop(word, lines, top, registers).case(op.name)
