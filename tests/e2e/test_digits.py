"""One contract, one meaning: the weights of a training run on every path, and beside PyTorch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anhvm.api import compile_file
from anhvm.chain.keys import Key
from anhvm.chain.session import Session
from anhvm.runtime.machine import Machine, State
from tests.cpus import on_other_cpu
from tests.e2e.train import DIGITS, data, train, weights_digest

ROOT = Path(__file__).parents[2]
GOLDEN = "bc8c493a79956463470a1efb33b72f46da3bd1c302c0baaa0d05c37eed4a9ec1"
UNRELATED = 400
CALLS = 40


@pytest.mark.parametrize(
    ("cpu", "arguments"),
    [
        ("", []),
        ("", ["--threads", "2"]),
        ("", ["--threads", "2", "--mode", "hostile"]),
        ("", ["--engine", "reference"]),
        on_other_cpu("haswell", []),
        on_other_cpu("x86-64", []),
    ],
)
def test_the_weights_have_one_digest(cpu: str, arguments: list[str]) -> None:
    """Threads, CPU, the floating-point environment and the engine do not show in any bit."""
    environment = {**os.environ, **({"NUMBA_CPU_NAME": cpu} if cpu else {})}
    command = [sys.executable, "-m", "tests.e2e.train", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == GOLDEN


def test_a_different_run_has_a_different_digest() -> None:
    _, weights = train(epochs=1)
    assert weights_digest(weights) != GOLDEN


def test_pytorch_learns_the_same(torch: Any) -> None:
    """Float32 training from the same weights reaches the same loss within 1e-4 in 10 steps."""
    steps, rate = 10, 0.5
    _, start = train(epochs=0)
    images, labels = data()
    contract, state = _trained(steps)
    parts = {name: torch.tensor(np.array(start[name]), requires_grad=True) for name in start
             if name.startswith("net.")}  # fmt: skip
    losses = []
    for _ in range(steps):
        hidden = torch.relu(torch.from_numpy(images) @ parts["net.w1"] + parts["net.b1"])
        logits = hidden @ parts["net.w2"] + parts["net.b2"]
        loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(labels).long())
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            for part in parts.values():
                assert part.grad is not None
                part -= rate * part.grad
                part.grad = None
    assert len(contract) == len(losses)
    assert np.abs(np.array(contract) - np.array(losses)).max() < 1e-4
    for name, part in parts.items():
        assert np.allclose(part.detach().numpy(), state[name], atol=1e-4)


def _trained(steps: int) -> tuple[list[float], dict[str, np.ndarray]]:
    """The loss of each of `steps` calls of one step, and the weights after them."""
    compiled = compile_file(DIGITS)
    contract = Machine(1).load(compiled.encoded)
    images, labels = data()
    state: State = {}
    contract.run("setup", (7,), state=state)
    losses = []
    for _ in range(steps):
        done = contract.run("train", (images, labels, 1, np.float32(0.5)), state=state)
        loss = done.events[0].values["loss"]
        assert isinstance(loss, np.float32)
        losses.append(float(loss))
    names = [field.name for field in compiled.program.fields]
    weights = {names[cell.field]: value for cell, value in state.items()}
    return losses, {k: v for k, v in weights.items() if isinstance(v, np.ndarray)}


def test_a_question_executes_its_cone_and_nothing_else(tmp_path: Path) -> None:
    """The deployment and 40 training calls run, and none of the unrelated transactions."""
    key = Key.generate()
    images, labels = data()
    counter = compile_file(DIGITS.with_name("counter.anh"))
    with Session.create(tmp_path / "chain", key, threads=1) as session:
        with session.batch():
            _, digits = session.deploy(key, compile_file(DIGITS).encoded, 7, gas_limit=10**6)
            _, other = session.deploy(key, counter.encoded)
            x, y = session.publish(key, images), session.publish(key, labels)
        session.produce(key)
        with session.batch():
            for number in range(UNRELATED):
                if number % (UNRELATED // CALLS) == 0:
                    session.call(key, digits, "train", x, y, 1, 0.5, gas_limit=10**7)
                if number % 2:
                    session.transfer(key, key.address, number)
                else:
                    session.call(key, other, "click", 1 + number % 100, gas_limit=10**5)
        session.produce(key)
        assert session.engine.executions == 0, "producing a block executes nothing"
        bound = session.cost(digits, "predict", images[:9])
        seen: list[int] = []
        answer = session.query(digits, "predict", images[:9], progress=seen.append)
        assert answer.executed == 1 + CALLS
        assert session.engine.executions == answer.executed + 1, "and the question itself"
        assert sum(seen) == answer.gas_spent + answer.gas_used
        assert bound.least.gas <= answer.gas_spent <= bound.most.gas
        assert bound.most.transactions == 1 + CALLS
        assert session.query(digits, "predict", images[:9]).executed == 0
        assert session.query(other, "all").executed == 1 + UNRELATED // 2 - 1
