"""What this CPU is, as far as kernels care: for reports, never for a decision about bits."""

from __future__ import annotations

from typing import NamedTuple

import llvmlite.binding as llvm

from anhvm.kernels.cpu.loader import machine, target

# Those that kernels can use; the rest of the list is long and tells nobody anything.
_KNOWN = ("sse4.2", "avx", "avx2", "fma", "avx512f", "avx512vl", "neon", "sve")
_PROBE = """
define float @probe(float %a, float %b, float %c) {
  %d = call float @llvm.fma.f32(float %a, float %b, float %c)
  ret float %d
}
declare float @llvm.fma.f32(float, float, float)
"""


class Cpu(NamedTuple):
    """LLVM's name of the CPU that kernels are compiled for, and what it can do.

    `fma`: it has the instruction; without, fma is a call of the C library, with the same bits and
    some fifty times slower.
    """

    name: str
    features: tuple[str, ...]
    fma: bool


def cpu() -> Cpu:
    """The CPU of `loader.target`; LLVM is asked, nothing is guessed from names."""
    name, features = target()
    has = {feature[1:] for feature in features.split(",") if feature.startswith("+")}
    text: str = machine().emit_assembly(llvm.parse_assembly(_PROBE))
    return Cpu(name, tuple(f for f in _KNOWN if f in has), "fmaf" not in text)
