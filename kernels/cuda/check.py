"""Does the GPU here keep the law?  `python -m anhvm.kernels.cuda.check`

First every rounding instruction on vectors at the edge of the flushed zone (N2); then each kernel
on the golden calls, against their digests, and on hostile calls of random shape, against the CPU.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from anhvm.errors import Exit, UserError
from anhvm.kernels import golden
from anhvm.kernels.cuda.backend import CudaKernels, Device
from anhvm.kernels.definitions import floats, philox
from anhvm.kernels.definitions.call import call as define
from anhvm.kernels.definitions.floats import canonical, flush
from anhvm.kernels.diverge import explain
from anhvm.kernels.golden_cases import SPECIAL, drawn
from anhvm.kernels.table import BY_NAME

F32 = NDArray[np.float32]

ROUNDING = ("add", "sub", "mul", "div", "fma", "sqrt")
EDGE = 1 << 16
DRAWN = 6  # calls of each kernel
LEAST = np.float32(2.0**-126)


def edge_operands(count: int = EDGE) -> dict[str, list[F32]]:
    """For each rounding kernel, operands whose results lie around 2^-126, by words of Philox."""
    word = philox.words(2, 126, 3 * count).astype(np.uint32).reshape(3, count)
    fraction, sign = word & 0x7FFFFF, word & 0x80000000

    def number(i: int, exponent: NDArray[np.uint32]) -> F32:
        bits: F32 = (sign[i] | exponent << 23 | fraction[i]).astype(np.uint32).view(np.float32)
        return bits

    small = 1 + (word >> 23 & 3)  # exponent fields 1 to 4: 2^-126 to 2^-123
    low = [number(0, small[0]), number(1, small[1])]
    left, right = (number(i, 63 + (word[i] >> 23 & 1)) for i in (0, 1))
    # A quarter: products as near to 2^-126 as two numbers come, on either side.
    right[: count // 4] = floats.div(LEAST, left[: count // 4])
    term = flush(number(2, word[2] >> 23 & 2))
    # Another: 2^-126 less a product that the rounding gives back, or just not.
    some = slice(count // 4, count // 2)
    left[some], right[some] = (number(i, 50 + (word[i] >> 23 & 1))[some] for i in (0, 1))
    term[some] = -np.copysign(LEAST, left[some] * right[some])
    quotient = number(2, 126 + (word[2] >> 23 & 3))
    special = np.resize(SPECIAL, count).view(np.float32)
    return {
        "add": low,
        "sub": low,
        "mul": [left, right],
        "div": [low[0], quotient],
        "fma": [left, right, term],
        "sqrt": [np.concatenate([low[0], special])],
    }


def flush_faults(kernels: CudaKernels, vectors: int = EDGE) -> dict[str, int]:
    """How many results of each rounding kernel differ from the law at the edge of flushing."""
    faults = {}
    for name, operands in edge_operands(vectors).items():
        (ours,), (law,) = kernels.call(name, operands), define(name, operands)
        different = canonical(ours).view(np.uint32) != canonical(law).view(np.uint32)
        faults[name] = int(different.sum())
    return faults


def faults(kernels: CudaKernels, name: str, explains: bool = True) -> list[str]:
    """What is wrong with a kernel, as sentences: golden classes, then drawn calls beside the CPU.

    Only the first of either is explained, and none without `explains`, for that takes long.
    """
    return [*_golden_faults(kernels, name, explains), *_drawn_faults(kernels, name, explains)]


def _golden_faults(kernels: CudaKernels, name: str, explains: bool) -> Iterator[str]:
    for miss in golden.misses(name, kernels.call):
        if explains:
            yield golden.explained(miss, kernels.call).sentence
            explains = False
        else:
            yield f"{name}, class '{miss.shape_class}': other bits than the golden ones"


def _drawn_faults(kernels: CudaKernels, name: str, explains: bool) -> Iterator[str]:
    from anhvm.kernels.cpu.call import call as on_cpu

    for seed in range(DRAWN):
        case = drawn(BY_NAME[name], seed)
        given = (name, case.inputs, case.attrs, case.counts)
        here, there = kernels.call(*given), on_cpu(*given)
        if golden.digest(here) == golden.digest(there):
            continue
        found = explain(*given[:3], here, there, case.counts) if explains else None
        why = f", left this device, right the CPU: {found.sentence}" if found else " on the CPU"
        yield f"{name}, drawn call {seed}: other bits{why}"
        explains = False


def check(device: Device, names: Sequence[str] | None = None) -> list[str]:
    """Everything wrong with the device, as sentences; [] if it keeps the law."""
    kernels = CudaKernels(device)
    wrong = flush_sentences(kernels)
    for name in kernels.names() if names is None else names:
        try:
            wrong += faults(kernels, name)
        except Exception as error:  # one kernel that fails says nothing of the others
            wrong.append(f"{name}: {type(error).__name__}: {error}")
    return wrong


def flush_sentences(kernels: CudaKernels, vectors: int = EDGE) -> list[str]:
    """What is wrong with the device at the edge of flushing; [] if it flushes as N2 says."""
    return [
        f"{name}: {count} of {vectors} results at the edge of flushing are not those of N2"
        for name, count in flush_faults(kernels, vectors).items()
        if count
    ]


def main() -> int:
    """The command; exit code 0 if the law is kept, 1 if not, 6 where there is no GPU."""
    parser = argparse.ArgumentParser(prog="python -m anhvm.kernels.cuda.check")
    parser.add_argument("--kernels", nargs="+", choices=CudaKernels.names(), metavar="NAME")
    names = parser.parse_args().kernels or CudaKernels.names()
    from anhvm.kernels.cuda.gpu import Gpu

    try:
        device = Gpu()
    except UserError as fault:
        print(f"{fault.message}\n  next: {fault.hint}", file=sys.stderr)
        return int(fault.exit_code)
    wrong = check(device, names)
    print(f"{device.name}: {len(names)} kernels, {len(wrong)} faults")
    for sentence in wrong:
        print(f"  {sentence}")
    return int(Exit.FAILED if wrong else Exit.OK)


if __name__ == "__main__":
    sys.exit(main())
