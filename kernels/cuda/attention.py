"""Attention (N12), composed: for each block of 128 keys two products and what lies between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from anhvm.kernels.cuda import moves
from anhvm.kernels.cuda.parts import Family, _cut
from anhvm.kernels.definitions.attention import BLOCK
from anhvm.kernels.shapes import Type
from anhvm.kernels.signature import DType

_LOWEST, _ZERO, _ONE = np.float32(-np.inf), np.float32(0), np.float32(1)


def _sees(run: Any, queries: int, width: int, first: int) -> Any:
    """bool[queries, width]: whether query i sees key first + j."""
    y = run._new(Type(DType.BOOL, (queries, width)))
    run._each(moves.sees, y.count, width, first, y.data)
    return y


def _block(run: Any, x: Any, start: int) -> Any:
    """Rows `start` to at most start + BLOCK of each matrix."""
    *batch, rows, width = x.dims
    end = min(start + BLOCK, rows)
    if end - start == rows:
        return x
    numbers = [n for size in batch for n in (0, size)] + [start, end, 0, width]
    return _cut(run, "slice", [x], numbers, Type(x.type.dtype, (*batch, end - start, width)))


def _attention(run: Any, name: str, x: Sequence[Any], numbers: Sequence[int], kind: Type) -> Any:
    """The steps of `definitions.attention`, in the same order."""
    q, k, v, scale = x
    if not prod(kind.dims):
        return run._new(kind)

    def do(kernel: str, *operands: Any, attrs: Sequence[int] = ()) -> Any:
        return run.run(kernel, operands, attrs)[0]

    along = 1 << len(q.dims) - 1
    m = sums = y = seen = visits = None
    for start in range(0, k.dims[-2], BLOCK):
        keys, values = _block(run, k, start), _block(run, v, start)
        scores = do("mul", do("matmul_nt", q, keys), scale)
        if name == "attention_causal":
            seen = _sees(run, q.dims[-2], keys.dims[-2], start)
            visits = _sees(run, q.dims[-2], 1, start)
        masked = do("select", seen, scores, _LOWEST) if seen else scores
        top = do("max", masked, attrs=(along, along))
        peak = do("maximum", m, top) if start else top
        weights = do("exp", do("sub", scores, peak))
        weights = do("select", seen, weights, _ZERO) if seen else weights
        total = do("sum", weights, attrs=(along, along))
        chain = do("matmul", weights, values)
        if not start:
            m, sums, y = top, total, chain
            continue
        c = do("exp", do("sub", m, peak))
        after = peak, do("fma", sums, c, total), do("fma", y, c, chain)
        if visits:
            before = m, sums, y
            pairs = zip(after, before, strict=True)
            after = tuple(do("select", visits, new, old) for new, old in pairs)
        m, sums, y = after
    return do("mul", y, do("div", _ONE, sums))


ATTENTION: Mapping[str, Family] = {"attention": _attention, "attention_causal": _attention}
