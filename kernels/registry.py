"""The CPU backend of the kernel table, as the runtime hands it to the machine.

Kernels are compiled on first request and kept on disk; Numba is imported only to compile.
"""

from __future__ import annotations

from threading import Lock
from typing import NamedTuple

from anhvm.kernels.table import BY_ID


class KernelPointers(NamedTuple):
    """Addresses of C functions; 0 where the kernel checks no data.

    ``int32 plan(int64 *p)``, ``int64 check(int64 *p)``,
    ``int32 run(int64 *p, int64 lo, int64 hi, int64 workspace)``; `kernels/cpu/memory.py` draws `p`.
    A kernel on a device has neither plan nor run, but
    ``int32 launch(int64 *p, uint64 *copies, uint32 any)``, see `machine/csrc/api.h`.
    """

    plan: int
    check: int
    run: int
    launch: int = 0


class CpuKernels:
    """Machine code of kernels, by id; it lives as long as this object."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loaded: dict[int, tuple[KernelPointers, object]] = {}

    def pointers(self, kernel_id: int) -> KernelPointers:
        """The functions of a kernel; raises KeyError for an id that the table lacks."""
        # One thread at a time: code that a second one loaded anew would be freed under the first.
        with self._lock:
            if kernel_id not in self._loaded:
                row = BY_ID[kernel_id]
                self._loaded[kernel_id] = self._load(row.name, bool(row.check))
            return self._loaded[kernel_id][0]

    def _load(self, name: str, checks: bool) -> tuple[KernelPointers, object]:
        from anhvm.kernels.cpu import cache
        from anhvm.kernels.cpu.loader import Loaded

        code = cache.read(name)
        if code is None:
            from anhvm.kernels.cpu.kernels import HOMES, compile_kernel
            from anhvm.kernels.cpu.sources import closure

            code = compile_kernel(name)
            cache.write(name, code, closure(HOMES[name]))
        parts = ("plan", "check", "run") if checks else ("plan", "run")
        loaded = Loaded(code, [f"{name}_{part}" for part in parts])
        found = loaded.addresses
        pointers = KernelPointers(*(found.get(f"{name}_{f}", 0) for f in KernelPointers._fields))
        return pointers, loaded
