"""Does the GPU here keep the law?  `python -m anhvm.kernels.cuda.check`

First every rounding instruction on vectors at the edge of the flushed zone (N2), then each kernel
on the golden calls: against the golden digests and, bit by bit, against the CPU tier.
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
from anhvm.kernels.golden_cases import SPECIAL, cases
from anhvm.kernels.table import BY_NAME

F32 = NDArray[np.float32]

ROUNDING = ("add", "sub", "mul", "div", "fma", "sqrt")
EDGE = 1 << 16
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


def flush_faults(kernels: CudaKernels) -> dict[str, int]:
    """How many results of each rounding kernel differ from the law at the edge of flushing."""
    faults = {}
    for name, operands in edge_operands().items():
        (ours,), (law,) = kernels.call(name, operands), define(name, operands)
        different = canonical(ours).view(np.uint32) != canonical(law).view(np.uint32)
        faults[name] = int(different.sum())
    return faults


def divergences(kernels: CudaKernels, names: Sequence[str]) -> Iterator[str]:
    """A sentence for each golden class not reproduced, and each call the CPU answers else."""
    from anhvm.kernels.cpu.call import call as on_cpu

    for name in names:
        yield from (miss.sentence for miss in golden.check(name, kernels.call))
        for shape_class, calls in cases(BY_NAME[name]).items():
            for at, case in enumerate(calls):
                given = (name, case.inputs, case.attrs, case.counts)
                if golden.digest(kernels.call(*given)) != golden.digest(on_cpu(*given)):
                    yield f"{name}, class '{shape_class}', call {at}: the CPU gives other bits"


def check(device: Device, names: Sequence[str] | None = None) -> list[str]:
    """Everything wrong with the device, as sentences; [] if it keeps the law."""
    kernels = CudaKernels(device)
    wrong = [
        f"{name}: {count} of {EDGE} results at the edge of flushing are not those of N2"
        for name, count in flush_faults(kernels).items()
        if count
    ]
    return wrong + list(divergences(kernels, kernels.names() if names is None else names))


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
