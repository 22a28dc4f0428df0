"""Ours and every peer that is installed do the same steps of training."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import pytest

from anhvm.benches import contracts, kernels_numpy
from anhvm.benches.training import LENET, MLP, STEPS

Train = Callable[[int], float]


def peer(name: str, needs: str) -> Train:
    if needs and find_spec(needs) is None:
        pytest.skip(f"{needs} is absent: pip install '.[bench,test-torch]'")
    module = import_module(f"anhvm.benches.{name}")
    return module.trainer(MLP) if needs == "torch" else module.trainer()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: contracts.trainer(MLP, 1), id="ours"),
        pytest.param(lambda: peer("kernels_torch", "torch"), id="torch"),
        pytest.param(lambda: peer("kernels_jax", "jax"), id="jax"),
    ],
)
def test_the_losses_of_the_mlp_agree(make: Callable[[], Train]) -> None:
    expected = kernels_numpy.trainer()
    losses = [expected(steps) for steps in (1, STEPS)]
    train = make()
    assert losses[1] < losses[0] - 0.1
    assert [train(steps) for steps in (1, STEPS)] == pytest.approx(losses, abs=1e-4)


def test_the_losses_of_the_lenet_agree() -> None:
    pytest.importorskip("torch")
    expected = import_module("anhvm.benches.kernels_torch").trainer(LENET)
    losses = [expected(steps) for steps in (1, 2, 5)]
    train = contracts.trainer(LENET, 1)
    assert losses[2] < losses[0] - 0.5
    assert [train(steps) for steps in (1, 2, 5)] == pytest.approx(losses, abs=1e-4)
