"""Cases on other CPUs: one worker takes all of each, so that kernels are compiled for it once."""

from __future__ import annotations

from typing import Any

import pytest


def on_other_cpu(cpu: str, *more: Any) -> Any:
    """A case of a test whose first parameter is the CPU's name."""
    return pytest.param(cpu, *more, marks=pytest.mark.xdist_group(cpu))
