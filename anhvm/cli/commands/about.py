"""version: what is installed."""

from __future__ import annotations

import platform

from anhvm.cli import output
from anhvm.cli.options import Json

_PARTS = ("numpy", "numba", "llvmlite", "lark", "lmdb", "msgspec", "pynacl", "blake3")


def version(json: Json = False) -> None:
    """Show the versions of anhvm and of what it stands on."""
    from anhvm import __version__
    from anhvm.program.model import VERSION

    data = {"anhvm": __version__, "program_version": VERSION, "parts": parts()}
    rows = [("anhvm", __version__), ("programs", f"version {VERSION}"), *parts().items()]
    output.emit(json, data, output.pairs(rows))


def parts() -> dict[str, str]:
    """The versions of Python and of the libraries that anhvm stands on."""
    from importlib import metadata

    return {
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in _PARTS},
    }
