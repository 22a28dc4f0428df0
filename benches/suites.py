"""What `anhvm bench` can measure, by name, and the run that makes a report of it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from types import ModuleType
from typing import NamedTuple

from anhvm.benches import kernel_cases, kernels, sides, vm, vm_cases
from anhvm.benches.report import Case, Report, Row, row
from anhvm.errors import UsageError


class Suite(NamedTuple):
    """Cases, and the module that says who does them and for how long."""

    cases: Sequence[Case]
    of: ModuleType


SUITES = {"kernels": Suite(kernel_cases.CASES, kernels), "vm": Suite(vm_cases.CASES, vm)}


def measure(name: str, only: str | None, quick: bool, say: sides.Say) -> Report:
    """Runs a suite, or those of its cases whose name or size contains `only`.

    `say` is told which side runs.  Raises UsageError ``bench.only`` where no case is left.
    """
    cases, suite = SUITES[name]
    chosen = {case.key: case for case in cases if only is None or only in case.key}
    if not chosen:
        known = ", ".join(dict.fromkeys(case.name for case in cases))
        raise UsageError(
            "bench.only", f"no row of this bench has '{only}' in its name", f"choose from: {known}"
        )
    plan = suite.QUICK if quick else suite.FULL
    rows: list[Row] = []
    missing: dict[str, None] = {}
    for threads in plan.threads:
        times, absent = sides.measure(suite.sides(), list(chosen), threads, plan, say)
        missing |= dict.fromkeys(absent)
        made = (row(chosen[key], threads, suite.UNIT, suite.SCALE, times[key]) for key in chosen)
        rows += [one for one in made if one is not None]
    options = [*(["--quick"] if quick else []), *(["--only", only] if only is not None else [])]
    command = shlex.join(["anhvm", "bench", name, *options])
    return Report(command, rows, list(missing), suite.LIBRARIES)
