"""How often a case pays each constant of a schedule, read off the machine itself.

Gas is linear in the constants.  So a case is run under schedules in which one constant is large and
all others are 0: its gas is then that constant times how often it was paid.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec

from anhvm.benches.gas.case import Case, Measured, Meter
from anhvm.isa.opcodes import BY_CODE
from anhvm.isa.schedule import Schedule
from anhvm.kernels.registry import CpuKernels, KernelPointers
from anhvm.kernels.table import BY_ID, BY_NAME
from anhvm.program.engine import Value
from anhvm.program.model import SiteKind

Constant = tuple[str, ...]
"""Where a constant stands in the schedule: ("kernels", "map", "base")."""
SHAPES: Final = frozenset({"version", "cache", "step", "levels"})
"""Numbers of a schedule that are no prices."""
_ONE: Final = 1 << 20
"""Large, so that rates for 1024 are whole."""
_FIRST, _SECOND = 4, 8
"""Iterations from which on each pays the same."""


def constants(schedule: Schedule) -> dict[Constant, int]:
    """All prices of a schedule by their place."""
    return dict(_walk(msgspec.to_builtins(schedule), ()))


def replaced(schedule: Schedule, prices: Mapping[Constant, int]) -> Schedule:
    """The schedule with other prices."""
    tree = msgspec.to_builtins(schedule)
    for (*path, last), price in prices.items():
        at = tree
        for step in path:
            at = at[step]
        at[last] = price
    return msgspec.convert(tree, Schedule)


def _walk(tree: Mapping[str, Any], path: Constant) -> Iterator[tuple[Constant, int]]:
    for name, found in tree.items():
        if isinstance(found, dict):
            yield from _walk(found, (*path, name))
        elif name not in SHAPES:
            yield (*path, name), found


class IdleKernels(CpuKernels):
    """Kernels that plan no work and leave their outputs as they are: gas goes by shapes."""

    def __init__(self) -> None:
        super().__init__()
        self._plan = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.POINTER(ctypes.c_int64))(_no_tiles)
        address = ctypes.cast(self._plan, ctypes.c_void_p).value or 0
        self._idle = KernelPointers(plan=address, check=0, run=address)

    def pointers(self, kernel_id: int) -> KernelPointers:
        """The same for every kernel."""
        return self._idle


def _no_tiles(block: Any) -> int:
    block[0] = 0
    return 1


class Parts:
    """Counts what cases pay, under the formulas of one schedule.

    Cases of kernels take no branch on what a kernel computes, so theirs need not compute; and all
    their iterations pay the same but the first.
    """

    def __init__(self, schedule: Schedule, kernels: CpuKernels) -> None:
        self.schedule = schedule
        self.kernels = kernels
        self.idle = IdleKernels()
        self.names = tuple(constants(schedule))
        self.meter = cache(self._meter)

    def of(self, measured: Measured) -> dict[Constant, float]:
        """How often an iteration pays each constant, on average over the measured run."""
        case, count = measured.case, measured.count
        found, args, idle = {}, case.args(), case.name in BY_NAME
        for name in _payable(case, self.schedule):
            few = idle and count - case.skip > _SECOND
            paid = self._paid(self.meter(name, idle), case, count, args, few) / (count - case.skip)
            if paid:
                found[name] = paid / _ONE
        return found

    def _paid(
        self, meter: Meter, case: Case, count: int, args: Sequence[Value], few: bool
    ) -> float:
        loaded = meter.load(case)

        def total(iterations: int) -> int:
            return meter.spend(loaded, iterations, args)[1]

        start = total(case.skip)
        if not few:
            return total(count) - start
        first, second = (total(case.skip + n) for n in (_FIRST, _SECOND))
        each = (second - first) / (_SECOND - _FIRST)
        return second - start + each * (count - case.skip - _SECOND)

    def _meter(self, name: Constant, idle: bool) -> Meter:
        prices = {**dict.fromkeys(self.names, 0), name: _ONE}
        return Meter(replaced(self.schedule, prices), self.idle if idle else self.kernels)


def _payable(case: Case, schedule: Schedule) -> list[Constant]:
    """The constants that the instructions of a case may pay; those of all runs among them."""
    functions = case.program.functions
    ops = {BY_CODE[instr.op] for f in functions for instr in f.code}
    kernels = {
        BY_ID[site.target].gas_class
        for f in functions
        for site in f.sites
        if site.kind == SiteKind.KERNEL
    }
    words = {word for op in ops for word in op.dynamic.split()}
    known = {
        "opcodes": {op.gas for op in ops} | words,
        "kernels": kernels,
        "bytes_per_1024": words | {"memory"},
        "frame": {"register"} if words & {"frame", "extern"} else (),
        "element": {"price"} if "element" in words else (),
        "code": {"price"} if schedule.code.cost(case.program.instructions) else (),
    }
    names = constants(schedule)
    return [name for name in names if name[0] not in known or name[1] in known[name[0]]]
