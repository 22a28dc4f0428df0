"""Sums and products in other orders than the law's: N6 and N7 as other libraries take them.

Each is a change of the definitions for `otherlaw.under`, with words that go into a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.otherlaw import Changes

F32 = NDArray[np.float32]


def _summed(order: Callable[[Any], Any]) -> Changes:
    """rsum by another order; `order` takes the module of reductions."""
    return MappingProxyType({"reductions": lambda module: {"rsum": order(module)}})


def _plain(reductions: Any) -> Any:
    def rsum(x: F32) -> F32:
        total = np.zeros(x.shape[:-1], np.float32)
        for i in range(x.shape[-1]):
            total = reductions.add(total, x[..., i])
        return total

    return rsum


def _halves(reductions: Any) -> Any:
    def rsum(x: F32) -> F32:
        while x.shape[-1] > 1:
            even = x.shape[-1] // 2 * 2
            pairs = reductions.add(x[..., 0:even:2], x[..., 1:even:2])
            x = np.concatenate([pairs, x[..., even:]], axis=-1)
        return x[..., 0] if x.shape[-1] else np.zeros(x.shape[:-1], np.float32)

    return rsum


def _lanes(width: int, chunk: int) -> Any:
    def order(reductions: Any) -> Any:
        def part(x: F32) -> F32:
            lanes = np.zeros((*x.shape[:-1], width), np.float32)
            for start in range(0, x.shape[-1], width):
                step = x[..., start : start + width]
                here = lanes[..., : step.shape[-1]]
                lanes[..., : step.shape[-1]] = reductions.add(here, step)
            half = width // 2
            while half:
                lanes = reductions.add(lanes[..., :half], lanes[..., half : 2 * half])
                half //= 2
            return lanes[..., 0]

        def rsum(x: F32) -> F32:
            starts = range(0, max(x.shape[-1], 1), chunk)
            sums = np.stack([part(x[..., s : s + chunk]) for s in starts], axis=-1)
            return rsum(sums) if len(starts) > 1 else sums[..., 0]

        return rsum

    return order


def _wide_sum(reductions: Any) -> Any:
    return lambda x: np.sum(x, axis=-1, dtype=np.float64).astype(np.float32)


def _numpy_sum(reductions: Any) -> Any:
    return lambda x: np.sum(np.ascontiguousarray(x), axis=-1, dtype=np.float32)


def _multiplied(product: Callable[[Any, F32, F32], Any]) -> Changes:
    """matmul by another way; `product` takes its module and the operands, transposed as asked."""

    def changes(module: Any) -> Mapping[str, Any]:
        def matmul(a: F32, b: F32, transpose_a: bool = False, transpose_b: bool = False) -> Any:
            left = np.swapaxes(a, -1, -2) if transpose_a else a
            right = np.swapaxes(b, -1, -2) if transpose_b else b
            with np.errstate(all="ignore"):
                return product(original, left, right)

        original = module.matmul
        return {"matmul": matmul}

    return {"matmul": changes}


def _padded(matmul: Any, a: F32, b: F32) -> Any:
    left = np.concatenate([a, np.zeros_like(a[..., :1])], axis=-1) if a.shape[-1] else a
    right = np.concatenate([b, np.zeros_like(b[..., :1, :])], axis=-2) if b.shape[-2] else b
    return matmul(left, right)


def _backwards(matmul: Any, a: F32, b: F32) -> Any:
    return matmul(a[..., ::-1], b[..., ::-1, :])


def _wide_product(matmul: Any, a: F32, b: F32) -> Any:
    return (a.astype(np.float64) @ b.astype(np.float64)).astype(np.float32)


def _numpy_product(matmul: Any, a: F32, b: F32) -> Any:
    return np.matmul(a, b)


def _blocked(size: int) -> Changes:
    return MappingProxyType({"matmul": lambda module: {"BLOCK": size}})


_WHOLE = 1 << 62

# By name: how the sums were taken, and the change.
SUMS: Mapping[str, tuple[str, Changes]] = {
    "sum-plain": ("one term after the other", _summed(_plain)),
    "sum-halves": ("neighbours first, as a binary tree", _summed(_halves)),
    "sum-unchunked": ("in 32 lanes without chunks of 4,096", _summed(_lanes(32, _WHOLE))),
    "sum-lanes-4": ("in 4 lanes", _summed(_lanes(4, 4096))),
    "sum-lanes-8": ("in 8 lanes", _summed(_lanes(8, 4096))),
    "sum-lanes-16": ("in 16 lanes", _summed(_lanes(16, 4096))),
    "sum-lanes-64": ("in 64 lanes", _summed(_lanes(64, 4096))),
    "sum-binary64": ("in binary64", _summed(_wide_sum)),
    "sum-numpy": ("as NumPy does", _summed(_numpy_sum)),
}

# By name: what the matmul did, and the change.
PRODUCTS: Mapping[str, tuple[str, Changes]] = {
    "matmul-unblocked": ("ran its chains without blocks of 256", _blocked(_WHOLE)),
    "matmul-128": ("ran its chains in blocks of 128", _blocked(128)),
    "matmul-512": ("ran its chains in blocks of 512", _blocked(512)),
    "matmul-padded": ("was padded with zeros along k", _multiplied(_padded)),
    "matmul-backwards": ("ran with k descending", _multiplied(_backwards)),
    "matmul-binary64": ("was done in binary64", _multiplied(_wide_product)),
    "matmul-numpy": ("was left to NumPy", _multiplied(_numpy_product)),
}
