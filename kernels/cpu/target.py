"""What the CPU that Numba compiles for can do, and the matmul tile that suits it.

Numba follows NUMBA_CPU_NAME, so the question is put to LLVM itself: compile one fma of sixteen
lanes for that CPU and look which registers it takes.  The choice changes speed, never a bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import llvmlite.binding as llvm

from anhvm.kernels.cpu.loader import machine

_PROBE = """
define <16 x float> @probe(<16 x float> %a, <16 x float> %b, <16 x float> %c) {
  %d = call <16 x float> @llvm.fma.v16f32(<16 x float> %a, <16 x float> %b, <16 x float> %c)
  ret <16 x float> %d
}
declare <16 x float> @llvm.fma.v16f32(<16 x float>, <16 x float>, <16 x float>)
"""


@dataclass(frozen=True)
class Tile:
    """`rows` x (`vectors` * `lanes`) accumulators held in registers."""

    rows: int
    vectors: int
    lanes: int

    @property
    def columns(self) -> int:
        return self.vectors * self.lanes


AVX512 = Tile(14, 2, 16)
AVX2 = Tile(6, 2, 8)
OTHER = Tile(4, 2, 4)


@cache
def tile() -> Tile:
    """The tile for the CPU that Numba compiles for."""
    text: str = machine().emit_assembly(llvm.parse_assembly(_PROBE))
    if "zmm" in text:
        return AVX512
    return AVX2 if "ymm" in text and "fmadd" in text else OTHER
