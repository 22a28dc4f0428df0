"""Builds the C core with cffi (API mode); `setup.py` runs it, nothing imports it at run time."""

from __future__ import annotations

import os
from pathlib import Path

from cffi import FFI

CSRC = Path("anhvm/machine/csrc")
"""Relative to the root of the source tree, as setuptools wants sources."""
# No contraction (law N5), no -march: a wheel runs on every x86-64. Kernels bring their own fma.
FLAGS = [
    "-std=c11",
    "-O2",
    "-fvisibility=hidden",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-pthread",
]


def cdef() -> str:
    """The part of `api.h` that cffi can read."""
    text = (CSRC / "api.h").read_text(encoding="utf-8")
    return text.partition("/* cdef begin */")[2].partition("/* cdef end */")[0]


def sources() -> list[str]:
    """The C files of the core, without the fuzzer."""
    names = sorted(path.name for path in CSRC.glob("*.c") if not path.name.startswith("fuzz_"))
    return [os.path.join(CSRC, name) for name in names]


ffibuilder = FFI()
ffibuilder.cdef(cdef())
ffibuilder.set_source(
    "anhvm.machine._core",
    '#include "api.h"',
    sources=sources(),
    include_dirs=[str(CSRC)],
    extra_compile_args=FLAGS,
    extra_link_args=["-pthread"],
)
