"""The contracts of the repository: they compile, verify, are stable, and Digits learns.

The twin of Digits is NumPy in float64, written from the formulas.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from anhvm.compiler.builtins import BUILTINS
from anhvm.compiler.phases import compile_file, compile_source
from anhvm.program.abi import Abi, Named
from anhvm.program.abi import load as load_abi
from anhvm.program.encode import encode
from anhvm.program.engine import Done, Env, Need
from anhvm.runtime.engines import make_engine
from anhvm.runtime.machine import Machine, State
from anhvm.verifier import verify
from tests.compiler.mutate import ROOT, campaign

Floats = npt.NDArray[np.float64]
FILES = sorted((ROOT / "examples").rglob("*.anh"))
EXAMPLES = [path for path in FILES if not path.name.startswith("test_")]
DIGITS = ROOT / "examples/digits/digits.anh"


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_the_examples_compile_to_stable_bytes(path: Path) -> None:
    program = compile_file(path).program
    verify(program)
    assert encode(program) == encode(compile_file(path).program)


def test_the_interface_of_digits() -> None:
    abi: Abi = load_abi(compile_file(DIGITS).program.abi)
    assert [(f.name, f.kind) for f in abi.functions] == [
        ("setup", "init"), ("train", "call"), ("predict", "view"),
    ]  # fmt: skip
    train = abi.function("train")
    assert train is not None and train.params[0] == Named("x", "f32[N, 64]")
    assert abi.flatten(Named("net", "Net"))[3] == Named("net.b2", "f32[10]")


def forward(net: dict[str, Floats], x: Floats) -> tuple[Floats, Floats]:
    hidden = np.maximum(x @ net["w1"] + net["b1"], 0)
    return hidden, hidden @ net["w2"] + net["b2"]


def step(net: dict[str, Floats], x: Floats, y: npt.NDArray[np.int32], rate: float) -> float:
    """One step of gradient descent by hand; returns the loss before it."""
    hidden, logits = forward(net, x)
    shifted = logits - logits.max(1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(1, keepdims=True)
    rows = np.arange(len(y))
    loss = -np.log(p[rows, y]).mean()
    p[rows, y] -= 1
    p /= len(y)
    back = (p @ net["w2"].T) * (hidden > 0)
    slopes = {"w1": x.T @ back, "b1": back.sum(0), "w2": hidden.T @ p, "b2": p.sum(0)}
    for name, slope in slopes.items():
        net[name] = net[name] - rate * slope
    return float(loss)


def test_digits_trains_like_its_twin() -> None:
    contract = Machine(engine="reference").load(encode(compile_file(DIGITS).program))
    state: State = {}
    owner = b"\1" * 33
    gas = 10**12
    assert contract.run("setup", [7], env=Env(sender=owner), gas=gas, state=state).trap is None
    names = [field.name for field in contract.program.fields]
    at = {
        names[cell.field]: np.asarray(value)
        for cell, value in state.items()
        if "net" in names[cell.field]
    }
    net = {name.removeprefix("net."): value.astype(np.float64) for name, value in at.items()}
    assert abs(net["w1"].std() - np.sqrt(2 / 64)) < 0.01

    random = np.random.default_rng(3)
    x = random.random((12, 64), dtype=np.float32)
    y = random.integers(0, 10, 12, dtype=np.int32)
    result = contract.run("train", [x, y, 3, 0.5], env=Env(sender=owner), gas=gas, state=state)
    assert result.trap is None, result.trap
    losses = [step(net, x.astype(np.float64), y, 0.5) for _ in range(3)]
    assert [e.name for e in result.events] == ["Trained"]
    assert result.events[0].values["steps"] == 3
    assert abs(float(result.events[0].values["loss"]) - losses[-1]) < 1e-5  # type: ignore[arg-type]
    for name, weights in net.items():
        stored = np.asarray(result.writes[f"net.{name}"])
        assert np.abs(stored - weights).max() < 1e-5, name

    predicted = contract.run("predict", [x], gas=gas, state=state).value
    assert np.array_equal(np.asarray(predicted), forward(net, x.astype(np.float64))[1].argmax(1))


def test_a_program_checks_what_a_caller_passes() -> None:
    engine = make_engine("reference")
    loaded = engine.load(encode(compile_file(DIGITS).program))
    index = [f.name for f in loaded.program.functions].index("train")

    def trap(x: tuple[int, ...], y: tuple[int, ...]) -> str:
        images, labels = np.zeros(x, dtype=np.float32), np.zeros(y, dtype=np.int32)
        run = engine.start(loaded, index, [images, labels, 0, np.float32(1)], Env(), 10**6)
        outcome = run.resume()
        while isinstance(outcome, Need):
            outcome = run.provide(None)
        assert isinstance(outcome, Done)
        return outcome.failure.message if outcome.failure else ""

    assert trap((2, 63), (2,)) == "x: axis 1 must be 64"
    assert trap((2, 64), (3,)) == "y: axis 0 must be N, which is axis 0 of x"
    assert trap((2, 64), (2,)) == ""


def test_a_module_beside_the_contract(tmp_path: Path) -> None:
    (tmp_path / "shapes").mkdir()
    (tmp_path / "shapes/boxes.anh").write_text(
        "const SIDE = 3\n\nstruct Box:\n    width: u64\n    height: u64\n\n"
        "def area(box: Box) -> u64:\n    return box.width * box.height\n"
    )
    (tmp_path / "main.anh").write_text(
        "import shapes.boxes as b\nfrom shapes.boxes import Box, area\n\ncontract Main:\n"
        "    last: b.Box\n    @call\n    def grow(box: Box) -> u64:\n        self.last = box\n"
        "        self.last.width += b.SIDE\n        return area(self.last) + b.area(box)\n"
    )
    contract = Machine(engine="reference").load(encode(compile_file(tmp_path / "main.anh").program))
    result = contract.run("grow", [{"width": 2, "height": 5}], env=Env(), gas=10**6)
    assert result.value == 35
    assert result.writes == {"last.width": 5, "last.height": 5}


PAGE = (ROOT / "docs/language.md").read_text()


@pytest.mark.parametrize("text", re.findall(r"```anh\n(.*?)```", PAGE, re.DOTALL))
def test_the_examples_of_the_page_compile(text: str) -> None:
    compilation = compile_source(text)
    if compilation.checked is not None:
        verify(compilation.program)


def test_the_page_names_every_built_in() -> None:
    section = PAGE.split("## Built in")[1]
    assert [name for name in BUILTINS if not re.search(rf"\b{name}\b", section)] == []


def test_mutants_compile_or_are_refused() -> None:
    found = campaign(count=250, seed=1)
    assert found["program"] > 20 and len(found) > 15
