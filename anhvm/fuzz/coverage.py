"""What a campaign has reached: pairs of opcodes, traps, classes of values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from anhvm.fuzz.cases import Case
from anhvm.fuzz.observe import Observation
from anhvm.fuzz.values import F32_CLASSES, class_of
from anhvm.isa.opcodes import BY_CODE, OPS
from anhvm.isa.traps import Trap
from anhvm.kernels.table import KERNELS
from anhvm.program.blocks import leaders
from anhvm.program.engine import Callee
from anhvm.program.model import Program, SiteKind
from anhvm.program.trace import Mark

MACHINE_TRAPS = sorted({Trap.OUT_OF_GAS, *(trap for op in OPS for trap in op.traps)})
"""The traps that a program can end with."""
CLASSES = (*F32_CLASSES, "empty tensor")
"""Classes of the values that go in and come out."""


@dataclass
class Coverage:
    """Counters; they add up over processes."""

    runs: int = 0
    ops: Counter[int] = field(default_factory=Counter)
    pairs: Counter[tuple[int, int]] = field(default_factory=Counter)
    kernels: Counter[int] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    combined: set[tuple[int, int, str, str]] = field(default_factory=set)
    near_exhaustion: int = 0
    scanned: int = 0

    def add(self, blocks: Blocks, case: Case, seen: Observation, near: bool) -> None:
        """One run, as the reference saw it."""
        self.runs += 1
        self.near_exhaustion += near
        end = seen.trap.name if seen.trap else "returned"
        self.ends[end] += 1
        called = [need.address for need, _ in seen.needs if isinstance(need, Callee)]
        at_work = [blocks]
        last = 0
        pairs: set[tuple[int, int]] = set()
        for mark, function, pc, _ in seen.trace:
            if mark == Mark.ENTER:
                at_work.append(blocks.of(called[function - 1]) if function else blocks)
            elif mark == Mark.LEAVE:
                at_work.pop()
            elif mark == Mark.BLOCK:
                ops = at_work[-1].ops(function, pc)
                self.ops.update(ops)
                found = tuple(zip((last, *ops), ops, strict=False))
                self.pairs.update(found)
                pairs.update(found)
                last = ops[-1]
            elif mark == Mark.KERNEL:
                self.kernels[at_work[-1].kernel(function, pc)] += 1
        classes = set(_classes(case, seen))
        self.values.update(classes)
        self.combined.update((*pair, end, name) for pair in pairs if pair[0] for name in classes)

    def merge(self, other: Coverage) -> None:
        """Adds the counts of another process."""
        self.runs += other.runs
        self.near_exhaustion += other.near_exhaustion
        self.scanned += other.scanned
        for name in ("ops", "pairs", "kernels", "ends", "values"):
            getattr(self, name).update(getattr(other, name))
        self.combined |= other.combined

    @property
    def missing(self) -> list[str]:
        """What was never reached: opcodes, kernels, traps, classes of values."""
        ops = [op.name for op in OPS if not self.ops[op.code]]
        kernels = [f"kernel {k.name}" for k in KERNELS if not self.kernels[k.id]]
        traps = [trap.name for trap in MACHINE_TRAPS if not self.ends[trap.name]]
        classes = [name for name in CLASSES if not self.values[name]]
        return [*ops, *kernels, *traps, *classes]

    def report(self) -> str:
        """Lines for people."""
        pairs = sum(1 for a, b in self.pairs if a and b)
        lines = [
            f"opcodes      {len(self.ops)} of {len(OPS)} reached",
            f"pairs        {pairs} of {len(OPS) ** 2} pairs of opcodes, one after the other",
            f"combined     {len(self.combined)} of {len(OPS) ** 2} x {len(MACHINE_TRAPS) + 1} x "
            f"{len(CLASSES)} (pair, end of the run, class of a value in it)",
            f"kernels      {len(self.kernels)} of {len(KERNELS)} completed",
            "ends         " + _counts(self.ends),
            "values       " + _counts(self.values),
            f"exhaustion   {self.near_exhaustion} runs with gas within 2 of what they need, "
            f"{self.scanned} programs with every gas that does not suffice",
        ]
        if self.missing:
            lines.append("never        " + ", ".join(self.missing))
        return "\n".join(lines)


class Blocks:
    """The opcodes of each block of a program, and of `others` that it calls."""

    def __init__(self, program: Program, others: Mapping[bytes, Program] | None = None) -> None:
        self.program = program
        self._others = {address: Blocks(other) for address, other in (others or {}).items()}

    def of(self, address: bytes) -> Blocks:
        """Those of the contract there."""
        return self._others[address]

    @cached_property
    def _blocks(self) -> list[dict[int, tuple[int, ...]]]:
        found = []
        for function in self.program.functions:
            starts = leaders(function.code)
            ends = (*starts[1:], len(function.code))
            ops = tuple(instr.op for instr in function.code)
            found.append({a: ops[a:b] for a, b in zip(starts, ends, strict=True)})
        return found

    def ops(self, function: int, pc: int) -> tuple[int, ...]:
        """The opcodes of the block that begins there."""
        return self._blocks[function][pc]

    def kernel(self, function: int, pc: int) -> int:
        """The kernel of the instruction there."""
        declared = self.program.functions[function]
        site = declared.sites[declared.code[pc].a]
        assert site.kind == SiteKind.KERNEL, BY_CODE[declared.code[pc].op]
        return site.target


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())


def _classes(case: Case, seen: Observation) -> Iterator[str]:
    """Classes of the f32 and tensors that went in and came out."""
    for given in case.args:
        if isinstance(given, np.ndarray | np.float32):
            yield from _of(np.asarray(given))
    written = [value for _, value in seen.writes]
    emitted = [value for _, _, values in seen.events for value in values]
    for kind, *rest in (*seen.returns, *written, *emitted):
        yield from _of(_array(kind, rest))


def _array(kind: str, rest: list[Any]) -> np.ndarray[Any, Any]:
    if kind == "f32":
        return np.frombuffer(rest[0], np.float32)
    if len(rest) == 2:
        return np.frombuffer(rest[1], kind).reshape(rest[0])
    return np.zeros(1, np.int32)


def _of(array: np.ndarray[Any, Any]) -> Iterator[str]:
    if not array.size:
        yield "empty tensor"
    elif array.dtype == np.float32:
        yield from {class_of(float(x)) for x in array.ravel()[:8]}
