"""version, doctor: what is installed, and whether it works here."""

from __future__ import annotations

import os
import platform

from anhvm.cli import output
from anhvm.cli.options import Json

_PARTS = ("numpy", "numba", "llvmlite", "lark", "lmdb", "msgspec", "pynacl", "blake3")


def version(json: Json = False) -> None:
    """Show the versions of anhvm and of what it stands on."""
    from importlib import metadata

    from anhvm import __version__
    from anhvm.program.model import VERSION

    parts = {"python": platform.python_version()}
    parts |= {name: metadata.version(name) for name in _PARTS}
    data = {"anhvm": __version__, "program_version": VERSION, "parts": parts}
    rows = [("anhvm", __version__), ("programs", f"version {VERSION}"), *parts.items()]
    output.emit(json, data, output.pairs(rows))


def doctor(json: Json = False) -> int:
    """Try each part of this installation on a small contract, and say what is wrong."""
    from anhvm.cli.checkup import examine
    from anhvm.errors import Exit

    found = examine(output.say)
    data = {
        "cpu": platform.machine(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "checks": [{"check": c.name, "ok": c.ok, "detail": c.detail} for c in found],
    }
    rows = [(c.name, f"{'ok' if c.ok else 'FAILED'}  {c.detail}") for c in found]
    output.emit(json, data, output.pairs(rows))
    return int(Exit.OK if all(c.ok for c in found) else Exit.FAILED)
