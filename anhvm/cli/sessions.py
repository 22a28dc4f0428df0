"""The chain folder that a command works on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from anhvm.cli import output

if TYPE_CHECKING:
    from anhvm.chain.session import Session


def open_session(folder: Path, threads: int | None = None) -> Session:
    """The chain in `folder` with a machine.  ChainError ``store.*``; UsageError ``runtime.*``."""
    from anhvm.chain.session import Session
    from anhvm.runtime.engines import make_engine

    return Session.open(folder, engine=make_engine("core", threads, output.notice))
