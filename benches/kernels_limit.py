"""The least time that each kernel could take here: its bytes as a stream, or its multiply-adds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from anhvm.benches.kernel_cases import BY_KEY, DOT, FMA, Work
from anhvm.benches.limits import dot_rate, fma_rate, stream_time
from anhvm.benches.timing import Timer


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of each case; see `sides`."""
    rates = {FMA: cache(lambda: fma_rate(timer)), DOT: cache(lambda: dot_rate(timer))}
    stream = cache(lambda n, reads, writes: stream_time(n, reads, writes, timer))
    times = {}
    for key in keys:
        case = BY_KEY[key]
        streams = case.streams if isinstance(case, Work) else ()
        rate = rates.get(case.limit_name, rates[FMA])
        times[key] = sum(stream(*of) for of in streams) if streams else case.madds / rate()
    return times
