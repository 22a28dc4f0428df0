"""Ours and every peer that is installed do the same step of training."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import pytest

from anhvm.benches import kernels_numpy, kernels_ours
from anhvm.benches.kernel_cases import STEPS


@pytest.mark.parametrize("peer", ["ours", "torch", "jax"])
def test_the_losses_agree(peer: str) -> None:
    if peer == "ours":
        train = kernels_ours.trainer(1)
    elif find_spec(peer) is None:
        pytest.skip(f"{peer} is absent: pip install '.[bench,test-torch]'")
    else:
        train = import_module(f"anhvm.benches.kernels_{peer}").trainer()
    expected = kernels_numpy.trainer()
    losses = [expected(steps) for steps in (1, STEPS)]
    assert losses[1] < losses[0] - 0.1
    assert [train(steps) for steps in (1, STEPS)] == pytest.approx(losses, abs=1e-4)
