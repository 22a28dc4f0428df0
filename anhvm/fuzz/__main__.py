"""``python -m anhvm.fuzz``: both campaigns, short; each also by name, as long as asked for."""

from __future__ import annotations

import argparse
import gc
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from time import perf_counter

from anhvm.fuzz.differential import Report, compare
from anhvm.fuzz.mutate import campaign

_CHUNK = 250
_SHOWN = 20


def main() -> int:
    """Runs what the command line asks for; 1 if engines disagree.  Ctrl-C shows what is done."""
    parser = argparse.ArgumentParser(prog="python -m anhvm.fuzz", description=__doc__)
    parser.add_argument("campaign", nargs="?", choices=("differential", "decode"))
    parser.add_argument("--count", type=int, help="programs or containers to try")
    parser.add_argument("--seed", type=int, default=0, help="where the campaign starts")
    parser.add_argument("--jobs", type=int, default=1, help="processes (differential)")
    chosen = parser.parse_args()
    failures = 0
    if chosen.campaign in (None, "differential"):
        failures += _differential(chosen.count or 1000, chosen.seed, chosen.jobs)
    if chosen.campaign in (None, "decode"):
        failures += _decode(chosen.count or 5000, chosen.seed)
    return 1 if failures else 0


def _differential(count: int, seed: int, jobs: int) -> int:
    start, total = perf_counter(), Report()
    chunks = [range(at, min(at + _CHUNK, seed + count)) for at in range(seed, seed + count, _CHUNK)]
    _spare_the_collector()
    try:
        with _asked_to_stop() as asked:
            for report in _reports(chunks, jobs):
                total.merge(report)
                print(f"\r{total.programs} programs", end="", file=sys.stderr, flush=True)
                if asked:
                    raise KeyboardInterrupt
    except KeyboardInterrupt:
        print(" of them done", end="", file=sys.stderr)
    print(file=sys.stderr)
    print(total.coverage.report())
    print(f"runs of a core compared with the reference: {total.compared}")
    return _verdict("programs", total.programs, total.divergences, perf_counter() - start)


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """A list that the first Ctrl-C makes true; the second is an exception.

    An exception wherever the signal comes would be lost where the core calls back.
    """
    asked: list[int] = []

    def ask(number: int, frame: object) -> None:
        asked.append(number)
        signal.signal(number, signal.default_int_handler)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _reports(chunks: list[range], jobs: int) -> Iterator[Report]:
    if jobs == 1:
        yield from map(compare, chunks)
        return
    context = get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_spare_the_collector) as pool:
        yield from pool.map(compare, chunks)


def _spare_the_collector() -> None:
    """Cases are small and hold no cycles: looking for some would take a tenth of a campaign."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _decode(count: int, seed: int) -> int:
    start = perf_counter()
    verdicts = campaign(count, seed)
    print(verdicts.report())
    return _verdict("containers", verdicts.tried, verdicts.divergences, perf_counter() - start)


def _verdict(what: str, tried: int, divergences: list[str], seconds: float) -> int:
    for line in divergences[:_SHOWN]:
        print(line)
    rate = tried / max(seconds, 1e-9)
    print(f"{tried} {what}, {len(divergences)} divergences ({seconds:.1f} s, {rate:.0f} a second)")
    return len(divergences)


if __name__ == "__main__":
    sys.exit(main())
