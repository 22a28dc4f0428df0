"""Compiled kernels on disk: one checksummed object file each, in a private folder.

Everything that decides the machine code is checked: the folder's name is a digest of CPU, versions
and the place of these sources; a file begins with the sources that its kernel came from and their
digest.  So an edited source costs its own kernels only, and what is stale is written over.  A file
that is damaged or not ours is compiled again, never run.

    32 bytes checksum of the rest   32 bytes digest of the sources   their names, a line   code
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

from anhvm.kernels.cpu.loader import target

_KERNELS = Path(__file__).resolve().parents[1]
_DIGEST = 32


def read(kernel: str) -> bytes | None:
    """The object file of a kernel, or None."""
    home = _folder()
    if home is None:
        return None
    with suppress(OSError):
        data = (home / f"{kernel}.o").read_bytes()
        if data[:_DIGEST] == _digest(data[_DIGEST:]):
            names, _, code = data[2 * _DIGEST :].partition(b"\n")
            if data[_DIGEST : 2 * _DIGEST] == _stamp(names):
                return code
    return None


def write(kernel: str, code: bytes, sources: Sequence[str]) -> None:
    """Keep an object file; a folder that cannot be used costs time, never an answer.

    `sources` are paths below `kernels/`.
    """
    home = _folder()
    if home is None:
        return
    with suppress(OSError), NamedTemporaryFile(dir=home, delete=False) as file:
        names = " ".join(sources).encode()
        data = _stamp(names) + names + b"\n" + code
        file.write(_digest(data) + data)
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
    parts = [sys.version, version("numba"), version("llvmlite"), *target(), str(_KERNELS)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _stamp(names: bytes) -> bytes:
    """The digest of sources by their contents; of one that is gone, OSError."""
    return _digest(b"".join(_source(name) for name in names.decode().split()))


@cache
def _source(name: str) -> bytes:
    return _digest((_KERNELS / name).read_bytes())


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
