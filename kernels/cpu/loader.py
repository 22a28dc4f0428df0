"""Brings object files of kernels into the process, by LLVM alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from typing import Any

import llvmlite.binding as llvm


@cache
def target() -> tuple[str, str]:
    """CPU name and features that kernels are compiled for; NUMBA_CPU_NAME overrides the host's."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    name = os.environ.get("NUMBA_CPU_NAME")
    features = os.environ.get("NUMBA_CPU_FEATURES")
    if features is None:
        features = "" if name else llvm.get_host_cpu_features().flatten()
    return name or llvm.get_host_cpu_name(), features


def machine() -> Any:
    """An LLVM target machine for `target`."""
    name, features = target()
    triple = llvm.Target.from_triple(llvm.get_process_triple())
    return triple.create_target_machine(
        cpu=name, features=features, opt=3, reloc="static", codemodel="jitdefault", jit=True
    )


class Loaded:
    """An object file in memory; its functions live as long as this does."""

    def __init__(self, code: bytes, symbols: Iterable[str]) -> None:
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()
        self.addresses = {s: int(self._engine.get_function_address(s)) for s in symbols}
