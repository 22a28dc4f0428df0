"""Compiled programs against the same text run by Python."""

from __future__ import annotations

from anhvm.runtime.machine import Machine
from tests.compiler.twin import campaign


def test_random_programs_do_what_python_does() -> None:
    outcomes = campaign(120, 11, Machine(engine="reference"))
    assert outcomes["value"] > 50
    assert {"OVERFLOW", "DIVISION", "CAST", "ASSERT"} <= set(outcomes)
