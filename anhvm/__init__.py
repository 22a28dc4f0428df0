"""ANH-VM: train and run deep networks inside smart contracts.

A block carries signed transactions and nothing else; a transaction is executed when somebody needs
its result; every float is the same bit on every machine.

Public names are resolved on first use, so that importing one part (``anhvm.errors``, say) never
loads the parser, the C core or the kernel compiler.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    "UserError": "anhvm.errors",
}
"""Public name: the module that holds it."""

__all__ = ["__version__", *_HOME]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    """Resolve a public name from the module that holds it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
