"""Steps of optimisers, each the program of its row in one loop over the parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numba import njit

from anhvm.kernels.cpu.elementwise import TILE, plan, root32
from anhvm.kernels.cpu.functions import Functions
from anhvm.kernels.cpu.memory import address, load_f32, numel, store_f32
from anhvm.kernels.cpu.scalar_math import f32_fma

_ONE = np.float32(1)


def _pair(operation: Callable[..., Any]) -> Functions:
    """A kernel of two tensors and a scalar."""
    step = njit(error_model="numpy")(operation)

    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        a, b, y = address(p, 0), address(p, 1), address(p, 3)
        scalar = load_f32(address(p, 2), 0)
        for i in range(lo * TILE, min(hi * TILE, numel(p, 3))):
            store_f32(y, i, step(load_f32(a, i), load_f32(b, i), scalar))
        return 1

    return Functions(plan, run)


def _adam(fades: bool) -> Functions:
    output = 8 if fades else 7

    def run(p: Any, lo: Any, hi: Any, ws: Any) -> Any:
        w, m, v, y = address(p, 0), address(p, 1), address(p, 2), address(p, output)
        rate = load_f32(address(p, 3), 0) * load_f32(address(p, 4), 0)
        c2, eps = load_f32(address(p, 5), 0), load_f32(address(p, 6), 0)
        fade = load_f32(address(p, 7), 0) if fades else _ONE
        for i in range(lo * TILE, min(hi * TILE, numel(p, output))):
            move = (rate * load_f32(m, i)) / (root32(load_f32(v, i) * c2) + eps)
            kept = load_f32(w, i) * fade if fades else load_f32(w, i)
            store_f32(y, i, kept - move)
        return 1

    return Functions(plan, run)


FUNCTIONS: Mapping[str, Functions] = {
    "sgd": _pair(lambda w, d, rate: w - rate * d),
    "momentum": _pair(lambda v, d, beta: beta * v + d),
    "adam_mean": _pair(lambda m, d, beta: f32_fma(beta, m, (_ONE - beta) * d)),
    "adam_square": _pair(lambda v, d, beta: f32_fma(beta, v, ((_ONE - beta) * d) * d)),
    "adam_step": _adam(False),
    "adamw_step": _adam(True),
}
