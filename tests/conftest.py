"""What every test shares: the Hypothesis profiles, and what CI may not skip."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

IN_CI = bool(os.environ.get("CI"))

# Deadlines measure the machine, not the code. CI draws the same examples each time, so that a red
# run is red again; at home each run looks somewhere new.
settings.register_profile(
    "home", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("ci", settings.get_profile("home"), derandomize=True, database=None)
settings.load_profile("ci" if IN_CI else "home")


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    """PyTorch, the peer: its tests skip at home where it is absent, and fail in CI."""
    try:
        return importlib.import_module("torch")
    except ImportError:
        if IN_CI:
            raise
        pytest.skip("torch is absent: pip install '.[test-torch]'")
