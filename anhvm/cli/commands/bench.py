"""bench: how fast this computer runs what contracts need, beside peers, in one run."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from anhvm.cli import output
from anhvm.cli.options import Json
from anhvm.errors import UserError

Quick = Annotated[
    bool, typer.Option("--quick", help="One short round on one thread: a glance, no figure.")
]
Only = Annotated[
    str | None,
    typer.Option("--only", metavar="TEXT", help="Only rows with TEXT in their name or size."),
]
Plot = Annotated[
    Path | None, typer.Option("--plot", metavar="FILE", help="Draw the ratios into a picture.")
]


def kernels(quick: Quick = False, only: Only = None, plot: Plot = None, json: Json = False) -> None:
    """Time kernels beside NumPy, PyTorch, JAX and what this computer can do at most."""
    _bench("kernels", quick, only, plot, json)


def vm(quick: Quick = False, only: Only = None, plot: Plot = None, json: Json = False) -> None:
    """Time contract code beside wasm3, wasmtime and revm."""
    _bench("vm", quick, only, plot, json)


def _bench(suite: str, quick: bool, only: str | None, plot: Path | None, json: bool) -> None:
    if plot is not None:
        _can_plot(plot)
    # The benches stand above the command line, so they are found when they are wanted.
    suites: Any = import_module("anhvm.benches.suites")
    report = suites.measure(suite, only, quick, output.say)
    show: Any = import_module("anhvm.benches.show")
    output.emit(json, report.to_json(), show.text(report))
    for name in report.missing:
        output.say(f"missing: {name}")
    if report.missing:
        extras = "bench,test-torch" if "torch" in report.missing else "bench"
        output.say(f"next: pip install 'anhvm[{extras}]'")
    if plot is not None:
        try:
            show.plot(report, plot)
        except (OSError, ValueError) as error:
            raise _unwritable(plot, str(error)) from error


def _can_plot(path: Path) -> None:
    """Finds before the minutes of measuring what would lose their picture."""
    if find_spec("matplotlib") is None:
        message = "matplotlib, which draws the picture, is not installed"
        raise UserError("bench.plot", message, "pip install 'anhvm[bench]', or leave out --plot")
    if not path.absolute().parent.is_dir():
        raise _unwritable(path, "there is no such folder")


def _unwritable(path: Path, why: str) -> UserError:
    message = f"'{path}' cannot be written: {why}"
    return UserError("bench.plot", message, "name a picture in a folder of your own: ratios.png")
