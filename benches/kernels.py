"""`anhvm bench kernels`: our kernels beside NumPy, PyTorch and JAX, and beside what is possible."""

from __future__ import annotations

from anhvm.benches.report import LIMIT, OURS
from anhvm.benches.sides import Plan, Side

UNIT, SCALE = "us", 1e6
QUICK = Plan(rounds=1, seconds=0.05, threads=(1,))
FULL = Plan(rounds=5, seconds=0.3, threads=(1, 2))
LIBRARIES = ("numpy", "torch", "jax", "jaxlib")


def sides() -> tuple[Side, ...]:
    """Ours, the limits, and the peers.

    NumPy's BLAS may choose AVX2 code on a CPU that has AVX-512; where we use AVX-512, it is run
    once more and told to.
    """
    from anhvm.kernels.cpu.target import AVX512, tile

    forced = Side(
        "numpy, AVX-512 forced", "kernels_numpy", environment={"OPENBLAS_CORETYPE": "SkylakeX"}
    )
    return (
        Side(OURS, "kernels_ours"),
        Side("numpy", "kernels_numpy"),
        *([forced] if tile() == AVX512 else []),
        Side("torch", "kernels_torch", needs=("torch",)),
        Side("jax", "kernels_jax", needs=("jax",)),
        Side(LIMIT, "kernels_limit"),
    )
