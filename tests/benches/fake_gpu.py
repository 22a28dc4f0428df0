"""Devices for the tests of `make gpu`: the emulator, and some that fail as a real GPU may."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from time import sleep
from typing import Any

import numpy as np

from anhvm.errors import CannotAnswer
from tests.kernels.cuda.emulate import Emulator


class Fake(Emulator):
    """A GPU that does everything right, and all in a millisecond."""

    name = "Fake GPU"

    def copy(self, target: Any, source: Any) -> None:
        target[:] = source

    def milliseconds(self, work: Callable[[], object]) -> float:
        return 1.0


class Absent(Fake):
    """No GPU is there."""

    def __init__(self) -> None:
        raise CannotAnswer("gpu.missing", "no CUDA device", "find one")


class Unusable(Fake):
    """A fault that nobody has thought of."""

    def __init__(self) -> None:
        raise ImportError("libcuda.so is not what it was")


class Moody(Fake):
    """`copy` kills the process, `gather` hangs, `lower` spoils the device, `spread` fails."""

    def __init__(self) -> None:
        super().__init__()
        self._lost = False

    def launch(self, kernel: Callable[..., None], blocks: int, threads: int, *args: Any) -> None:
        name = kernel.__name__
        self._lost |= name == "lower"
        if name == "copy":
            print("a driver that gives up", file=sys.stderr, flush=True)
            os._exit(7)
        if name == "gather":
            sleep(60)
        if name == "spread" or self._lost:
            raise RuntimeError("an illegal address")
        super().launch(kernel, blocks, threads, *args)


class Unflushed(Fake):
    """Gives another sign to every zero."""

    def get(self, data: Any, count: int) -> Any:
        found = data[:count].copy()
        return np.where(found == 0, -found, found) if found.dtype == np.float32 else found


class Failing(Fake):
    """Labels bring it down."""

    def launch(self, kernel: Callable[..., None], blocks: int, threads: int, *args: Any) -> None:
        if kernel.__name__ == "place_label":
            raise RuntimeError("an illegal address")
        super().launch(kernel, blocks, threads, *args)
