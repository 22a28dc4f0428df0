"""Random histories of a standard contract, its bytecode at work on both engines."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from anhvm.api import Compiled, Result, compile_file, open_machine, run
from anhvm.chain import address
from anhvm.program.engine import Cell, Value
from anhvm.runtime.machine import Machine

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "stdlib" / "contracts"
SHORT = settings(max_examples=25, stateful_step_count=20)
"""Histories of one run of the suite."""

PEOPLE = tuple(
    address.account(hashlib.sha256(name.encode()).digest()) for name in ("owner", "ann", "bob")
)
OWNER = PEOPLE[0]
people = st.sampled_from(PEOPLE)
amounts = st.one_of(
    st.integers(0, 12), st.sampled_from(((1 << 64) - 1, 1 << 63)), st.integers(0, (1 << 64) - 1)
)


@cache
def compiled(name: str) -> Compiled:
    return compile_file(FOLDER / f"{name}.anh")


@cache
def machines() -> tuple[Machine, Machine]:
    return open_machine(1), open_machine(1, "reference")


class Play(RuleBasedStateMachine):
    """A contract and what its calls have done.  A view is a call that may write nothing."""

    name: ClassVar[str]
    other: ClassVar[Compiled | None] = None
    """Played in place of the contract of that name."""
    twin: ClassVar[bool] = True
    """Whether the reference runs every call as well."""

    def __init__(self) -> None:
        super().__init__()
        self.contract = self.other or compiled(self.name)
        self.cells: tuple[dict[Cell, Value], dict[Cell, Value]] = ({}, {})
        self.time = self.height = 0

    def call(self, function: str, *args: object, sender: bytes = OWNER) -> Result:
        """Both engines run the call, and have to agree on all that it does."""
        found = [
            run(
                self.contract,
                function,
                *args,
                sender=sender,
                height=self.height,
                time=self.time,
                state=cells,
                machine=machine,
            )
            for machine, cells in zip(machines()[: 1 + self.twin], self.cells, strict=False)
        ]
        core = found[0]
        assert bits(core) == bits(found[-1])
        if core.trap is not None:
            assert not core.writes and not core.events
        return core

    def ask(self, function: str, *args: object) -> Any:
        """The value of a view."""
        found = self.call(function, *args)
        assert found.trap is None and not found.writes
        return found.value


def bits(item: object) -> object:
    """Anything as something that is equal where every bit is."""
    match item:
        case np.ndarray() | np.generic():
            return str(item.dtype), np.shape(item), item.tobytes()
        case dict():
            return [(key, bits(value)) for key, value in item.items()]
        case tuple() | list():
            return [bits(value) for value in item]
        case Result():
            trap = item.trap and (item.trap.kind, item.trap.place)
            events = [(event.name, dict(event.values)) for event in item.events]
            return [bits(x) for x in (item.value, item.gas_used, events, dict(item.writes),
                                      trap, item.high_water)]  # fmt: skip
    return item
