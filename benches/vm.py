"""`anhvm bench vm`: contract code beside interpreters and compilers that users could pick."""

from __future__ import annotations

from collections.abc import Sequence

from anhvm.benches.report import OURS, Limit, Row, row
from anhvm.benches.sides import Plan, Say, Side, measure
from anhvm.benches.vm_cases import MODULUS, SQUARES, Program

QUICK = Plan(rounds=1, seconds=0.05, threads=(1,))
FULL = Plan(rounds=5, seconds=0.3, threads=(1,))
LIBRARIES = ("pywasm3", "wasmtime", "pyrevm")
SIDES = (
    Side(OURS, "vm_ours"),
    Side("wasm3", "vm_wasm3", needs=("pywasm3", "wasmtime")),
    Side("wasmtime, fuel", "vm_wasmtime", needs=("wasmtime",)),
    Side("revm", "vm_revm", needs=("pyrevm",)),
)


def run(chosen: Sequence[Program], plan: Plan, say: Say) -> tuple[list[Row], list[str]]:
    """The rows of the chosen cases, and the peers that are missing."""
    times, missing = measure(SIDES, [case.key for case in chosen], 1, plan, say)
    limits: dict[str, Limit] = {}
    if SQUARES in chosen:
        from anhvm.benches.limits import remainder_time

        division = remainder_time(MODULUS, plan.seconds)
        limits[SQUARES.key] = Limit(division, "the same loop in machine code")
    made = (row(case, 1, "ns", 1e9, times[case.key], limits.get(case.key)) for case in chosen)
    return [one for one in made if one is not None], missing
