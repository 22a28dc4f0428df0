"""What the house tests look at: the files that are, or are about to be, under version control."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAPPED = tuple(sorted(f"{link.name}/" for link in (ROOT / "anhvm").iterdir() if link.is_symlink()))
SHIPPED = ("anhvm/", *MAPPED)
"""The folders that a wheel holds; a test keeps the links and setup.py together."""


@cache
def tracked() -> tuple[Path, ...]:
    """Every regular file that git tracks or would track; symlinks only at their target."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in paths if path.is_file() and not path.is_symlink())


def name_of(path: Path) -> str:
    """The path as a message shows it."""
    return path.relative_to(ROOT).as_posix()


def sources(*suffixes: str) -> list[Path]:
    """The tracked files that end in one of `suffixes`."""
    return [path for path in tracked() if path.name.endswith(suffixes)]
