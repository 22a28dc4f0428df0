"""Prices of kernels against time: `python -m anhvm.benches.kernel_gas [CLASS ...] [--fit]`.

Measures every kernel on one core over shapes from empty to far beyond the cache, hostile ones
included, and prints for each gas class the least and greatest ratio of nanoseconds to gas under the
current schedule, with the calls that have them.  With `--fit`, prints constants that make the
greatest ratio, up or down, as small as a search finds.
"""

from __future__ import annotations

import argparse
import ctypes
import itertools
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anhvm.isa.schedule import KernelClass, load
from anhvm.kernels.cpu.call import Prepared
from anhvm.kernels.cpu.fpmode import flush_mode
from anhvm.kernels.definitions.call import type_of
from anhvm.kernels.regions import REGIONS, order_of, region
from anhvm.kernels.shapes import Work, work
from anhvm.kernels.signature import DType, Operand, Rest, derive, derived
from anhvm.kernels.table import BY_NAME, GAS_CLASSES, KERNELS

Dims = tuple[int, ...]
ROUNDS = 15
LEAST = 30.0  # ns: what the smallest call is taken to need
MATRICES: list[Dims] = [
    (1, 1, 1, 1), (4096, 1, 1, 1), (512, 2, 2, 2), (64, 8, 8, 8), (1, 64, 64, 32),
    (1, 64, 784, 128), (1, 32, 1024, 1024), (1, 1, 1024, 1024), (1, 1024, 1024, 1),
    (1, 1024, 1, 1024), (1, 1024, 2, 1024), (1, 1, 1 << 16, 1), (1, 1 << 14, 4, 1),
    (1, 256, 256, 256), (1, 512, 512, 512), (1, 17, 300, 33), (1, 15, 257, 33),
]  # fmt: skip
# (outer, reduced, inner): what a reduction sees.
REDUCED: list[Dims] = [
    (1, 0, 1), (1, 1, 1), (1 << 16, 1, 1), (1 << 16, 2, 1), (1 << 12, 10, 1), (1024, 1024, 1),
    (1, 1 << 20, 1), (1, 1 << 16, 2), (1, 1 << 12, 32), (1, 1024, 1024), (1024, 2, 512),
    (1, 1, 1 << 16), (1 << 15, 1, 2), (1 << 14, 2, 2), (8, 4096, 128), (1, 1 << 23, 1),
]  # fmt: skip
ROWS: list[Dims] = [
    (1, 1), (1 << 15, 1), (1 << 15, 2), (1 << 12, 10), (1024, 1024), (1, 1 << 20), (2048, 4096),
]  # fmt: skip
FLAT: list[Dims] = [(0,), (1,), (64, 32), (1 << 16,), (1 << 20,), (1 << 23,)]
PAIRS: list[tuple[Dims, Dims]] = [
    ((0,), (0,)), ((), ()), ((64, 32), (32,)), ((1 << 12, 10), (10,)), ((1 << 16, 2), (2,)),
    ((1 << 16, 1), (2,)), ((1 << 14, 1), (4,)), ((1024, 1024), (1024, 1)), ((1024, 1024), ()),
    ((1 << 16,), (1 << 16,)), ((1 << 20,), (1 << 20,)), ((1 << 22,), (1 << 22,)),
]  # fmt: skip
# N, C, H, W, O, R, S of a convolution with its attributes; a pool takes what it needs of it.
_IMAGES = (
    ((32, 16, 28, 28, 32, 3, 3), (1, 1, 1)), ((64, 1, 28, 28, 6, 5, 5), (1, 2, 1)),
    ((1, 1, 2, 2, 1, 1, 1), (1, 0, 1)), ((4096, 1, 2, 2, 1, 2, 2), (2, 0, 1)),
    ((1, 3, 224, 224, 16, 7, 7), (2, 3, 1)), ((4, 256, 14, 14, 256, 3, 3), (1, 1, 1)),
    ((8, 256, 14, 14, 256, 3, 3), (1, 1, 256)), ((4, 256, 4, 4, 256, 1, 1), (1, 0, 256)),
    ((1, 1, 1000, 1000, 1, 1, 1), (999, 0, 1)), ((256, 1, 32, 32, 1, 32, 32), (32, 0, 1)),
)  # fmt: skip
# C, D of a table, and how many indices.
TABLES: list[Dims] = [
    (1, 1, 1), (1000, 64, 0), (1 << 16, 1, 1 << 18), (1 << 23, 1, 1 << 18), (1 << 19, 16, 1 << 16),
    (1 << 18, 31, 1 << 16), (1 << 15, 512, 1 << 13), (64, 16, 1 << 18), (1 << 14, 64, 1 << 15),
    (8, 1 << 20, 8), (1 << 23, 1, 1),
]  # fmt: skip
IMAGES = [(dict(zip("NCHWORS", sizes, strict=True)), attrs) for sizes, attrs in _IMAGES]


@dataclass(frozen=True, order=True)
class Row:
    """One measured call."""

    kernel: str
    shapes: str
    nanoseconds: float
    work: Work


def calls(name: str) -> Iterator[tuple[Sequence[Dims], tuple[int, ...], Dims]]:
    """Dims of the operands, attributes and counts of the calls that are measured."""
    kernel = BY_NAME[name]
    signature = kernel.signature
    if name.startswith("matmul"):
        for b, m, k, n in MATRICES:
            left = (b, k, m) if name[-2:] in ("tn", "tt") else (b, m, k)
            right = (b, n, k) if name[-2:] in ("nt", "tt") else (b, k, n)
            yield [left, right], (), ()
    elif signature.outputs[0].rest in REGIONS or any(o.rest in REGIONS for o in signature.inputs):
        yield from _regions(name)
    elif "stride" in kernel.attrs:
        for sizes, attrs in IMAGES:
            last = 2 * attrs[1] + 2 if "size" in kernel.attrs else attrs[2]
            yield (
                [_image(o, sizes, (*attrs[:2], last)) for o in signature.inputs],
                (
                    *attrs[:2],
                    last,
                ),
                (),
            )
    elif set(signature.dims) == {"C", "D"}:
        for rows, width, count in TABLES:
            table, taken = (rows, width), (count, width)
            shape_of = {"w": table, "index": (count,), "u": taken}
            yield [shape_of[o.name] for o in signature.inputs], (), ()
    elif kernel.attrs:
        for outer, count, inner in REDUCED:
            if count or not kernel.nonempty:
                whole, part = (outer, count, inner), (outer, inner)
                shapes: list[Dims] = [
                    () if not o.rests else part if o.rest is Rest.REDUCED else whole
                    for o in signature.inputs
                ]
                yield shapes, (2, 0)[: len(kernel.attrs)], ()
    elif signature.dims in (("N",), ("N", "C")):
        for rows, columns in ROWS:
            if signature.dims == ("N",):
                both = (rows, columns)
                yield [both[1 - bool(o.rests) :][: len(o.tail) + len(o.rests)] if o.tail else ()
                       for o in signature.inputs], (), ()  # fmt: skip
            else:
                sizes = {"N": rows, "C": columns}
                yield [tuple(sizes[v] for v in o.tail) for o in signature.inputs], (), ()
    elif signature.counts:
        for shape in FLAT:
            yield [shape if o.rests else () for o in signature.inputs], (), shape
    elif name == "transpose":
        for shape in [(1, 1), (1024, 1024), (1 << 15, 4), (4, 1 << 15), (1000, 1000)]:
            yield [shape], (), ()
    elif len(signature.inputs) > 1 and len(signature.rests) > 1 and not kernel.same_count:
        for left_dims, right_dims in PAIRS:
            others = [right_dims] * (len(signature.inputs) - 1)
            yield [left_dims, *others], (), ()
    else:
        for shape in FLAT:
            yield [shape if o.rests else () for o in signature.inputs], (), ()


def _regions(name: str) -> Iterator[tuple[Sequence[Dims], tuple[int, ...], Dims]]:
    """Cuts, pads, joins and turns of squares, of rows and of columns; from views of all to none."""
    signature = BY_NAME[name].signature
    for rows, columns in ((0, 5), (1, 1), (64, 32), (1 << 16, 1), (1 << 16, 3), (1024, 1024),
                          (3, 1 << 20), (2048, 2048), (1 << 20, 4)):  # fmt: skip
        first, second = {
            "slice": ((rows, 3 * columns), ()), "pad_grad": ((rows, columns), ()),
        }.get(name, ((rows, columns), (rows, columns)))  # fmt: skip
        for choice in range(2):
            attrs, counts = _choice(name, choice, rows, columns)
            lists = {"S": first, "T": second}
            shapes = [
                region(o.rest, [lists[r] for r in o.rests], attrs, counts) or ()
                if o.rest in REGIONS
                else lists[o.rests[0]]
                for o in signature.inputs
            ]
            yield shapes, attrs, counts


def _choice(name: str, choice: int, rows: int, columns: int) -> tuple[tuple[int, ...], Dims]:
    if name in ("slice", "slice_grad"):
        return (), ((0, rows, columns, columns + min(1, columns)) if choice and name == "slice"
                    else (0, rows, 0, columns // (1 + choice)))  # fmt: skip
    if name in ("pad", "pad_grad"):
        return (), (1, 1, 1, 1) if choice else (0, 0, 0, columns)
    if name == "permute":
        return (order_of((1, 0) if choice else (0, 1)),), ()
    if name.startswith("concat"):
        return (choice,), ()
    return (choice,), (4,)


def _image(operand: Operand, sizes: Mapping[str, int], attrs: tuple[int, ...]) -> Dims:
    tail = (derive(v, sizes, attrs) if derived(v) else sizes[v] for v in operand.tail)
    return (*((sizes["N"],) if operand.rests else ()), *tail)


def measure(name: str, dims: Sequence[Dims], attrs: Sequence[int], counts: Dims) -> Row:
    """The least time of a call on one core, the cost of calling through ctypes taken off."""
    random = np.random.default_rng(0)
    inputs: list[Any] = []
    for operand, shape in zip(BY_NAME[name].signature.inputs, dims, strict=True):
        if operand.dtype is DType.F32 and name in ("sin", "cos"):  # too great for the short way
            inputs.append(random.normal(size=shape).astype(np.float32) * np.float32(1e8))
        elif operand.dtype in (DType.F32, DType.ANY):
            inputs.append(random.normal(size=shape).astype(np.float32))
        elif operand.dtype is DType.BOOL:
            inputs.append(random.random(shape) < 0.5)
        elif operand.dtype is DType.U64:
            inputs.append(np.uint64(7))
        elif operand.name == "index":  # far from each other, so that no row is in the cache
            at = [o.name for o in BY_NAME[name].signature.inputs].index("w")
            inputs.append(random.integers(0, dims[at][0], shape, np.int32))
        else:
            inputs.append(np.zeros(shape, np.int32))
    prepared = Prepared(name, inputs, attrs, counts)
    with flush_mode():
        spent = min(prepared.nanoseconds(2e5) for _ in range(ROUNDS)) - _overhead()
    types = [type_of(np.asarray(x)) for x in inputs]
    shapes = " ".join(
        "x".join(map(str, d)) or "scalar" for d in (*dims, *([counts] if counts else []))
    )
    return Row(name, shapes, max(spent, LEAST), work(BY_NAME[name], types, attrs, counts))


def _overhead() -> float:
    function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(ctypes.pythonapi.PyErr_Occurred)
    best = math.inf  # plan and run are two such calls
    for _ in range(ROUNDS):
        start = time.perf_counter_ns()
        for _ in range(1000):
            function(0)
        best = min(best, (time.perf_counter_ns() - start) / 1000)
    return 2 * best


def price(constants: KernelClass, row: Row) -> int:
    """Gas of a measured call."""
    return constants.cost(row.work.madds, row.work.bytes)


def fit(rows: Sequence[Row], start: KernelClass) -> KernelClass:
    """Constants that bring the worst ratios of time to gas close to 1.

    A search over one constant at a time in ever smaller steps.  A call that costs too little gas
    weighs double, in logarithms, as one that costs too much: only the former is an attack.
    """
    close = np.array([min(r.work.bytes, start.cache) for r in rows])
    away = np.array([r.work.bytes for r in rows]) - close
    counted = np.array([r.work.madds for r in rows])
    columns = np.stack([np.full(len(rows), 1024), counted, close, away], axis=1) / 1024
    spent = np.array([r.nanoseconds for r in rows])

    def badness(values: Any) -> float:
        logs = np.log(spent / (columns @ values))
        return float((np.where(logs > 0, logs, logs / 2) ** 8).sum())

    names = ("base", "madds", "near", "far")
    values = np.array([max(getattr(start, n), 1) for n in names], dtype=float)
    best, step = badness(values), 4.0
    while step > 1.01:
        improved = False
        for at, factor in itertools.product(range(len(names)), (step, 1 / step)):
            trial = values.copy()
            trial[at] = max(trial[at] * factor, 1.0)
            if (found := badness(trial)) < best * (1 - 1e-9):
                best, values, improved = found, trial, True
        step = step if improved else math.sqrt(step)
    base, madds, near, far = (int(float(f"{v:.2g}")) for v in values)
    return KernelClass(base=base, madds=madds, near=near, far=far, cache=start.cache)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m anhvm.benches.kernel_gas", description=__doc__)
    parser.add_argument("classes", nargs="*", help="gas classes; all of them without")
    parser.add_argument("--fit", action="store_true", help="search for better constants")
    parser.add_argument("--json", action="store_true", help="rows as JSON on stdout")
    arguments = parser.parse_args()
    schedule = load()
    for name in arguments.classes or GAS_CLASSES:
        kernels = [k.name for k in KERNELS if k.gas_class == name]
        rows = [measure(k, *given) for k in kernels for given in calls(k)]
        constants = schedule.kernels[name]
        if arguments.fit:
            constants = fit(rows, constants)
            print(f"[kernels.{name}]  base {constants.base}  madds {constants.madds}"
                  f"  near {constants.near}  far {constants.far}")  # fmt: skip
        ratios = sorted((r.nanoseconds / price(constants, r), r) for r in rows)
        if arguments.json:
            print(json.dumps([{"name": r.kernel, "size": r.shapes, "ns": r.nanoseconds,
                               "gas": price(constants, r)} for r in rows]))  # fmt: skip
            continue
        print(f"{name}: {len(rows)} calls, ns per gas {ratios[0][0]:.2f} .. {ratios[-1][0]:.2f}")
        for ratio, row in (*ratios[:2], *ratios[-3:]):
            print(f"  {ratio:6.2f}  {row.nanoseconds:12.0f} ns  {row.kernel} {row.shapes}")


if __name__ == "__main__":
    main()
