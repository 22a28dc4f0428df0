"""Calls CPU kernels on NumPy arrays without the machine: for tests, tools and benches."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import pairwise
from math import prod
from time import perf_counter_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.errors import Bug
from anhvm.kernels.cpu.memory import MAX_RANK, SHARED, SHARED_AT, header
from anhvm.kernels.definitions.call import NUMPY, type_of
from anhvm.kernels.ranks import KernelFault
from anhvm.kernels.registry import CpuKernels
from anhvm.kernels.shapes import infer
from anhvm.kernels.table import BY_NAME

Array = NDArray[Any]

_KERNELS = CpuKernels()
_PLAN = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_int64)
_CHECK = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)
_RUN = ctypes.CFUNCTYPE(ctypes.c_int32, *[ctypes.c_int64] * 4)
_ALIGN = 64
# Bytes behind each output and workspace that no kernel may touch.
_GUARD, _MARK = 256, 0xA5


class Prepared:
    """A call whose parameter block is ready; `run` may be repeated.  f32 inputs must be flushed.

    The first outputs are written over the inputs of the numbers `over`.
    """

    def __init__(
        self,
        name: str,
        inputs: Sequence[Any],
        attrs: Sequence[int] = (),
        counts: Sequence[int] = (),
        over: Sequence[int] = (),
    ) -> None:
        kernel = BY_NAME[name]
        self.name = name
        self._inputs = [np.ascontiguousarray(x).reshape(np.shape(x)) for x in inputs]
        found = infer(kernel, [type_of(x) for x in self._inputs], attrs, counts)
        self._guards: list[Array] = []
        made = [self._guarded(t.dims, NUMPY[t.dtype]) for t in found[len(over) :]]
        self.outputs = [*(self._inputs[i] for i in over), *made]
        operands = [*self._inputs, *self.outputs]
        words = header(len(operands), len(attrs), operands[0].itemsize)
        for x in operands:
            words += [x.ctypes.data, x.ndim, *x.shape, *[1] * (MAX_RANK - x.ndim)]
        self._block = np.array([*words, *attrs, *counts], np.uint64).view(np.int64)
        self._pointers = _KERNELS.pointers(kernel.id)
        self._run = _RUN(self._pointers.run)
        self._plan = _PLAN(self._pointers.plan)
        if self._plan(self._block.ctypes.data) != 1:
            raise Bug(f"{name}: plan failed")
        self.tiles, self._bytes = int(self._block[0]), int(self._block[1])
        self._shared = self._guarded((int(self._block[SHARED]),), np.uint8)
        self._block[SHARED_AT] = self._shared.ctypes.data

    def _guarded(self, dims: Sequence[int], dtype: Any) -> Array:
        """Zeros of the given dims at a cache line, as in the machine, with a guard behind them."""
        size = prod(dims) * np.dtype(dtype).itemsize
        space = np.zeros(_ALIGN + size + _GUARD, np.uint8)
        room = space[-space.ctypes.data % _ALIGN :]
        self._guards.append(room[size:])
        room[size:] = _MARK
        held: Array = room[:size].view(dtype).reshape(dims)
        return held

    def check(self) -> int:
        """First offending position, or -1."""
        at = self._pointers.check
        return int(_CHECK(at)(self._block.ctypes.data)) if at else -1

    def run(self, splits: Sequence[int] = (), threads: int = 1) -> list[Array]:
        """Runs the tiles between the splits, one range after the other or in threads."""
        free = self.tiles - 1 if self._shared.size else self.tiles
        ranges = list(pairwise([0, *(min(split, free) for split in splits), free]))
        after = [(free, self.tiles)] if free < self.tiles else []
        with ThreadPoolExecutor(threads) if threads > 1 else nullcontext() as pool:
            for step in (ranges, after):
                list((pool.map if pool else map)(lambda part: self.part(*part), step))
        return self.outputs

    def part(self, first: int, end: int) -> None:
        """Runs one range of tiles; the last tile may need what the others left."""
        from anhvm.kernels.cpu.fpmode import flush_mode

        room = np.empty(_ALIGN + self._bytes + _GUARD, np.uint8)
        start = -room.ctypes.data % _ALIGN
        guard = room[start + self._bytes :]
        guard[:] = _MARK
        with flush_mode():
            status = self._run(self._block.ctypes.data, first, end, room.ctypes.data + start)
        if status != 1 or any((g != _MARK).any() for g in (guard, *self._guards)):
            raise Bug(f"{self.name}: run failed, or wrote outside of its memory")

    def nanoseconds(self, least: float = 1e6) -> float:
        """Time of one plan and run in this thread, repeated for `least` ns; the mode is set."""
        room = np.empty(_ALIGN + self._bytes, np.uint8)
        start = room.ctypes.data + -room.ctypes.data % _ALIGN
        block, tiles, plan, run = self._block.ctypes.data, self.tiles, self._plan, self._run
        repeats, spent = 1, 0
        while True:
            begin = perf_counter_ns()
            for _ in range(repeats):
                plan(block)
                run(block, 0, tiles, start)
            spent = perf_counter_ns() - begin
            if spent >= least:
                return spent / repeats
            repeats *= 2


def call(
    name: str,
    inputs: Sequence[Any],
    attrs: Sequence[int] = (),
    counts: Sequence[int] = (),
    threads: int = 1,
) -> list[Array]:
    """The outputs of kernel `name`; raises KernelFault as the definition does."""
    prepared = Prepared(name, inputs, attrs, counts)
    where = prepared.check()
    if where >= 0:
        message = f"{name}: {BY_NAME[name].check} at position {where}"
        raise KernelFault("kernel.data", message, "mend the data")
    splits = [prepared.tiles * i // threads for i in range(1, threads)]
    return prepared.run(splits, threads)
