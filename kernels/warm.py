"""Fills the cache of compiled kernels ahead of the first call, and says where it lies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from anhvm.kernels.registry import CpuKernels
from anhvm.kernels.table import BY_NAME


@dataclass(frozen=True)
class Warmed:
    """A kernel that is ready; `seconds` is what that took.

    `compiled`: it was not in the cache.  `kept`: it is now; where the cache cannot be written, the
    next process has to compile it again.
    """

    kernel: str
    compiled: bool
    kept: bool
    seconds: float


def warm(kernels: Iterable[str] = tuple(BY_NAME)) -> Iterator[Warmed]:
    """Brings kernels into the cache one after the other; KeyError for a name the table lacks."""
    from anhvm.kernels.cpu import cache

    backend = CpuKernels()
    for name in kernels:
        start = perf_counter()
        cached = cache.read(name) is not None
        backend.pointers(BY_NAME[name].id)
        kept = cached or cache.read(name) is not None
        yield Warmed(name, not cached, kept, perf_counter() - start)


def cache_folder() -> Path | None:
    """Where compiled kernels of this CPU and these versions lie; None where that is not private."""
    from anhvm.kernels.cpu import cache

    return cache.folder()


def cached() -> int:
    """How many kernels of the table are in the cache, undamaged."""
    from anhvm.kernels.cpu import cache

    return sum(cache.read(name) is not None for name in BY_NAME)
