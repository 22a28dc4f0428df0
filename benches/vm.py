"""`anhvm bench vm`: contract code beside interpreters and compilers that users could pick."""

from __future__ import annotations

from anhvm.benches.report import LIMIT, OURS
from anhvm.benches.sides import Plan, Side

UNIT, SCALE = "ns", 1e9
QUICK = Plan(rounds=1, seconds=0.05, threads=(1,))
FULL = Plan(rounds=5, seconds=0.3, threads=(1,))
LIBRARIES = ("pywasm3", "wasmtime", "pyrevm", "py-evm")


def sides() -> tuple[Side, ...]:
    """Ours, the limit, and the peers; wasm3 reads its program through wasmtime's assembler."""
    return (
        Side(OURS, "vm_ours"),
        Side("wasm3", "vm_wasm3", needs=("pywasm3", "wasmtime")),
        Side("wasmtime, fuel", "vm_wasmtime", needs=("wasmtime",)),
        Side("revm", "vm_revm", needs=("pyrevm",)),
        Side("py-evm", "vm_pyevm", needs=("py-evm",)),
        Side(LIMIT, "vm_limit"),
    )
