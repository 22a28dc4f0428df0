"""Ways in which real implementations break the law, each as a change of the definitions.

A cause is a hypothesis that can be run: `otherlaw.under` its changes the definitions give what an
implementation with that fault gives, bit for bit where the hypothesis is right.  The order is that
of suspicion: the first that reproduces a result is named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.kernels.otherlaw import Changes
from anhvm.kernels.othersums import PRODUCTS, SUMS

F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Cause:
    """A fault: its stable name, the sentence for a person, and what it changes."""

    name: str
    sentence: str
    changes: Changes
    raw_inputs: bool = False  # subnormal inputs go in as they are


def _one(module: str, **replaced: Any) -> Changes:
    """Constant replacements in one module."""
    return MappingProxyType({module: lambda _: replaced})


def _kept(wide: Any) -> F32:
    with np.errstate(all="ignore"):
        return np.asarray(np.asarray(wide, np.float64), np.float32)


def _flushed_early(wide: Any) -> F32:
    return _kept(np.where(np.abs(wide) < 2.0**-126, np.copysign(0.0, wide), wide))


def _directed(toward: Callable[[Any], Any]) -> Changes:
    """Rounding from binary64, which is exact or odd where these operations ask, to one side."""

    def changes(floats: Any) -> Mapping[str, Any]:
        nearest = floats.settle

        def settle(wide: Any) -> F32:
            rounded = nearest(wide)
            with np.errstate(all="ignore"):
                goal = np.asarray(toward(wide), np.float32)
                passed = np.where(goal < wide, rounded > wide, rounded < wide)
                moved = np.nextafter(rounded, goal)
            turned: F32 = np.where(passed & (goal != wide) & (rounded != 0), moved, rounded)
            return turned

        # A sum in binary64 may be rounded already; in fma it is rounded to odd.
        def add(a: Any, b: Any) -> Any:
            return floats.fma(a, np.float32(1), b)

        def sub(a: Any, b: Any) -> Any:
            return floats.fma(b, np.float32(-1), a)

        return {"settle": settle, "add": add, "sub": sub}

    return {"floats": changes}


def _split_fma(floats: Any) -> Mapping[str, Any]:
    return {"fma": lambda a, b, c: floats.add(floats.mul(a, b), c)}


def _contracted(floats: Any) -> Mapping[str, Any]:
    """Every product that is added or subtracted next becomes a fused one."""
    products: dict[tuple[Any, bytes], tuple[Any, Any]] = {}
    mul, add, sub = floats.mul, floats.add, floats.sub

    def key(x: Any) -> tuple[Any, bytes]:
        return np.shape(x), np.asarray(x).tobytes()

    def fused_mul(a: Any, b: Any) -> F32:
        product: F32 = mul(a, b)
        products[key(product)] = (a, b)
        return product

    def fused_add(a: Any, b: Any) -> Any:
        for product, term in ((a, b), (b, a)):
            if key(product) in products:
                return floats.fma(*products[key(product)], term)
        return add(a, b)

    def fused_sub(a: Any, b: Any) -> Any:
        if key(b) in products:
            left, right = products[key(b)]
            return floats.fma(np.negative(left), right, a)
        if key(a) in products:
            return floats.fma(*products[key(a)], np.negative(b))
        return sub(a, b)

    return {"mul": fused_mul, "add": fused_add, "sub": fused_sub}


def _reciprocal(floats: Any) -> Mapping[str, Any]:
    div = floats.div
    return {"div": lambda a, b: floats.mul(a, div(np.float32(1), b))}


def _functions(dtype: type[np.floating[Any]]) -> Changes:
    """NumPy's functions in place of those of the same name, computed in `dtype`."""

    def of(function: Any) -> Any:
        def run(x: F32) -> F32:
            with np.errstate(all="ignore"):
                return _flushed_early(function(np.asarray(x, dtype)))

        return run

    def changes(module: Any) -> Mapping[str, Any]:
        own = [n for n, f in vars(module).items() if _home(f) == module.__name__]
        return {name: of(getattr(np, name)) for name in own if hasattr(np, name)}

    return {"transcendental": changes, "circular": changes}


def _home(value: Any) -> str:
    return str(getattr(value, "__module__", ""))


def _last_argmax(x: F32) -> Any:
    count = x.shape[-1]
    backwards = np.where(np.isnan(x), np.float32(np.inf), x)[..., ::-1]
    return (count - 1 - np.argmax(backwards, axis=-1)).astype(np.int32)


def _second_wins(a: Any, b: Any) -> F32:
    return np.asarray(np.where(np.asarray(a) > b, a, b), np.float32)


def _second_loses(a: Any, b: Any) -> F32:
    return np.asarray(np.where(np.asarray(a) < b, a, b), np.float32)


_SIDES: Mapping[str, Callable[[Any], Any]] = {
    "toward zero": lambda wide: np.zeros_like(wide),
    "up": lambda wide: np.full_like(wide, np.inf),
    "down": lambda wide: np.full_like(wide, -np.inf),
}
_NO_FMA, _FUSED, _BY_RECIPROCAL = ({"floats": f} for f in (_split_fma, _contracted, _reciprocal))
_KEEP, _EARLY = _one("floats", settle=_kept), _one("floats", settle=_flushed_early)
_LAST = _one("reductions", argmax=_last_argmax)
_SECOND = _one("floats", maximum=_second_wins, minimum=_second_loses)
_NUMBER = _one("floats", maximum=np.fmax, minimum=np.fmin)
_RELU_NUMBER = _one("floats", relu=lambda x: np.where(x > 0, x, np.float32(0)))
_RELU_ZERO = _one("floats", relu=lambda x: np.where(x < 0, np.float32(0), x))

CAUSES: tuple[Cause, ...] = (
    Cause("subnormal", "subnormal results were kept, not flushed (N2)", _KEEP),
    Cause("subnormal-input", "subnormals that entered were not flushed (N2)", _KEEP, True),
    Cause("early-flush", "results were flushed before rounding, not after (N2)", _EARLY),
    Cause("split-fma", "fma was done as a product and a sum, rounded twice (N5)", _NO_FMA),
    Cause("contraction", "products and sums were contracted to fma (N5)", _FUSED),
    Cause("reciprocal", "division was a product with the reciprocal (N5)", _BY_RECIPROCAL),
    *(Cause(f"rounding-{s.split()[-1]}", f"results were rounded {s} (N2)", _directed(toward))
      for s, toward in _SIDES.items()),
    Cause("max-second", "max took the second of NaNs and equal zeros (N3)", _SECOND),
    Cause("max-number", "max and min passed over NaN (N3)", _NUMBER),
    Cause("relu-nan", "relu turned NaN into 0 (N3)", _RELU_NUMBER),
    Cause("relu-zero", "relu let -0 through (N3)", _RELU_ZERO),
    Cause("ties", "of equal values the last was taken, not the first (N3)", _LAST),
    *(Cause(n, f"sums were taken {words}, not by N6", change)
      for n, (words, change) in SUMS.items()),
    *(Cause(n, f"matmul {words}, not by N7", change) for n, (words, change) in PRODUCTS.items()),
    Cause("library", "a binary64 library computed the functions, not N9", _functions(np.float64)),
    Cause("library-32", "NumPy's binary32 functions took N9's place", _functions(np.float32)),
)  # fmt: skip
