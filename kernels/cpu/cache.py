"""Compiled kernels on disk: one checksummed object file each, in a private folder.

The name of the folder is a digest of everything that decides the machine code: the CPU, the
versions, and the sources.  A file that is damaged or not ours is compiled again, never run.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

from anhvm.kernels.cpu.loader import target

_HERE = Path(__file__).resolve().parent
_DIGEST = 32
# Sources that decide no machine code.
_TOOLS = {"__init__.py", "cache.py", "call.py", "facts.py", "fpmode.py", "ulp.py"}
_CONSTANTS = ("circular.py", "curves.py", "philox.py", "transcendental.py", "trigonometry.py")


def read(kernel: str) -> bytes | None:
    """The object file of a kernel, or None."""
    home = _folder()
    if home is None:
        return None
    with suppress(OSError):
        data = (home / f"{kernel}.o").read_bytes()
        if data[:_DIGEST] == _digest(data[_DIGEST:]):
            return data[_DIGEST:]
    return None


def write(kernel: str, code: bytes) -> None:
    """Keep an object file; a folder that cannot be used costs time, never an answer."""
    home = _folder()
    if home is None:
        return
    with suppress(OSError), NamedTemporaryFile(dir=home, delete=False) as file:
        file.write(_digest(code) + code)
        file.close()
        os.replace(file.name, home / f"{kernel}.o")


def folder() -> Path | None:
    """Where this build keeps its kernels; None where no folder is ours alone."""
    return _folder()


@cache
def _folder() -> Path | None:
    """The private folder of this build, made if need be; None where it is not ours alone."""
    root = os.environ.get("ANHVM_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    base = Path(root) if root else Path.home() / ".cache"
    folder = base / "anhvm" / "kernels" / _key()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(status.st_mode) and not status.st_mode & 0o077
    owned = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return folder if private and owned else None


def _key() -> str:
    parts = [sys.version, version("numba"), version("llvmlite"), *target()]
    sources = sorted(p for p in _HERE.glob("*.py") if p.name not in _TOOLS)
    sources += [_HERE.parent / "definitions" / name for name in _CONSTANTS]
    digest = hashlib.sha256("\0".join(parts).encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:32]


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
