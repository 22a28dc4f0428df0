"""A gas schedule: the constants of `anhvm/gas/schedule-N.toml`, and the formulas that use them.

All results are in gas and saturate at `SATURATED`, which is never payable.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from anhvm.errors import Bug
from anhvm.isa.opcodes import BY_CODE, OPS
from anhvm.isa.traps import CELL_OVERHEAD
from anhvm.kernels.table import GAS_CLASSES

CURRENT: Final = 5
RATES: Final = ("bytes", "load", "store", "emit", "memory", "first")
SATURATED: Final = (1 << 64) - 1


class KernelClass(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prices of one class of kernels: `madds` is gas for 65536 of them, `near` and `far` for 1024.

    While a run has never held more than `cache` bytes, those that a call touches cost `near`, and
    `far` from then on: its values no longer lie in the caches all at once.
    """

    base: int
    madds: int
    near: int
    far: int
    cache: int

    def cost(self, madds: int, size: int, high: int = 0) -> int:
        """Gas of a call with `madds` multiply-adds that touches `size` bytes, in a run whose
        high-water mark of live bytes is `high`."""
        rate = self.far if max(size, high) > self.cache else self.near
        return saturate(self.base + (self.madds * saturate(madds) + 64 * rate * size) // 65536)


class Frame(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Prices of a frame: `register` for each register, and for each result."""

    register: int


class Steps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is dearer in something large, which lies in no cache: `price` more for each `step` of
    its size, `levels` times at most."""

    step: int
    levels: int
    price: int

    def cost(self, size: int) -> int:
        """Gas that it costs more in something of this size."""
        return self.price * min(size // self.step, self.levels)


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of the prices."""

    version: int
    opcodes: Mapping[str, int]
    bytes_per_1024: Mapping[str, int]
    frame: Frame
    code: Steps
    element: Steps
    kernels: Mapping[str, KernelClass]

    def static(self, op: int) -> int:
        """Gas of the class of an opcode."""
        return self.opcodes[BY_CODE[op].gas]

    def by_bytes(self, rate: str, size: int) -> int:
        """Gas for `size` bytes at a rate of `bytes_per_1024`."""
        return saturate(size * self.bytes_per_1024[rate] // 1024)

    def first(self, path: int) -> int:
        """Gas for the first touch of a cell whose path has so many bytes."""
        return self.by_bytes("first", CELL_OVERHEAD + path)

    def memory(self, high: int, higher: int) -> int:
        """Gas for raising the high-water mark from `high` to `higher` bytes."""
        return saturate(self.by_bytes("memory", higher) - self.by_bytes("memory", high))


def saturate(gas: int) -> int:
    """The smaller of `gas` and `SATURATED`."""
    return min(gas, SATURATED)


def source(version: int = CURRENT) -> str:
    """The text of the file of a version."""
    return files("anhvm.gas").joinpath(f"schedule-{version}.toml").read_text(encoding="utf-8")


@cache
def load(version: int = CURRENT) -> Schedule:
    """Schedule `version`; raises `Bug` where the file lacks a class or has one too many."""
    schedule = msgspec.convert(tomllib.loads(source(version)), Schedule)
    wanted = {
        "opcodes": (schedule.opcodes, {op.gas for op in OPS}),
        "bytes_per_1024": (schedule.bytes_per_1024, set(RATES)),
        "kernels": (schedule.kernels, set(GAS_CLASSES)),
    }
    for section, (found, names) in wanted.items():
        if set(found) != names:
            raise Bug(f"schedule {version}: [{section}] has {sorted(set(found) ^ names)} amiss")
    return schedule
