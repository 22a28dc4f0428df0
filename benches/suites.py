"""What `anhvm bench` can measure, by name."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from anhvm.benches import kernel_cases, kernels, vm, vm_cases
from anhvm.benches.report import Case, Report, Row
from anhvm.benches.sides import Plan, Say
from anhvm.errors import UsageError


class Suite(NamedTuple):
    """Cases, who runs them, and for how long."""

    cases: Sequence[Case]
    run: Callable[[Any, Plan, Say], tuple[list[Row], list[str]]]
    full: Plan
    quick: Plan
    libraries: Sequence[str]


SUITES = {
    "kernels": Suite(
        kernel_cases.CASES, kernels.run, kernels.FULL, kernels.QUICK, kernels.LIBRARIES
    ),
    "vm": Suite(vm_cases.CASES, vm.run, vm.FULL, vm.QUICK, vm.LIBRARIES),
}


def measure(name: str, only: str | None, quick: bool, say: Say) -> Report:
    """Runs a suite, or those of its cases whose name or size contains `only`.

    `say` is told which side runs.  Raises UsageError ``bench.only`` where no case is left.
    """
    suite = SUITES[name]
    chosen = [case for case in suite.cases if only is None or only in case.key]
    if not chosen:
        known = ", ".join(dict.fromkeys(case.name for case in suite.cases))
        raise UsageError(
            "bench.only", f"no row of this bench has '{only}' in its name", f"choose from: {known}"
        )
    rows, missing = suite.run(chosen, suite.quick if quick else suite.full, say)
    options = [*(["--quick"] if quick else []), *(["--only", only] if only is not None else [])]
    command = shlex.join(["anhvm", "bench", name, *options])
    return Report(command, rows, missing, suite.libraries)
