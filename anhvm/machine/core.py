"""The compiled core: the one place that imports it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from anhvm.errors import UserError


def _load() -> Any:
    try:
        return import_module("anhvm.machine._core")
    except ImportError as error:
        raise UserError(
            "machine.core",
            f"The C core of the machine cannot be loaded: {error}.",
            "In a checkout run make build; else install anhvm again for this Python.",
        ) from error


_core = _load()
ffi: Any = _core.ffi
lib: Any = _core.lib
