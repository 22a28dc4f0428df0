"""The files of a new project.  A test types every command that the README shows."""

from __future__ import annotations

from typing import Final

_CONTRACT: Final = '''\
# A line through points: anyone may fit it, anyone may ask it.

struct Model:
    slope: f32
    offset: f32

contract @CONTRACT@:
    model: Model
    steps: u64

    event Fitted(steps: u64, loss: f32)

    def loss(model: Model, x: f32[N], y: f32[N]) -> f32:
        error = model.slope * x + model.offset - y
        return mean(error * error)

    @call
    def fit(x: f32[N], y: f32[N], epochs: u64, rate: f32):
        """Move the line towards the points, `epochs` times."""
        model = self.model
        value = 0.0
        for epoch in range(epochs):
            value, d = grad loss(model, x, y) wrt model
            model = model - rate * d
        self.model = model
        self.steps += epochs
        emit Fitted(self.steps, value)

    @view
    def at(x: f32) -> f32:
        """The height of the line at x."""
        return self.model.slope * x + self.model.offset
'''

_TEST: Final = '''\
"""Run me with ``python @TEST@``, or with pytest."""

from pathlib import Path

import numpy as np

from anhvm.api import compile_file, run

CONTRACT = compile_file(Path(__file__).with_name("@SOURCE@"))


def test_a_line_is_found() -> None:
    x = np.array([0, 1, 2, 3], np.float32)
    state = {}
    fitted = run(CONTRACT, "fit", x, 2 * x + 1, 500, 0.1, state=state)
    assert fitted.trap is None
    assert fitted.events[0].values["loss"] < 1e-6
    assert abs(run(CONTRACT, "at", 10.0, state=state).value - 21) < 0.01


if __name__ == "__main__":
    test_a_line_is_found()
    print("ok")
'''

_README: Final = """\
# @NAME@

`@SOURCE@` is a contract: a line that anyone may fit to points, and that anyone may ask. The
compiler finds the gradient.

## Without a chain

    anhvm check @SOURCE@
    anhvm run @SOURCE@ fit '[0, 1, 2]' '[1, 3, 5]' 500 0.1 --state line.state
    anhvm run @SOURCE@ at 10 --state line.state
    python @TEST@

## On a chain

A key signs; a chain is a folder; `deploy` prints the address that is written CONTRACT below.

    anhvm keys new
    anhvm chain init
    anhvm deploy @SOURCE@
    anhvm chain produce
    anhvm call CONTRACT fit '[0, 1, 2]' '[1, 3, 5]' 500 0.1
    anhvm chain produce

Until here nothing has been executed: the blocks hold signed transactions and no results. A question
executes what its answer depends on, and says before what that may cost.

    anhvm query CONTRACT at 10
    anhvm query CONTRACT at 11

The second one is answered from receipts.
"""


def files(name: str) -> dict[str, str]:
    """The texts of a project by their file names; `name` is a lower-case word."""
    words = {
        "@NAME@": name,
        "@CONTRACT@": "".join(part.capitalize() for part in name.split("_")),
        "@SOURCE@": f"{name}.anh",
        "@TEST@": f"test_{name}.py",
    }
    templates = {f"{name}.anh": _CONTRACT, f"test_{name}.py": _TEST, "README.md": _README}
    return {file: _filled(text, words) for file, text in templates.items()}


def _filled(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text
