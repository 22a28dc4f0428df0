"""Content-addressed files: bytes too large for the database, named by their digest.

A file is written under another name, flushed to the disk, renamed, and its folder flushed: so it
is either there whole, or not there.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from anhvm.chain.hashing import Use, digest
from anhvm.errors import ChainError

REBUILD = "drop what is derived and build it again: anhvm chain rebuild"


class Files:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> bytes:
        """Keep `data` and return its 32-byte name.  ChainError ``store.disk``."""
        name = digest(Use.FILE, data)
        path = self._path(name)
        if path.exists():
            return name
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            sync_folder(path.parent)
            sync_folder(self._folder)
        except OSError as error:
            message = f"'{path}' cannot be written: {error.strerror}"
            raise ChainError("store.disk", message, "make room on the disk") from error
        return name

    def get(self, name: bytes) -> bytes:
        """The bytes of this name.  ChainError ``store.file`` if they are missing or damaged."""
        path = self._path(name)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise _lost(path, "is missing") from error
        if digest(Use.FILE, data) != name:
            raise _lost(path, "is damaged")
        return data

    def _path(self, name: bytes) -> Path:
        text = name.hex()
        return self._folder / text[:2] / text[2:]


def sync_folder(folder: Path) -> None:
    """Put the names in `folder` on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _lost(path: Path, reason: str) -> ChainError:
    return ChainError("store.file", f"'{path}' {reason}", REBUILD)
