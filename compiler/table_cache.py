"""Where the parser's tables are kept between runs.

They are pickled, so they lie in a folder that belongs to the user and that nobody else can write;
where no such folder can be had, the tables are built anew each time.
"""

from __future__ import annotations

import os
import stat
import sys
from hashlib import sha256
from pathlib import Path


def table_file(grammar: str, version: str) -> Path | None:
    """The file for the tables of `grammar`, by Lark `version` on this Python, or None."""
    folder = _folder()
    if folder is None:
        return None
    key = sha256(f"{grammar}|{version}|{sys.version_info[:2]}".encode()).hexdigest()
    return folder / f"grammar-{key[:24]}.tables"


def _folder() -> Path | None:
    root = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(root).expanduser() / "anhvm" / "parser"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except (OSError, RuntimeError):
        return None
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o022
    mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    return folder if private and mine and os.access(folder, os.W_OK) else None
