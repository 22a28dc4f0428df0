"""How far exp, log and tanh are from the truth: `python -m anhvm.kernels.cpu.ulp exp [--stride N]`.

Sweeps all 2^32 arguments (or every N-th) in the mode of exact kernels against NumPy's binary64
functions, whose own error is 2^-29 of our unit; the worst argument is settled with mpmath.  A
result that N2 flushes or that overflows must be exactly that.  Unit: one ulp of the true value.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from anhvm.kernels.cpu.fpmode import flush_mode
from anhvm.kernels.cpu.scalar_math import exp32, log32, tanh32
from anhvm.kernels.definitions.floats import flush, settle

F32 = NDArray[np.float32]
CHUNK = 1 << 18
SPACE = 1 << 32


@njit(error_model="numpy")
def _exp(x: Any, y: Any) -> None:
    for i in range(x.size):
        y[i] = exp32(x[i])


@njit(error_model="numpy")
def _log(x: Any, y: Any) -> None:
    for i in range(x.size):
        y[i] = log32(x[i])


@njit(error_model="numpy")
def _tanh(x: Any, y: Any) -> None:
    for i in range(x.size):
        y[i] = tanh32(x[i])


LOOPS: dict[str, tuple[Callable[[F32, F32], None], Callable[[Any], Any]]] = {
    "exp": (_exp, np.exp),
    "log": (_log, np.log),
    "tanh": (_tanh, np.tanh),
}


@dataclass(frozen=True)
class Worst:
    """The greatest error found, in ulp, and the argument that has it."""

    function: str
    stride: int
    ulp: float
    argument: str
    arguments_tried: int


def evaluate(name: str, x: F32) -> F32:
    """The exact kernel function over a contiguous f32 array of rank 1."""
    y = np.empty_like(x)
    with flush_mode():
        LOOPS[name][0](x, y)
    return y


def errors(name: str, x: F32) -> NDArray[np.float64]:
    """|ours - truth| in ulp of the truth; inf where a special result differs."""
    ours = evaluate(name, x)
    with np.errstate(all="ignore"):
        truth = LOOPS[name][1](flush(x).astype(np.float64))
        rounded = settle(truth)
        unit = np.ldexp(1.0, np.frexp(truth)[1] - 24)
        off = np.abs(ours.astype(np.float64) - truth) / unit
        ordinary = np.isfinite(rounded) & (rounded != 0)
        same = (ours == rounded) & (np.signbit(ours) == np.signbit(rounded))
        same |= (ours != ours) & (rounded != rounded)
        result: NDArray[np.float64] = np.where(ordinary, off, np.where(same, 0.0, np.inf))
    return np.where(np.isnan(result), np.inf, result)


def _settled(name: str, x: float, ours: float) -> float:
    import mpmath  # a tool of the sweep, not of the kernels

    mpmath.mp.dps = 40
    truth = getattr(mpmath, name)(mpmath.mpf(x))
    return float(abs(ours - truth) / mpmath.mpf(2) ** (mpmath.frexp(truth)[1] - 24))


def sweep(name: str, stride: int = 1) -> Worst:
    """The worst of the arguments with bits 0, stride, 2*stride, ... below 2^32."""
    worst, where = -1.0, np.float32(0)
    step = CHUNK * stride
    for start in range(0, SPACE, step):
        bits = np.arange(start, min(start + step, SPACE), stride, dtype=np.uint64)
        x = bits.astype(np.uint32).view(np.float32)
        found = errors(name, x)
        at = int(np.argmax(found))
        if found[at] > worst:
            worst, where = float(found[at]), x[at]
    if 0 < worst < np.inf:
        ours = float(evaluate(name, np.array([where], np.float32))[0])
        worst = _settled(name, float(where), ours)
    return Worst(name, stride, worst, float(where).hex(), -(-SPACE // stride))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m anhvm.kernels.cpu.ulp", description=__doc__)
    parser.add_argument("function", choices=sorted(LOOPS))
    parser.add_argument("--stride", type=int, default=1, help="try every N-th argument only")
    arguments = parser.parse_args()
    print(json.dumps(asdict(sweep(arguments.function, arguments.stride))))


if __name__ == "__main__":
    main()
