"""The least time of a program here, where it is known what that is."""

from __future__ import annotations

from collections.abc import Sequence

from anhvm.benches.limits import remainder_time
from anhvm.benches.timing import Timer
from anhvm.benches.vm_cases import BY_KEY


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of each case that has a limit; see `sides`."""
    cases = [BY_KEY[key] for key in keys if BY_KEY[key].function == "squares"]
    return {case.key: remainder_time(case.args[0], timer) for case in cases}
