"""A snapshot of gas: a text with one line for each test and each function, ``name gas``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

from anhvm.errors import UserError
from anhvm.testing.gas import by_function
from anhvm.testing.runner import Verdict

HEAD: Final = "# Gas of tests and functions, written by anhvm snapshot\n"


def taken(verdicts: Iterable[Verdict], folder: Path) -> dict[str, int]:
    """Gas by name: tests as paths from `folder`, then functions; the median where it varies."""
    found = list(verdicts)
    tests = {f"{_path(v.suite.path, folder)}::{v.test}": v.gas for v in found}
    calls = by_function(chain.from_iterable(v.spent for v in found))
    return tests | {row.name: row.median for row in calls if row.gas}


def text(gas: Mapping[str, int]) -> str:
    return HEAD + "".join(f"{name} {number}\n" for name, number in sorted(gas.items()))


def read(content: str, shown: str) -> dict[str, int]:
    """What `text` wrote; UserError ``snapshot.form`` for anything else."""
    found: dict[str, int] = {}
    if not content.startswith(HEAD):
        raise _bad(shown, 1)
    for number, line in enumerate(content.splitlines()[1:], 2):
        name, _, gas = line.rpartition(" ")
        if not name or name in found or not (gas.isascii() and gas.isdigit()):
            raise _bad(shown, number)
        found[name] = int(gas)
    return found


@dataclass(frozen=True)
class Change:
    """A name whose gas is another; None where it is not in one of the two."""

    name: str
    old: int | None
    new: int | None

    @property
    def percent(self) -> float | None:
        """By how much it grew; None where that has no meaning."""
        if self.old is None or self.new is None or self.old == 0:
            return None
        return 100 * (self.new - self.old) / self.old


def changes(old: Mapping[str, int], new: Mapping[str, int], tolerance: float = 0) -> list[Change]:
    """What differs by more than `tolerance` percent, in the order of the names."""
    found = (Change(name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys()))
    return [
        change
        for change in found
        if change.old != change.new and (change.percent is None or abs(change.percent) > tolerance)
    ]


def _path(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()


def _bad(shown: str, line: int) -> UserError:
    message = f"{shown}:{line} is no line of a snapshot"
    return UserError("snapshot.form", message, "write it again: anhvm snapshot")
