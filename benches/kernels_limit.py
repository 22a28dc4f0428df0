"""The least time that each kernel could take here: its bytes as a stream, or its multiply-adds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import prod

from anhvm.benches.kernel_cases import BY_KEY, MILLION
from anhvm.benches.limits import fma_rate, stream_time
from anhvm.benches.timing import Timer


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of each case; see `sides`."""
    rate = cache(lambda: fma_rate(timer))
    stream = cache(lambda reads, writes: stream_time(prod(MILLION), reads, writes, timer))
    works = [BY_KEY[key] for key in keys]
    return {w.key: stream(*w.streams) if w.streams else w.madds / rate() for w in works}
