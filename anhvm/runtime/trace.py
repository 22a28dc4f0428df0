"""What a run did, from the marks of its engine: a tree of calls, with gas by instruction.

A block's price is that of its instructions, so counting blocks prices every instruction; what the
gas left fell by beside that is dynamic gas, and belongs to the instruction at the mark.  The sum
over all instructions is the gas that the run used, exactly.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from anhvm.errors import Bug, CannotAnswer
from anhvm.isa.opcodes import BY_CODE, BY_NAME
from anhvm.isa.schedule import Schedule
from anhvm.isa.traps import Trap
from anhvm.program.blocks import instruction_cost, leaders
from anhvm.program.engine import Done
from anhvm.program.model import Program
from anhvm.program.trace import Mark

ENTRY: Final = -1
"""Stands for the frame and the arguments of the started function where a pc is expected."""
MOST_CALLS: Final = 1 << 20
"""Nodes of a tree, so that a hostile contract does not fill the memory of who looks at it."""
_CALL: Final = BY_NAME["call"].code
_BLOCK, _TRAP, _TIME = Mark.BLOCK, Mark.TRAP, Mark.TIME
_DYNAMIC: Final = {code for code, op in BY_CODE.items() if op.dynamic not in ("", "frame")}


class Block(NamedTuple):
    """Instructions `start` to `end` (exclusive); `dynamic` are those that may cost more."""

    start: int
    end: int
    cost: int
    returns: bool
    dynamic: tuple[int, ...]


_NOWHERE = Block(0, 0, 0, False, ())


class Source(NamedTuple):
    """A line of the source; number 0 and no file where the program does not say."""

    file: str
    line: int


class Code:
    """A program as a trace sees it: blocks, prices and lines, worked out once a function.

    `contract` is its address where another contract called it, empty for the one that was started.
    """

    def __init__(self, program: Program, schedule: Schedule, contract: bytes = b"") -> None:
        self.program = program
        self.contract = contract
        self._schedule = schedule
        self.prices = lru_cache(None)(self._prices)
        self.blocks = lru_cache(None)(self._blocks)
        self._starts = lru_cache(None)(self._line_starts)

    def source(self, function: int, pc: int) -> Source:
        """The line that an instruction comes from."""
        at = bisect_right(self._starts(function), pc) - 1
        if at < 0:
            return Source("", 0)
        line = self.program.functions[function].lines[at]
        return Source(self.program.files[line.file], line.line)

    def name(self, function: int) -> str:
        """The name of a function, behind that of its program where that was called."""
        own = self.program.functions[function].name
        return f"{self.program.name}.{own}" if self.contract else own

    def _line_starts(self, function: int) -> list[int]:
        return [line.pc for line in self.program.functions[function].lines]

    def _prices(self, function: int) -> list[int]:
        code = self.program.functions[function]
        return [
            instruction_cost(self.program, code, pc, self._schedule) for pc in range(len(code.code))
        ]

    def _blocks(self, function: int) -> dict[int, Block]:
        code, prices = self.program.functions[function].code, self.prices(function)
        starts = leaders(code)
        return {
            start: Block(
                start,
                end,
                sum(prices[start:end]),
                BY_CODE[code[end - 1].op].name == "ret",
                tuple(pc for pc in range(start, end) if code[pc].op in _DYNAMIC),
            )
            for start, end in zip(starts, (*starts[1:], len(code)), strict=True)
        }


class Step(NamedTuple):
    """One executed instruction: how deep in calls, where, and its gas."""

    depth: int
    code: Code
    function: int
    pc: int
    gas: int


@dataclass(eq=False, slots=True)
class Call:
    """A function of `code` at work; `starts` where a contract was started or called with it.

    Calls that the instruction `site` of one caller repeats are one node.  `blocks` counts
    executions by leader; `dynamic` is gas by pc beyond the price of blocks; `done` counts kernels,
    accesses of storage and events by pc.  `spans` are nanoseconds by the range of instructions,
    from pc to pc, that took them.
    """

    code: Code
    function: int
    site: int = ENTRY
    caller: Call | None = None
    depth: int = 0
    times: int = 1
    blocks: dict[int, int] = field(default_factory=dict)
    dynamic: dict[int, int] = field(default_factory=dict)
    done: dict[int, int] = field(default_factory=dict)
    calls: dict[tuple[int, Code, int], Call] = field(default_factory=dict)
    spans: dict[tuple[int, int], int] = field(default_factory=dict)
    starts: bool = False

    def walk(self) -> Iterator[Call]:
        """This call and all below it, each before those that it makes."""
        waiting = [self]
        while waiting:
            call = waiting.pop()
            yield call
            waiting += reversed(call.calls.values())


@dataclass(frozen=True)
class Trace:
    """A run that is over.  `steps` are its first instructions, of `executed` in all."""

    code: Code
    root: Call
    gas_used: int
    executed: int
    steps: tuple[Step, ...]

    def gas(self, call: Call) -> dict[int, int]:
        """Gas of the call's own instructions, by pc; `ENTRY` for a frame that was started."""
        prices, found = call.code.prices(call.function), dict(call.dynamic)
        blocks = call.code.blocks(call.function)
        for start, times in call.blocks.items():
            for pc in range(start, blocks[start].end):
                found[pc] = found.get(pc, 0) + prices[pc] * times
        return found

    def time(self, call: Call) -> dict[int, int]:
        """Nanoseconds of the call's own instructions, by pc; empty if the time was not told.

        Instructions between two marks share the time between them as they share the gas.
        """
        prices, found = call.code.prices(call.function), dict[int, int]()
        for (first, end), spent in call.spans.items():
            whole, left = sum(prices[first:end]), spent
            for pc in range(first, end):
                share = left if pc == end - 1 else spent * prices[pc] // whole
                found[pc] = found.get(pc, 0) + share
                left -= share
        return found

    def totals(self, of: Callable[[Call], Mapping[int, int]] | None = None) -> dict[Call, int]:
        """Gas of each call with all that it calls; or what else `of` tells of calls."""
        own, found = of or self.gas, dict[Call, int]()
        for call in reversed(list(self.root.walk())):
            below = sum(found[inner] for inner in call.calls.values())
            found[call] = sum(own(call).values()) + below
        return found


class Tracer:
    """Builds the trace of one run; `mark` is called as `program.trace.Trace` says.

    `keep` is how many instructions are kept in order.  Raises CannotAnswer ``trace.calls`` where
    the tree would have more than `MOST_CALLS` nodes.
    """

    def __init__(self, code: Code, function: int, gas: int, keep: int = 0) -> None:
        self._code = code
        self._limit = self._left = gas
        self._keep = keep
        self._call = self._root = Call(code, function, starts=True)
        self._contracts: list[Code | None] = [code]
        self._trapped: tuple[int, int] | None = None
        self._nodes = 1
        self._block = _NOWHERE
        self._next = 0
        self._executed = 0
        self._steps: list[Step] = []
        self._clock = 0
        self._timed: tuple[Call, int, int] | None = None

    def link(self, code: Code | None) -> None:
        """The run is told the program of its next contract, None where none is alive."""
        self._contracts.append(code)

    def mark(self, mark: Mark, function: int, pc: int, left: int) -> None:
        """Takes one mark."""
        if mark is _TRAP:  # if it is not caught, `finish` is told more
            self._trapped = pc, left
            return
        if mark is _TIME:
            self._tick(left)
            return
        if mark is Mark.LEAVE:
            self._left_contract(left)
            return
        if mark is Mark.ENTER:
            callee = self._contracts[function]
            assert callee is not None
            self._enter(self._next - 1, callee, pc, True)
            return
        spent, self._left = self._left - left, left
        if mark is _BLOCK:
            block = self._call.code.blocks(function)[pc]
            self._settle(self._block.end, spent - block.cost)
            self._leave()
            blocks = self._call.blocks
            blocks[pc] = blocks.get(pc, 0) + 1
            self._block, self._next = block, pc
            return
        self._settle(pc + 1, spent, pc)
        if mark == Mark.CALL:
            site = self._call.code.program.functions[function]
            instr = site.code[pc]
            if instr.op == _CALL:
                self._enter(pc, self._call.code, site.sites[instr.a].target, False)
        elif mark is not Mark.VALUE:
            self._call.done[pc] = self._call.done.get(pc, 0) + 1

    def _tick(self, now: int) -> None:
        """The clock says `now`: what the last mark settled took the time since it was heard."""
        if self._timed is not None:
            call, first, end = self._timed
            call.spans[first, end] = call.spans.get((first, end), 0) + now - self._clock
        self._clock, self._timed = now, None

    def finish(self, done: Done) -> Trace:
        """The trace, when the run has given `done`."""
        spent = self._left - (self._limit - done.gas_used)
        failure = done.failure
        if failure is None:
            self._settle(self._block.end, spent)
        else:
            self._stop(failure.pc, spent, failure.trap == Trap.OUT_OF_GAS)
        return Trace(self._code, self._root, done.gas_used, self._executed, tuple(self._steps))

    def _stop(self, pc: int, spent: int, short: bool) -> None:
        """A trap: at an instruction of this block, or before a block that could not be paid."""
        within = self._next <= pc < self._block.end
        if within and (pc in self._block.dynamic or not short):
            self._settle(pc + 1, spent, pc)
            return
        started = self._block is _NOWHERE and self._call.starts
        self._settle(self._block.end, 0)
        self._leave()
        at = ENTRY if started else pc
        self._call.dynamic[at] = self._call.dynamic.get(at, 0) + spent

    def _left_contract(self, left: int) -> None:
        """A contract returned, or a trap that is caught left it."""
        if self._trapped is None:
            self._settle(self._block.end, self._left - left)
        else:
            pc, then = self._trapped
            spent, dynamic = self._left - then, self._block.dynamic
            # Short of gas, if nothing that it had paid for can have spent this.
            paid = any(self._next <= at <= pc for at in dynamic) and pc < self._block.end
            self._stop(pc, spent, spent > 0 and not paid)
        self._trapped = None
        while not self._call.starts:
            assert self._call.caller is not None
            self._call = self._call.caller
        assert self._call.caller is not None
        self._left, self._call, self._block, self._next = left, self._call.caller, _NOWHERE, 0

    def _enter(self, pc: int, code: Code, target: int, starts: bool) -> None:
        callee = self._call.calls.get((pc, code, target))
        if callee is None:
            depth = self._call.depth + 1
            callee = Call(code, target, pc, self._call, depth, 0, starts=starts)
            self._call.calls[pc, code, target] = callee
            self._nodes += 1
            if self._nodes > MOST_CALLS:
                raise CannotAnswer(
                    "trace.calls",
                    f"the tree has more than {MOST_CALLS:,} different calls",
                    "trace a smaller case",
                )
        callee.times += 1
        self._call, self._block, self._next = callee, _NOWHERE, 0

    def _leave(self) -> None:
        if self._block.returns and self._call.caller is not None:
            self._call = self._call.caller

    def _settle(self, end: int, spent: int, at: int | None = None) -> None:
        """The instructions up to `end` are done and took `spent` beyond the price of blocks.

        `at` is the one at the mark: it takes all if it has a dynamic price.
        """
        call, first = self._call, self._next
        if end:
            self._timed = (call, min(first, end - 1) if at is None else at, end)
        self._executed += end - first
        self._next = end
        room = self._keep - len(self._steps)
        if not spent and room <= 0:
            return
        shares = {self._spender(end, at): spent} if spent else {}
        for pc, gas in shares.items():
            call.dynamic[pc] = call.dynamic.get(pc, 0) + gas
        if room > 0:
            prices = call.code.prices(call.function)
            for pc in range(first, min(end, first + room)):
                gas = prices[pc] + shares.get(pc, 0)
                self._steps.append(Step(call.depth, call.code, call.function, pc, gas))

    def _spender(self, end: int, at: int | None) -> int:
        """Whose dynamic gas lies before a mark: each that has some is marked when it is done."""
        if at is not None and at in self._block.dynamic:
            return at
        if self._block is _NOWHERE and self._call.starts:
            return ENTRY
        raise Bug(f"gas that no instruction before {end} may have spent")
