"""How far exp, log, pow and so on are from the truth: `python -m anhvm.kernels.cpu.ulp exp log`.

Sweeps all 2^32 arguments, of pow the pairs of `ulp_pairs` (or every N-th: `--stride N`), in the
mode of exact kernels against NumPy's binary64 functions, whose own error is 2^-29 of our unit; the
worst argument is settled with mpmath.  A result that N2 flushes or that overflows must be exactly
that; one of pow that lies within an ulp of the edge counts one.  Unit: one ulp of the true value.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from anhvm.kernels.cpu.circular import cos32, sin32
from anhvm.kernels.cpu.fpmode import flush_mode
from anhvm.kernels.cpu.loader import target
from anhvm.kernels.cpu.powers import pow32
from anhvm.kernels.cpu.scalar_math import erf32, exp32, log32, sigmoid32, tanh32
from anhvm.kernels.cpu.ulp_pairs import pairs
from anhvm.kernels.definitions.floats import canonical, flush, settle

F32 = NDArray[np.float32]
CHUNK = 1 << 14  # small enough for the cache
SPACE = 1 << 32


def _loop(function: Any) -> Callable[..., None]:
    @njit(error_model="numpy")
    def loop(x: Any, y: Any) -> None:
        for i in range(x.size):
            y[i] = function(x[i])

    filled: Callable[..., None] = loop
    return filled


@njit(error_model="numpy")
def _powers(x: Any, y: Any, z: Any) -> None:
    for i in range(x.size):
        z[i] = pow32(x[i], y[i])


@njit(error_model="numpy")
def _erf(x: Any) -> Any:
    y = np.empty_like(x)
    for i in range(x.size):
        y[i] = math.erf(x[i])
    return y


def _sigmoid(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1.0) / (1.0 + e)


LOOPS: dict[str, tuple[Callable[..., None], Callable[..., Any]]] = {
    "exp": (_loop(exp32), np.exp),
    "log": (_loop(log32), np.log),
    "tanh": (_loop(tanh32), np.tanh),
    "sigmoid": (_loop(sigmoid32), _sigmoid),
    "erf": (_loop(erf32), _erf),
    "sin": (_loop(sin32), np.sin),
    "cos": (_loop(cos32), np.cos),
    "pow": (_powers, np.power),
}


@dataclass(frozen=True)
class Worst:
    """The greatest error found, in ulp, the argument that has it, and what all results were."""

    function: str
    stride: int
    arguments_tried: int
    ulp: float
    argument: str
    digest: str  # SHA-256 of all results in order, NaNs canonical


def arguments(name: str, start: int, end: int, stride: int) -> tuple[F32, ...]:
    """The arguments of numbers start, start + stride, ... below `end`."""
    index = np.arange(start, end, stride, dtype=np.uint64)
    return pairs(index) if name == "pow" else (index.astype(np.uint32).view(np.float32),)


def evaluate(name: str, *x: F32) -> F32:
    """The exact kernel function over contiguous f32 arrays of rank 1."""
    y = np.empty_like(x[0])
    with flush_mode():
        LOOPS[name][0](*x, y)
    return y


def errors(name: str, x: tuple[F32, ...], ours: F32) -> NDArray[np.float64]:
    """|ours - truth| in ulp of the truth; inf where a special result differs."""
    with np.errstate(all="ignore"):
        truth = LOOPS[name][1](*(flush(part).astype(np.float64) for part in x))
        rounded = settle(truth)
        unit = np.ldexp(1.0, np.frexp(truth)[1] - 24)
        off = np.abs(ours.astype(np.float64) - truth) / unit
        ordinary = np.isfinite(rounded) & (rounded != 0)
        same = (ours == rounded) & (np.signbit(ours) == np.signbit(rounded))
        same |= (ours != ours) & (rounded != rounded)
        special = np.where(same, 0.0, np.inf)
        if name == "pow":
            low, high = (np.abs(np.abs(truth) / at - 1) < 2.0**-23 for at in (2.0**-126, 2.0**128))
            off, special = (
                np.where(low | high, np.minimum(found, 1.0), found) for found in (off, special)
            )
        result: NDArray[np.float64] = np.where(ordinary, off, special)
    return np.where(np.isnan(result), np.inf, result)


def _settled(name: str, x: list[float], ours: float) -> float:
    import mpmath  # a tool of the sweep, not of the kernels

    mpmath.mp.dps = 40
    functions = {"sigmoid": lambda v: 1 / (1 + mpmath.exp(-v)), "pow": mpmath.power}
    function = functions.get(name) or getattr(mpmath, name)
    truth = function(*map(mpmath.mpf, x))
    return float(abs(ours - truth) / mpmath.mpf(2) ** (mpmath.frexp(truth)[1] - 24))


def sweep(name: str, stride: int = 1) -> Worst:
    """The worst of the arguments with bits 0, stride, 2*stride, ... below 2^32."""
    worst, where = -1.0, [0.0]
    digest = hashlib.sha256()
    step = CHUNK * stride
    for start in range(0, SPACE, step):
        x = arguments(name, start, min(start + step, SPACE), stride)
        ours = evaluate(name, *x)
        digest.update(canonical(ours).tobytes())
        found = errors(name, x, ours)
        at = int(np.argmax(found))
        if found[at] > worst:
            worst, where = float(found[at]), [float(part[at]) for part in x]
    if 0 < worst < np.inf:
        result = float(evaluate(name, *(np.array([part], np.float32) for part in where))[0])
        worst = _settled(name, where, result)
    tried, shown = -(-SPACE // stride), " ".join(part.hex() for part in where)
    return Worst(name, stride, tried, worst, shown, digest.hexdigest())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m anhvm.kernels.cpu.ulp", description=__doc__)
    parser.add_argument("functions", nargs="+", choices=sorted(LOOPS))
    parser.add_argument("--stride", type=int, nargs="+", default=[1], help="every N-th argument")
    given = parser.parse_args()
    rows = [asdict(sweep(name, stride)) for name in given.functions for stride in given.stride]
    strides = " ".join(map(str, given.stride))
    command = f"python -m anhvm.kernels.cpu.ulp {' '.join(given.functions)} --stride {strides}"
    cpu, features = target()
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    known = [name for name in ("fma", "avx2", "avx512f") if f"+{name}" in features.split(",")]
    machine = {"cpu": cpu, "cores": 1, "features": known, "versions": versions}
    print(json.dumps({"schema": 1, "command": command, "machine": machine, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
