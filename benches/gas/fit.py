"""Prices from times: no case costs more time than its gas, and gas exceeds time by the least.

A covering linear program.  Its dual has a start that needs no search (nothing), so a plain tableau
does: a row a constant, a column a case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from anhvm.benches.gas.parts import Constant
from anhvm.errors import Bug

Array = NDArray[np.float64]
_TINY: Final = 1e-9
_PIVOTS: Final = 20_000


def fit(
    counts: Sequence[Mapping[Constant, float]],
    nanoseconds: Sequence[float],
    groups: Sequence[str],
    floors: Mapping[Constant, float],
    scale: float = 1.0,
) -> dict[Constant, float]:
    """Prices at or above `floors` with time ≤ `scale` times gas in every case.

    Of all such prices those under which the mean of gas ÷ time is least, each group of cases
    weighing the same.  What no case pays stays at its floor.
    """
    names = sorted({name for paid in counts for name in paid})
    table = np.array([[paid.get(name, 0.0) for name in names] for paid in counts])
    table /= np.array(nanoseconds)[:, None]
    least = np.array([floors.get(name, 0.0) for name in names])
    sizes = {group: groups.count(group) for group in set(groups)}
    weights = np.array([1 / sizes[group] for group in groups])
    found = least + cover(table, 1 / scale - table @ least, weights @ table)
    return {**floors, **dict(zip(names, map(float, found), strict=True))}


def cover(table: Array, wanted: Array, costs: Array) -> Array:
    """The x ≥ 0 with table @ x ≥ wanted that has the least costs @ x; `costs` are positive."""
    unit = table.max(axis=0)
    rows, columns = table.T / unit[:, None], np.eye(table.shape[1])
    body = np.hstack([rows, columns, (costs / unit)[:, None]])
    top = np.concatenate([-wanted, np.zeros(len(unit) + 1)])
    for _ in range(_PIVOTS):
        enter = int(np.argmin(top[:-1]))
        if top[enter] >= -_TINY:
            found: Array = np.maximum(top[-1 - len(unit) : -1], 0) / unit
            return found
        column: Array = body[:, enter]
        with np.errstate(divide="ignore", invalid="ignore"):
            steps: Any = np.where(column > _TINY, body[:, -1] / column, np.inf)
        leave = int(np.argmin(steps))
        if steps[leave] == np.inf:
            raise Bug("a case that no constant prices")
        body[leave] /= body[leave, enter]
        others = column.copy()
        others[leave] = 0
        body -= np.outer(others, body[leave])
        top -= top[enter] * body[leave]
    raise Bug("the fit does not end")


def rounded(prices: Mapping[Constant, float]) -> dict[Constant, int]:
    """Whole prices, none lower: those for one thing to 1, rates to two figures."""
    return {name: _up(price) for name, price in prices.items()}


def _up(price: float) -> int:
    whole = int(np.ceil(price - 1e-6))
    step: int = 10 ** max(len(str(whole)) - 2, 0)
    return -(-whole // step) * step


def r_squared(nanoseconds: Sequence[float], gas: Sequence[float]) -> float:
    """The share of the variance of log time that log gas explains."""
    times, prices = np.log(nanoseconds), np.log(gas)
    left = times - prices
    return float(1 - left.var() / times.var())
