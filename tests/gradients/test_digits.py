"""The digits contract trains: the same weights on every engine, and those of NumPy nearly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anhvm.api import compile_file, open_machine, run
from anhvm.program.engine import Cell, Value
from anhvm.runtime.engines import EngineName

FILE = Path(__file__).resolve().parents[2] / "examples/digits/digits.anh"
WEIGHTS = ("net.w1", "net.b1", "net.w2", "net.b2")
RATE, EPOCHS = 0.5, 4


def data() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    labels = random.integers(0, 10, 24).astype(np.int32)
    centres = random.normal(size=(10, 64))
    images = centres[labels] + 0.3 * random.normal(size=(24, 64))
    return images.astype(np.float32), labels


def trained(engine: EngineName, threads: int) -> tuple[list[Value], list[Value], float]:
    """Weights before and after, and the last loss."""
    digits, machine = compile_file(FILE), open_machine(threads, engine)
    state: dict[Cell, Value] = {}
    fields = {f.name: i for i, f in enumerate(digits.program.fields)}
    assert run(digits, "setup", 7, state=state, machine=machine).trap is None
    before = [state[Cell(fields[name])] for name in WEIGHTS]
    done = run(digits, "train", *data(), EPOCHS, RATE, state=state, machine=machine)
    assert done.trap is None
    loss = done.events[0].values["loss"]
    assert isinstance(loss, np.float32)
    return before, [state[Cell(fields[name])] for name in WEIGHTS], float(loss)


@pytest.fixture(scope="module")
def core() -> tuple[list[Value], list[Value], float]:
    return trained("core", 1)


@pytest.mark.parametrize(("engine", "threads"), [("core", 2), ("reference", 1)])
def test_every_engine_trains_the_same_weights(
    core: tuple[list[Value], list[Value], float], engine: EngineName, threads: int
) -> None:
    for ours, theirs in zip(core[1], trained(engine, threads)[1], strict=True):
        assert np.asarray(ours).tobytes() == np.asarray(theirs).tobytes()


def test_training_follows_binary64(core: tuple[list[Value], list[Value], float]) -> None:
    """The formulas of the layer by hand, in double precision: the way there is the same."""
    w1, b1, w2, b2 = (np.asarray(w, np.float64) for w in core[0])
    images, labels = data()
    x, count = images.astype(np.float64), len(labels)
    for _ in range(EPOCHS):
        z = x @ w1 + b1
        h = np.maximum(z, 0)
        out = h @ w2 + b2
        e = np.exp(out - out.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(count), labels]).mean()
        p[np.arange(count), labels] -= 1
        g = p / count
        back = (g @ w2.T) * (z > 0)
        w2, b2 = w2 - RATE * h.T @ g, b2 - RATE * g.sum(axis=0)
        w1, b1 = w1 - RATE * x.T @ back, b1 - RATE * back.sum(axis=0)
    assert core[2] == pytest.approx(loss, abs=1e-5)
    for ours, theirs in zip(core[1], (w1, b1, w2, b2), strict=True):
        np.testing.assert_allclose(np.asarray(ours), theirs, atol=1e-5)


def test_a_step_of_training_is_little_beyond_its_kernels() -> None:
    """In the loop: the kernels of value and adjoints, the update, and what counts turns."""
    from anhvm.isa.opcodes import BY_CODE

    program = compile_file(FILE).program
    train = next(f for f in program.functions if f.name == "train")
    names = [BY_CODE[i.op].name for i in train.code]
    back = max(i for i, instr in enumerate(train.code) if names[i] == "jif")
    loop = names[train.code[back].target : back + 1]
    assert sorted(set(loop)) == ["drop", "jif", "kernel", "u64.add", "u64.lt"]
    assert loop.count("kernel") == 17
