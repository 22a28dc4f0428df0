"""The programs on wasm3, interpreted, without any metering."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from anhvm.benches import wasm
from anhvm.benches.engines import measure_with
from anhvm.benches.timing import Timer

_STACK = 1 << 16


class Engine:
    """The programs, loaded; `run` runs one."""

    def __init__(self) -> None:
        code = bytes(import_module("wasmtime").wat2wasm(wasm.TEXT))
        environment = import_module("wasm3").Environment()
        runtime = environment.new_runtime(_STACK)
        runtime.load(environment.parse_module(code))
        self._keep = environment, runtime
        self._functions = {name: runtime.find_function(name) for name in wasm.FUNCTIONS}

    def run(self, function: str, *args: int) -> int:
        """Runs a function; what it returns."""
        return int(self.call(function, *args)())

    def call(self, function: str, *args: int) -> Callable[[], Any]:
        """The call of a function."""
        return partial(self._functions[function], *args)


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of each case; see `sides`."""
    return measure_with(Engine().call, wasm.FUNCTIONS, keys, timer)
