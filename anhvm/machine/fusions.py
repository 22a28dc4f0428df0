"""Sequences of instructions that the core runs by one handler: written here, matched by
`prepare.c`, and generated into `fused_gen.h`.

A form is its instructions as the assembler writes them, with names for registers: operands of the
row first, then those of its site.  The same name is the same register.  A name that was written
before is taken from where it was computed, and no longer from memory.  ``c^`` is a constant that is
a power of two.  A form does exactly what its parts do, one after the other, traps and all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from anhvm.isa.opcodes import BY_NAME
from anhvm.isa.operands import OPERANDS

SLOTS: Final = "abcdef"
"""Fields of a prepared instruction, and so the most registers of a form."""


@dataclass(frozen=True)
class Part:
    """One instruction of a form: `names` of its registers, `powers` those that end in ``^``."""

    op: str
    names: tuple[str, ...]
    powers: frozenset[str]

    @property
    def written(self) -> str | None:
        """The name that the instruction computes."""
        computes = any(o.role == "w" for o in OPERANDS[BY_NAME[self.op].code])
        return self.names[0] if computes else None


@dataclass(frozen=True)
class Fusion:
    """A form; `names` stand in the fields of the prepared instruction in this order."""

    parts: tuple[Part, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for part in self.parts for name in part.names))

    @property
    def label(self) -> str:
        """A name for C; ``_2`` where a constant is a power of two."""
        words = (p.op.replace(".", "_") + "_2" * bool(p.powers) for p in self.parts)
        return "__".join(words)


def _parse(text: str) -> Fusion:
    parts = []
    for line in text.split(";"):
        op, *words = line.replace(",", " ").split()
        powers = frozenset(word[:-1] for word in words if word.endswith("^"))
        parts.append(Part(op, tuple(word.rstrip("^") for word in words), powers))
    return Fusion(tuple(parts))


def _forms() -> Iterator[str]:
    integers, tests = ("u64", "i64", "i32"), ("eq", "ne", "lt", "le")
    for kind, test in product(integers, tests):
        yield f"{kind}.{test} t, x, y; jif t"
        yield f"{kind}.{test} t, x, y; jifnot t"
        yield f"{kind}.{test} t, x, y; assert t, m"
    for test in tests:
        yield f"f32.{test} t, x, y; jif t"
        yield f"f32.{test} t, x, y; jifnot t"
    # the end of a counted loop
    yield from (f"{kind}.add i, j, s; {kind}.lt t, i, n; jif t" for kind in integers)
    yield "mov x, y; mov z, w"
    yield "u64.add x, y, z; mov v, w; mov u, x"
    yield "u64.mul x, y, z; u64.mod v, x, w; u64.add s, s, v"
    yield "u64.mul x, y, z; u64.mod v, x, w"
    yield "u64.mul x, y, z; u64.add x, x, v; u64.mod x, x, w^"
    yield "u64.mod x, y, z^"
    yield "u64.div x, y, z^"
    # elements of tensors with one axis
    yield "t.get x, t, i"
    yield "t.put t, t, i, x"
    for test, branch in product(tests, ("jif b", "jifnot b")):
        yield f"t.get x, t, i; i32.{test} b, x, y; {branch}"
    yield "t.get x, t, i; i32.le b, y, x; assert b, m"
    for kind, op in product(("i32", "f32"), ("add", "sub", "mul")):
        yield f"t.get x, t, i; {kind}.{op} y, x, z; t.put t, t, i, y"
    yield "t.put t, t, i, x; u64.add i, i, s; u64.lt b, i, n; jif b"


FUSIONS: Final = tuple(map(_parse, _forms()))
