"""Calls the compiled matmul through the kernel ABI, as a worker pool would, by ranges of tiles."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from numba import cfunc, types

from anhvm.kernels.cpu import matmul as kernel
from anhvm.kernels.cpu.fpmode import flush_mode
from anhvm.kernels.cpu.ulp import evaluate
from anhvm.kernels.definitions.floats import canonical
from tests.kernels.numbers import F32, guarded, hostile, tame

NAMES = ["nn", "nt", "tn", "tt"]
I64 = types.int64


@cache
def compiled(name: str) -> Any:
    """`plan` or one of the four `run_..` as a C function."""
    if name == "plan":
        return cfunc(types.int32(I64))(kernel.plan.py_func)
    run = getattr(kernel, f"run_{name}").py_func
    return cfunc(types.int32(I64, I64, I64, I64))(run)


def operands(
    name: str, batch: tuple[int, ...], m: int, k: int, n: int, seed: int = 0
) -> tuple[F32, F32]:
    """Operands of the transposed shapes, some rows of op(a) and columns of op(b) hostile."""
    generator = np.random.default_rng(seed)

    def rows(count: int) -> F32:
        # One NaN makes a whole chain NaN, which hides every other fault: few rows have any.
        wild = generator.random((*batch, count, 1)) < 0.2
        both = [kind(generator, (*batch, count, k)) for kind in (hostile, tame)]
        return np.where(wild, *both)

    a, b = rows(m), rows(n)
    a = np.swapaxes(a, -1, -2) if name[0] == "t" else a
    b = b if name[1] == "t" else np.swapaxes(b, -1, -2)
    return np.ascontiguousarray(a), np.ascontiguousarray(b)


def product(name: str, a: F32, b: F32, cuts: Sequence[float] = ()) -> F32:
    """y = op(a) @ op(b), the tiles cut at the given shares of them, each range on its own."""
    m = a.shape[-1 if name[0] == "t" else -2]
    n = b.shape[-2 if name[1] == "t" else -1]
    guard = np.float32(12345)
    room = np.full(int(np.prod(a.shape[:-2])) * m * n + 64, guard, np.float32)
    p = np.ones(4 + 3 * 8, np.int64)
    p[2:4] = 3, 0
    shape = (*a.shape[:-2], m, n)
    places = (a.ctypes.data, b.ctypes.data, room.ctypes.data)
    for at, place, dims in zip((4, 12, 20), places, (a.shape, b.shape, shape), strict=True):
        p[at : at + 2 + len(dims)] = place, len(dims), *dims
    assert compiled("plan").ctypes(p.ctypes.data) == 1
    tiles = int(p[0])
    workspace = np.full(int(p[1]) // 4 + 64, np.nan, np.float32)
    workspace[-64:] = guard
    edges = [0, *sorted(int(tiles * cut) for cut in cuts), tiles]
    with flush_mode():
        for lo, hi in pairwise(edges):
            done = compiled(name).ctypes(p.ctypes.data, lo, hi, workspace.ctypes.data)
            assert done == 1
    assert (room[-64:] == guard).all() and (workspace[-64:] == guard).all()
    return room[:-64].reshape(shape)


def digest() -> str:
    """One digest of a few products and functions, whatever CPU Numba compiles for.

    The operands end where memory ends, so a load beyond them ends the process.
    """
    total = hashlib.sha256()
    # These two pack each operand both ways; compiling more would only take time.
    for name in ("nn", "tt"):
        for m, k, n in ((17, 40, 35), (5, 300, 7), (1, 9, 300)):
            a, b = map(guarded, operands(name, (), m, k, n))
            total.update(canonical(product(name, a, b)).tobytes())
    x = hostile(np.random.default_rng(1), (3000,))
    for function in ("exp", "log", "tanh"):
        total.update(canonical(evaluate(function, x)).tobytes())
    return total.hexdigest()


if __name__ == "__main__":
    sys.stdout.write(f"{kernel.TILE.rows} {kernel.TILE.lanes} {digest()}\n")
