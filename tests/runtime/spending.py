"""Where the gas goes, told by the reference interpreter's own meter: the slow twin of a trace."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any

import pytest

from anhvm.fuzz.cases import Case
from anhvm.fuzz.observe import Observation, observe
from anhvm.isa.schedule import load
from anhvm.kernels.definitions.call import call
from anhvm.program.blocks import block_costs, instruction_cost
from anhvm.program.trace import Mark
from anhvm.reference import ReferenceEngine
from anhvm.reference import engine as under_watch
from anhvm.reference.memory import Meter
from anhvm.reference.state import State
from anhvm.reference.trapped import Trapped
from anhvm.runtime.trace import ENTRY

Path = tuple[tuple[int, int], ...]
"""The calls that were under way: (function, pc of the call), the outermost first."""
Spent = Counter[tuple[Path, int, int]]
"""Gas by path, function and pc."""


class Book:
    """Every charge of one run, at the instruction that the interpreter was at."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.spent: Spent = Counter()
        self.calls: Counter[int] = Counter()
        self.state: Any = None
        self.last: tuple[tuple[Path, int, int], int] | None = None
        self.begun = False
        self.block = lru_cache(None)(self._block)

    def charge(self, amount: int) -> None:
        """The instruction at work, or the start, takes `amount`."""
        frames = self.state.frames if self.begun else []
        path = tuple((frame.index, frame.pc - 1) for frame in frames[:-1])
        function, pc = self.state.at if self.begun else (self.case.function, ENTRY)
        self.last = (path, function, pc), amount
        self.spent[self.last[0]] += amount

    def mark(self, mark: Mark, function: int, pc: int, left: int) -> None:
        """The last charge was that of a block: each of its instructions takes its own part."""
        if mark == Mark.CALL:
            self.calls[function] += 1
        if mark != Mark.BLOCK:
            return
        assert self.last is not None
        (path, *at), amount = self.last
        assert at == [function, pc if self.begun else ENTRY]
        self.spent[self.last[0]] -= amount
        for inner, price in self.block(function, pc):
            self.spent[path, function, inner] += price
        self.begun = True

    def _block(self, function: int, start: int) -> list[tuple[int, int]]:
        """Instructions of a block with their own prices."""
        program, code = self.case.program, self.case.program.functions[function]
        starts = [*block_costs(program, code, load()), len(code.code)]
        end = min(other for other in starts if other > start)
        return [(pc, instruction_cost(program, code, pc, load())) for pc in range(start, end)]


def spending(case: Case, monkeypatch: pytest.MonkeyPatch) -> tuple[Book, Observation]:
    """Runs `case` on the reference interpreter with an eye on its meter."""
    book = Book(case)

    class Watched(Meter):
        def charge(self, cost: int) -> None:
            before = self.left
            try:
                super().charge(cost)
            except Trapped:
                book.charge(before)
                raise
            book.charge(cost)

    def state(*args: Any) -> Any:
        book.state = State(*args)
        return book.state

    with monkeypatch.context() as patch:
        patch.setattr(under_watch, "Meter", Watched)
        patch.setattr(under_watch, "State", state)
        engine = ReferenceEngine(call, load(), book.mark)
        seen = observe(engine, engine.load(case.encoded), case, lambda: ())
    return book, seen
