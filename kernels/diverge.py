"""The divergence explainer: where two results of one kernel differ, by how much, and why.

The cause is tested, not guessed: the definition says which side is wrong, and the definitions under
another law (`causes`) say which broken rule gives exactly the wrong side's bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anhvm.errors import UserError
from anhvm.kernels.causes import CAUSES
from anhvm.kernels.definitions.call import call as define
from anhvm.kernels.definitions.floats import canonical, flush
from anhvm.kernels.otherlaw import under

Array = NDArray[Any]


@dataclass(frozen=True)
class Found:
    """A cause for one side: it gives `reproduced` of that side's `wrong` elements bit for bit.

    `exact` says that it gives the whole output, the elements that are right included.
    """

    side: str
    cause: str
    sentence: str
    reproduced: int
    wrong: int
    exact: bool


@dataclass(frozen=True)
class Divergence:
    """How two outputs of a kernel differ; `index` is the first such element, row-major.

    `left`, `right` and `expected` (by the definition) are decimal, the `_bits` hexadecimal.  `ulps`
    counts the binary32 numbers from left to right; None for NaN and for what is no float.
    """

    kernel: str
    output: int
    index: tuple[int, ...]
    left: str
    left_bits: str
    right: str
    right_bits: str
    expected: str
    ulps: int | None
    differing: int
    elements: int
    wrong_sides: tuple[str, ...]
    only_payloads: bool
    only_zero_signs: bool
    causes: tuple[Found, ...]

    @property
    def sentence(self) -> str:
        """The whole finding, for a person."""
        where = f"{self.kernel}, element {list(self.index)}"
        values = f"left {self.left} ({self.left_bits}), right {self.right} ({self.right_bits})"
        far = "" if self.ulps is None else f", {self.ulps:,} ulp apart"
        many = f"{self.differing:,} of {self.elements:,} elements differ"
        return f"{where}: {values}{far}; {many}; {self._why()}"

    def to_json(self) -> dict[str, object]:
        """All fields and the sentence."""
        return {**asdict(self), "sentence": self.sentence}

    def _why(self) -> str:
        if self.only_payloads:
            return "only bits of NaNs differ, which are made canonical where they are seen (N3)"
        zeros = ["only the signs of zeros differ"] if self.only_zero_signs else []
        said = [_said(s, [f for f in self.causes if f.side == s]) for s in self.wrong_sides]
        return "; ".join(zeros + said)


def explain(
    kernel: str,
    inputs: Sequence[Any],
    attrs: Sequence[int],
    left: Sequence[Array],
    right: Sequence[Array],
    counts: Sequence[int] = (),
) -> Divergence | None:
    """The first difference between two outputs of a kernel, with its causes; None if equal.

    Arguments are those of `definitions.call.call`; `left` and `right` are lists of outputs.  Raises
    UserError ``kernel.compare`` where they are not outputs of this call, KernelFault for a call
    that traps.  Takes about forty times as long as the definition.
    """
    given = [flush(x) if np.asarray(x).dtype == np.float32 else np.asarray(x) for x in inputs]
    truth = define(kernel, given, attrs, counts)
    for side, outputs in (("left", left), ("right", right)):
        if [(y.dtype, y.shape) for y in outputs] != [(y.dtype, y.shape) for y in truth]:
            message = f"{side} is no result of this call of {kernel}"
            raise UserError("kernel.compare", message, "compare outputs of the same call")
    for output, (a, b) in enumerate(zip(left, right, strict=True)):
        seen = _differ(a, b)
        raw = _bits(a) != _bits(b)
        if raw.any():
            differs = seen if seen.any() else raw
            sides = {"left": left, "right": right}
            wrong = {s: y for s, y in sides.items() if _differ(y[output], truth[output]).any()}
            calls = (kernel, inputs, attrs, counts)
            causes = tuple(
                found
                for side, outputs in wrong.items()
                for found in _causes(side, calls, given, outputs[output], truth[output], output)
            )
            return _divergence(kernel, output, a, b, truth[output], differs, tuple(wrong), causes)
    return None


def ulps(left: float, right: float) -> int | None:
    """How many binary32 numbers lie between two, plus one; None if either is NaN; -0 is +0."""
    pair = np.array([left, right], np.float32)
    if np.isnan(pair).any():
        return None
    bits = pair.view(np.int32).astype(np.int64)
    order = np.where(bits < 0, -(bits & 0x7FFFFFFF), bits)
    return abs(int(order[0] - order[1]))


def _divergence(
    kernel: str,
    output: int,
    a: Array,
    b: Array,
    truth: Array,
    differs: Array,
    wrong: tuple[str, ...],
    causes: tuple[Found, ...],
) -> Divergence:
    at = tuple(int(i) for i in np.unravel_index(int(np.argmax(differs)), a.shape))
    is_float = a.dtype == np.float32
    return Divergence(
        kernel=kernel,
        output=output,
        index=at,
        left=_decimal(a[at]),
        left_bits=_hexadecimal(a[at]),
        right=_decimal(b[at]),
        right_bits=_hexadecimal(b[at]),
        expected=_decimal(truth[at]),
        ulps=ulps(float(a[at]), float(b[at])) if is_float else None,
        differing=int(differs.sum()),
        elements=a.size,
        wrong_sides=wrong,
        only_payloads=not _differ(a, b).any(),
        only_zero_signs=is_float and bool((a[differs] == 0).all() and (b[differs] == 0).all()),
        causes=causes,
    )


def _causes(
    side: str,
    call: tuple[Any, ...],
    flushed: Sequence[Array],
    ours: Array,
    truth: Array,
    output: int,
) -> list[Found]:
    """The causes that give all of the output; else the one that comes nearest, if it is nearer."""
    kernel, raw, attrs, counts = call
    wrong = _differ(ours, truth)
    subnormal = any(_differ(np.asarray(x), y).any() for x, y in zip(raw, flushed, strict=True))
    exact: list[Found] = []
    best, least = None, int(wrong.sum())
    for cause in CAUSES:
        if cause.raw_inputs and not subnormal:
            continue
        operands = raw if cause.raw_inputs else flushed
        try:
            guess = under(cause.changes)(kernel, operands, attrs, counts)[output]
        except (FloatingPointError, ValueError, IndexError):
            continue  # this kernel's definition cannot be bent so: the cause does not apply
        off = _differ(ours, guess)
        left, hit = int(off.sum()), int((wrong & ~off).sum())
        found = Found(side, cause.name, cause.sentence, hit, int(wrong.sum()), left == 0)
        if left == 0:
            exact.append(found)
        elif left < least:
            best, least = found, left
    if exact:
        return exact
    return [best] if best else []


def _said(side: str, causes: Sequence[Found]) -> str:
    if not causes:
        return f"the {side} side is not what the definition gives, and no cause we know explains it"
    reasons = ", or if ".join(found.sentence for found in causes)
    if causes[0].exact:
        return f"the {side} side is reproduced exactly if {reasons}"
    share = f"{causes[0].reproduced:,} of its {causes[0].wrong:,} wrong elements"
    return f"the {side} side is best explained if {reasons}, which gives {share}"


def _differ(a: Array, b: Array) -> Array:
    """Where the bits differ, NaNs canonical."""
    if a.dtype == np.float32:
        a, b = canonical(a), canonical(b)
    return np.asarray(_bits(a) != _bits(b))


def _bits(x: Array) -> Array:
    return np.ascontiguousarray(x).view(f"u{x.dtype.itemsize}").reshape(x.shape)


def _decimal(x: Any) -> str:
    return f"{float(x):.9g}" if isinstance(x, np.float32) else str(x)


def _hexadecimal(x: Any) -> str:
    return f"0x{int(_bits(np.asarray(x))):0{2 * x.dtype.itemsize}x}"
