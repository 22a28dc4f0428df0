"""A row compares the same work: every side gives the same result."""

from __future__ import annotations

from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from anhvm.benches import kernels_numpy, kernels_ours
from anhvm.benches.kernel_cases import CASES, Work
from anhvm.kernels.cpu.fpmode import flush_mode
from anhvm.program.engine import Need

SMALL = [w for w in CASES if isinstance(w, Work) and w.madds < 1 << 29]
BY_NAME = {work.name: work for work in SMALL}


def ours(work: Work) -> list[Any]:
    """The results of all calls, of whom a peer gives some or the last."""
    return [y for call in kernels_ours.prepared(work) for y in call.run()]


def close(results: Any, work: Work) -> bool:
    """Whether the results are the last ones of ours."""
    expected = ours(work)[-len(results) :]
    return all(
        np.allclose(a, b, rtol=1e-3, atol=1e-2) for a, b in zip(results, expected, strict=True)
    )


@pytest.mark.parametrize("name", sorted(kernels_numpy._CALLS))
def test_numpy_does_the_same(name: str) -> None:
    work = BY_NAME[name]
    assert close([kernels_numpy._CALLS[name](*work.operands())()], work)


def test_torch_does_the_same() -> None:
    torch = pytest.importorskip("torch")
    module = import_module("anhvm.benches.kernels_torch")
    calls = module._calls(torch)
    assert set(calls) == {w.name for w in CASES if isinstance(w, Work)}
    for name, work in BY_NAME.items():
        with torch.inference_mode():
            found = calls[name](*(module._tensor(torch, x) for x in work.operands() if x.ndim))()
        results = [x.detach().numpy() for x in (found if isinstance(found, tuple) else (found,))
                   if x is not None]  # fmt: skip
        assert close(results, work), name


@pytest.mark.parametrize("name", ["adamw", "conv2d gradients", "cross_entropy", "layer_norm"])
def test_machine_code_repeats_every_call(name: str) -> None:
    calls = kernels_ours.prepared(BY_NAME[name])
    records = np.array([call.record() for call in calls], np.int64)
    with flush_mode():
        assert kernels_ours._repeat()(1, records.ctypes.data, len(calls)) == 1
    made = [y.copy() for call in calls for y in call.outputs]
    assert all((a == b).all() for a, b in zip(made, ours(BY_NAME[name]), strict=True))


@pytest.mark.parametrize("work", BY_NAME.values(), ids=lambda work: work.name)
def test_a_program_repeats_every_call(work: Work) -> None:
    run = kernels_ours.under_way(work, 2)
    spent = []
    for count in (2, 0, 1, 3):  # the first two pay for memory too
        assert isinstance(run.provide(count), Need)
        spent.append(run.gas_used)
    none, one, three = (after - before for before, after in pairwise(spent))
    assert kernels_ours.program(work).count("  kernel ") == len(work.calls)
    assert one > none and three - none == pytest.approx(3 * (one - none), rel=0.02)
