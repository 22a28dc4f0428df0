"""Times of an earlier run, by case, so that a change of a formula needs no measuring anew."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from zlib import crc32

import msgspec

from anhvm.benches.gas.case import Case, Measured
from anhvm.errors import UserError


class Time(msgspec.Struct, frozen=True):
    """What was measured of a case; `program` is the CRC-32 of its text."""

    name: str
    size: str
    program: int
    count: int
    nanoseconds: float
    spread: float


class _Result(msgspec.Struct):
    """What is read of the JSON of `anhvm bench gas`."""

    times: list[Time]


class Times:
    """Times by case; one that has changed since is not known."""

    def __init__(self, times: Iterable[Time] = ()) -> None:
        self._known = {(one.name, one.size, one.program): one for one in times}

    def __bool__(self) -> bool:
        return bool(self._known)

    def of(self, case: Case) -> Measured | None:
        """The time of a case, if it is known; its gas is for whoever has prices."""
        one = self._known.get((case.name, case.size, _digest(case)))
        if one is None or one.count <= case.skip:
            return None
        return Measured(case, one.count, one.nanoseconds, 0.0, one.spread)


NOTHING = Times()


def taken(measured: Iterable[Measured]) -> list[Time]:
    """The times of cases, as `read` finds them again."""
    return [
        Time(m.case.name, m.case.size, _digest(m.case), m.count, m.nanoseconds, m.spread)
        for m in measured
    ]


def read(path: Path) -> Times:
    """Those of a file that `anhvm bench gas --json` has written."""
    try:
        return Times(msgspec.json.decode(path.read_bytes(), type=_Result).times)
    except (OSError, msgspec.DecodeError) as error:
        message = f"'{path}' holds no times: {error}"
        raise UserError("bench.times", message, "name what anhvm bench gas --json wrote") from error


def _digest(case: Case) -> int:
    return crc32(case.text.encode())
