"""Reading what the user names, and writing so that a crash leaves the old file or the new one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from anhvm.errors import UserError


def read(path: Path) -> bytes:
    """The bytes of a file.  UserError ``file.read``."""
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"'{path}' cannot be read: {error.strerror or error}"
        raise UserError("file.read", message, "check the path and its rights") from error


def write(path: Path, data: bytes, magic: bytes) -> None:
    """Writes whole or not at all.  UserError ``file.write``; ``file.other`` where a file is in the
    way that does not begin with `magic`, and so was not made by the same command."""
    temporary = None
    try:
        if path.exists():
            with path.open("rb") as old:
                if old.read(len(magic)) != magic:
                    message = f"'{path}' exists, and this command did not make it"
                    raise UserError("file.other", message, "choose another name, or move it away")
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        message = f"'{path}' cannot be written: {error.strerror or error}"
        hint = "choose a folder that exists, is yours and has room"
        raise UserError("file.write", message, hint) from error
    finally:
        if temporary is not None:
            os.unlink(temporary)


def _umask() -> int:
    """The process's mask; the system has no call that only reads it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
