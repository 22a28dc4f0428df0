"""What this machine can do at most, measured in the run that quotes it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from anhvm.benches.loops import CHAINS, SQUARES, UNROLL, compiled, dot_text, fma_text, stream_text
from anhvm.benches.placing import room
from anhvm.benches.timing import Batch, Timer
from anhvm.kernels.cpu import integer_ir
from anhvm.kernels.cpu.target import tile

_INNER = 1000


def fma_rate(timer: Timer) -> float:
    """Multiply-adds of f32 a second that all threads together reach in registers."""
    lanes = tile().lanes
    loop = compiled(fma_text(lanes), "chains", ctypes.c_float, ctypes.c_void_p)

    def batch() -> Batch:
        out = np.zeros(CHAINS * lanes, np.float32)
        return lambda count: (loop(_INNER * count, 1e-3, out.ctypes.data), out)

    return timer.threads * _INNER * CHAINS * lanes / _together(timer, batch)


def dot_rate(timer: Timer) -> float:
    """Multiply-adds of i8 a second that all threads together reach in registers."""
    lanes = integer_ir.TILE.lanes
    text = dot_text(lanes, integer_ir.INSTRUCTION, integer_ir.VNNI)
    loop = compiled(text, "chains", ctypes.c_int32, ctypes.c_void_p)

    def batch() -> Batch:
        out = np.zeros(CHAINS * lanes, np.int32)
        return lambda count: (loop(_INNER * count, 1, out.ctypes.data), out)

    each = CHAINS * lanes * integer_ir.SPAN
    return timer.threads * _INNER * each / _together(timer, batch)


def stream_time(elements: int, reads: int, writes: int, timer: Timer) -> float:
    """Least seconds to read `reads` (1, 2) and write `writes` (0, 1) arrays of `elements` f32 in
    order, again and again, so from the cache that holds them."""
    lanes = tile().lanes
    address = ctypes.c_void_p
    kinds = (ctypes.c_int64, address, address, address)
    loop = compiled(stream_text(lanes, reads, writes), "stream", *kinds)
    part = elements // timer.threads // (lanes * UNROLL) * (lanes * UNROLL)

    def batch() -> Batch:
        held = [room((part,)) for _ in range(3)]
        return lambda count: loop(count, part, *(array.ctypes.data for array in held))

    return _together(timer, batch)


def remainder_time(modulus: int, timer: Timer) -> float:
    """Seconds of one step of ``s += i * i % modulus`` in machine code."""
    loop = compiled(SQUARES, "squares", ctypes.c_int64)
    return timer.of_batches(lambda count: loop(_INNER * count, modulus)) / _INNER


def _together(timer: Timer, make: Callable[[], Batch]) -> float:
    """Least seconds of a call when each thread has a batch of its own, timed there: what hands work
    to threads takes longer than a batch."""
    batches = [make() for _ in range(timer.threads)]
    with ThreadPoolExecutor(timer.threads) as pool:
        return max(pool.map(timer.of_batches, batches))
