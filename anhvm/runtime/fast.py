"""The fast tier behind its guard: it starts @nondet functions, and refuses all others.

Whoever asks for an exact engine (`runtime.engines`) never imports this.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from anhvm.errors import UserError
from anhvm.isa.schedule import load as load_schedule
from anhvm.kernels.fast.registry import FastKernels
from anhvm.machine.engine import CoreEngine
from anhvm.program.abi import load as load_abi
from anhvm.program.engine import Entry, Env, Loaded, Run, Value

NONDET = "nondet"
"""The kind, in the ABI, of a function whose result may differ from machine to machine."""


class FastEngine:
    """Implements `program.engine.Engine`: the C core with kernels that may reorder.

    Shapes, gas and traps are those of the exact tier; the bits of f32 results are not.
    """

    def __init__(self, threads: int | None = None) -> None:
        count = len(os.sched_getaffinity(0)) if threads is None else threads
        self._engine = CoreEngine(FastKernels().pointers, load_schedule(), count)

    @property
    def executions(self) -> int:
        return self._engine.executions

    def load(self, encoded: bytes) -> Loaded:
        return self._engine.load(encoded)

    def start(
        self,
        loaded: Loaded,
        function: int,
        args: Sequence[Value],
        env: Env,
        gas: int,
        permits: bool = False,
    ) -> Run:
        return self.entry(loaded, function, env, permits).start(args, gas)

    def entry(self, loaded: Loaded, function: int, env: Env, permits: bool = False) -> Entry:
        """A @nondet function that stays in its contract; UserError ``tier.exact`` else."""
        program = loaded.program
        name, known = program.functions[function].name, load_abi(program.abi).functions
        if not any(f.index == function and f.kind == NONDET for f in known):
            message = f"{name} is exact, and the fast tier is for @nondet functions alone"
            raise UserError("tier.exact", message, "leave out --tier, or mark the function @nondet")
        if program.externs:
            message = f"{program.name} calls other contracts, whose functions are exact"
            raise UserError("tier.exact", message, "leave out --tier")
        return self._engine.entry(loaded, function, env, permits)
