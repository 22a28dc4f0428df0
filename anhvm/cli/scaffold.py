"""The files of a new project: a line that learns, or a standard contract to begin from.

A test types every command that the README of the first shows.
"""

from __future__ import annotations

import re
from importlib.resources import files as resources
from typing import Final

from anhvm.errors import UserError

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

_TEST: Final = """\
# Run me with: anhvm test
import std.test as test
import @NAME@

def test_a_line_is_found():
    x: f32[4] = zeros()
    for i in range(4):
        x[i] = f32(i)
    @NAME@.fit(x, 2.0 * x + 1.0, 500, 0.1)
    assert test.emitted("Fitted") == 1, "one event for each fit"
    assert abs(@NAME@.at(10.0) - 21.0) < 0.01, "the line is y = 2 x + 1"

def test_no_epochs_change_nothing(x: f32[N], y: f32[N]):
    @NAME@.fit(x, y, 0, 0.1)
    assert @NAME@.at(1.0) == 0.0, "the line has moved"
"""

_README: Final = """\
# @NAME@

`@SOURCE@` is a contract: a line that anyone may fit to points, and that anyone may ask. The
compiler finds the gradient.

## Without a chain

    anhvm check @SOURCE@
    anhvm run @SOURCE@ fit '[0, 1, 2]' '[1, 3, 5]' 500 0.1 --state line.state
    anhvm run @SOURCE@ at 10 --state line.state

The tests are in `@TEST@`; each runs on a fresh chain, and those with parameters run many times.

    anhvm test
    anhvm test --gas

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


_README_FROM: Final = """\
# @NAME@

`@SOURCE@` began as the standard contract `@ORIGIN@`; what it guarantees stands in its first lines.

    anhvm check @SOURCE@
    anhvm test --gas
    anhvm snapshot
    anhvm deploy @SOURCE@ …

The arguments of `deploy` are those of `@init`. Commit the snapshot: `anhvm snapshot --check` then
shows what a change costs.
"""


def files(name: str, origin: str = "") -> dict[str, str]:
    """The texts of a project by their file names; `name` is a lower-case word.

    `origin` is the standard contract to begin from.  UserError ``new.from`` where there is none.
    """
    contract, tests, readme = _standard(origin, name) if origin else (_CONTRACT, _TEST, _README)
    words = {
        "@NAME@": name,
        "@CONTRACT@": _camel(name),
        "@SOURCE@": f"{name}.anh",
        "@TEST@": f"test_{name}.anh",
        "@ORIGIN@": origin,
    }
    templates = {f"{name}.anh": contract, f"test_{name}.anh": tests, "README.md": readme}
    return {file: _filled(text, words) for file, text in templates.items()}


def _standard(origin: str, name: str) -> tuple[str, str, str]:
    """A standard contract under another name, its tests, and a page."""
    folder = resources("anhvm.stdlib.contracts")
    known = sorted(
        path.name.removesuffix(".anh")
        for path in folder.iterdir()
        if path.name.endswith(".anh") and not path.name.startswith("test_")
    )
    if origin not in known:
        message = f"there is no standard contract '{origin}'"
        raise UserError("new.from", message, f"there are {', '.join(known)}")
    contract = folder.joinpath(f"{origin}.anh").read_text(encoding="utf-8")
    tests = folder.joinpath(f"test_{origin}.anh").read_text(encoding="utf-8")
    renamed = contract.replace(f"contract {_camel(origin)}:", f"contract {_camel(name)}:")
    imported = tests.replace(f"import {origin}\n", f"import {name}\n")
    return renamed, re.sub(rf"\b{origin}\.(?=\w)", f"{name}.", imported), _README_FROM


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _filled(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text
