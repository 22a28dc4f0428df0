"""Ours and the peers, turn by turn, each time in a fresh process of its own.

One process a library, because idle workers of one spin on the cores of another; turn by turn, so
that a disturbance of the machine meets all of them.  A side is a module with::

    def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]

which answers seconds for those cases that its library can do; `python -m anhvm.benches.sides
MODULE` runs it, with its arguments as JSON on stdin and its answer as JSON on stdout.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module

from anhvm.benches.report import OURS, installed
from anhvm.benches.timing import Timer
from anhvm.errors import Bug

Say = Callable[[str], None]
Measure = Callable[[Sequence[str], Timer], dict[str, float]]
PASSES = 2
"""What disturbs two threads lasts a second or two: a virtual machine whose host has put both of its
processors on one core is half as fast.  It is over when a case comes again."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Side:
    """A library that does the cases: `module` measures it, `needs` are distributions."""

    name: str
    module: str
    needs: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """How long to measure: `rounds` processes a side, `seconds` for each case in each, in parts."""

    rounds: int
    seconds: float
    threads: tuple[int, ...]


Times = dict[str, dict[str, list[float]]]
"""Seconds by case and side, one for each round."""


def measure(
    sides: Sequence[Side], keys: Sequence[str], threads: int, plan: Plan, say: Say
) -> tuple[Times, list[str]]:
    """The times of all sides, and the sides that are missing; ours fails as a `Bug`."""
    missing = [s.name for s in sides if not all(installed(need) for need in s.needs)]
    times: Times = {key: {} for key in keys}
    for turn in range(plan.rounds):
        for side in sides:
            if side.name in missing:
                continue
            say(f"threads {threads}, round {turn + 1} of {plan.rounds}: {side.name}")
            found = _run(side, keys, threads, plan.seconds)
            if isinstance(found, str):
                if side.name == OURS:
                    raise Bug(f"our side of the bench failed: {found}")
                say(f"{side.name} failed and is left out: {found}")
                missing.append(side.name)
                continue
            for key, seconds in found.items():
                times[key].setdefault(side.name, []).append(seconds)
    for each in times.values():
        for name in missing:
            each.pop(name, None)
    return times, missing


def _run(side: Side, keys: Sequence[str], threads: int, seconds: float) -> dict[str, float] | str:
    """The answer of a side, or the last thing that it said before it failed."""
    command = [sys.executable, "-m", "anhvm.benches.sides", side.module]
    given = json.dumps({"keys": list(keys), "threads": threads, "seconds": seconds})
    done = subprocess.run(
        command,
        input=given,
        env=environment(side, threads),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        return said[-1] if said else f"exit status {done.returncode}"
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def environment(side: Side, threads: int) -> dict[str, str]:
    """What holds a side's library to so many threads, each in its own way."""
    found = {**os.environ, **dict.fromkeys(THREADS, str(threads)), **side.environment}
    if threads == 1:
        found["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return found


def main() -> None:
    module = import_module(f"anhvm.benches.{sys.argv[1]}")
    given = json.load(sys.stdin)
    timer = Timer(given["threads"], given["seconds"] / PASSES)
    print(json.dumps(_least(module.measure, given["keys"], timer)))


def _least(measure: Measure, keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """The least time of each case: all cases one after the other, and all again."""
    passes = [measure(keys, timer) for _ in range(PASSES)]
    return {key: min(times[key] for times in passes) for key in passes[0]}


if __name__ == "__main__":
    main()
