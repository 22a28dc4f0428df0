"""ANH-VM: train and run deep networks inside smart contracts.

A block carries signed transactions and nothing else; a transaction is executed when somebody needs
its result; every float is the same bit on every machine.

Public names are resolved on first use, so that importing one part (``anhvm.errors``, say) never
loads the parser, the C core or the kernel compiler.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for the reader's editor; a house test holds that the table below agrees
    from anhvm.api import Compiled as Compiled
    from anhvm.api import Machine as Machine
    from anhvm.api import Result as Result
    from anhvm.api import compile_file as compile_file
    from anhvm.api import compile_source as compile_source
    from anhvm.api import open_machine as open_machine
    from anhvm.api import run as run
    from anhvm.chain.keys import Key as Key
    from anhvm.chain.session import Answer as Answer
    from anhvm.chain.session import Session as Session
    from anhvm.errors import UserError as UserError

__version__ = "0.1.0"

_HOME = {
    "Answer": "anhvm.chain.session",
    "Compiled": "anhvm.api",
    "Key": "anhvm.chain.keys",
    "Machine": "anhvm.api",
    "Result": "anhvm.api",
    "Session": "anhvm.chain.session",
    "UserError": "anhvm.errors",
    "compile_file": "anhvm.api",
    "compile_source": "anhvm.api",
    "open_machine": "anhvm.api",
    "run": "anhvm.api",
}

__all__ = ["__version__", *_HOME]  # pyright: ignore[reportUnsupportedDunderAll]


if not TYPE_CHECKING:  # a type checker that sees it would let every misspelt name pass

    def __getattr__(name: str) -> object:
        """Resolve a public name from the module that holds it."""
        if name not in _HOME:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
