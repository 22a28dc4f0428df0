"""Products by the compiled matmul, over ranges of tiles as a worker pool would run them."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence

import numpy as np

from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.cpu.target import tile
from anhvm.kernels.cpu.ulp import evaluate
from anhvm.kernels.definitions.floats import canonical
from tests.kernels.numbers import F32, guarded, hostile, tame

NAMES = {"nn": "matmul", "nt": "matmul_nt", "tn": "matmul_tn", "tt": "matmul_tt"}


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
    call = Prepared(NAMES[name], [a, b])
    return call.run(sorted(int(call.tiles * cut) for cut in cuts))[0]


def digest() -> str:
    """One digest of a few products and functions, whatever CPU Numba compiles for.

    The operands end where memory ends, so a load beyond them ends the process.
    """
    total = hashlib.sha256()
    # These two pack each operand both ways; compiling more would only take time.
    for name in ("nt", "tn"):
        for m, k, n in ((17, 40, 35), (5, 300, 7), (1, 9, 300)):
            a, b = map(guarded, operands(name, (), m, k, n))
            total.update(canonical(product(name, a, b)).tobytes())
    x = hostile(np.random.default_rng(1), (3000,))
    for function in ("exp", "log", "tanh"):
        total.update(canonical(evaluate(function, x)).tobytes())
    return total.hexdigest()


if __name__ == "__main__":
    sys.stdout.write(f"{tile().rows} {tile().lanes} {digest()}\n")
