"""The programs on wasmtime, compiled, with fuel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from anhvm.benches import wasm
from anhvm.benches.engines import measure_with
from anhvm.benches.timing import Timer

_FUEL = 1 << 60


class Engine:
    """The programs, loaded; `run` runs one."""

    def __init__(self) -> None:
        wasmtime = import_module("wasmtime")
        config = wasmtime.Config()
        config.consume_fuel = True
        engine = wasmtime.Engine(config)
        self._store = wasmtime.Store(engine)
        self._store.set_fuel(_FUEL)
        instance = wasmtime.Instance(self._store, wasmtime.Module(engine, wasm.TEXT), [])
        exports = instance.exports(self._store)
        self._functions = {name: exports[name] for name in wasm.FUNCTIONS}

    def run(self, function: str, *args: int) -> int:
        """Runs a function; what it returns."""
        return int(self.call(function, *args)())

    def call(self, function: str, *args: int) -> Callable[[], Any]:
        """The call of a function."""
        return partial(self._functions[function], self._store, *args)


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of each case; see `sides`."""
    return measure_with(Engine().call, wasm.FUNCTIONS, keys, timer)
