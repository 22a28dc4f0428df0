"""bench: how fast this computer runs what contracts need, beside peers, in one run."""

from __future__ import annotations

import shlex
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from anhvm.cli import output
from anhvm.cli.options import Json
from anhvm.errors import UsageError, UserError

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

Propose = Annotated[
    Path | None,
    typer.Option("--propose", metavar="FILE", help="Write the fitted gas schedule into a file."),
]
Times = Annotated[
    Path | None,
    typer.Option(
        "--times",
        metavar="FILE",
        help="Take the times of an earlier --json from FILE, and measure new cases only.",
    ),
]
Page = Annotated[
    Path | None,
    typer.Option("--page", metavar="FILE", help="Write the figures as a page of documentation."),
]


def kernels(quick: Quick = False, only: Only = None, plot: Plot = None, json: Json = False) -> None:
    """Time kernels beside NumPy, PyTorch, JAX and what this computer can do at most."""
    _bench("kernels", quick, only, plot, json)


def vm(quick: Quick = False, only: Only = None, plot: Plot = None, json: Json = False) -> None:
    """Time contract code beside wasm3, wasmtime and revm."""
    _bench("vm", quick, only, plot, json)


def gas(
    quick: Quick = False,
    only: Only = None,
    times: Times = None,
    plot: Plot = None,
    propose: Propose = None,
    page: Page = None,
    json: Json = False,
) -> None:
    """Time every opcode and kernel beside its gas, and fit prices to the times."""
    if plot is not None:
        _can_plot(plot)
    if only is not None and propose is not None:
        message = "prices are fitted to all cases, and --only leaves some out"
        raise UsageError("bench.propose", message, "leave out --only or --propose")
    for path in (propose, page):
        if path is not None and not path.absolute().parent.is_dir():
            raise _unwritable(path, "there is no such folder", "bench.file")
    suite: Any = import_module("anhvm.benches.gas.suite")
    show: Any = import_module("anhvm.benches.gas.show")
    earlier: Any = import_module("anhvm.benches.gas.times")
    known = earlier.read(times) if times else earlier.NOTHING
    options = [*(["--quick"] if quick else []), *(["--only", only] if only else [])]
    options += ["--times", times.name] if times else []
    command = shlex.join(["anhvm", "bench", "gas", *options])
    outcome = suite.measure(command, only, quick, only is None, output.say, known)
    output.emit(json, show.to_json(outcome), show.text(outcome))
    if propose is not None:
        propose.write_text(show.proposal(outcome), encoding="utf-8")
    if page is not None:
        page.write_text(show.page(outcome), encoding="utf-8")
    if plot is not None:
        _draw(show, outcome, plot)


def worst(
    minutes: Annotated[
        float, typer.Option("--minutes", min=0.0, help="How long to search.", show_default=True)
    ] = 30,
    seed: Annotated[
        int, typer.Option("--seed", help="Where the search starts.", show_default=True)
    ] = 1,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="FOLDER", help="Write the program found into a folder."),
    ] = None,
    json: Json = False,
) -> None:
    """Breed programs that take the most time for their gas."""
    if keep is not None:
        try:
            keep.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(keep, error.strerror or str(error), "bench.file") from error
    search: Any = import_module("anhvm.benches.gas.worst")
    command = f"anhvm bench worst --minutes {minutes:g} --seed {seed}"
    found = search.find(command, minutes, seed, output.say)
    output.emit(json, found.to_json(), found.summary())
    if keep is not None:
        output.say(f"kept as {search.keep(found, keep)}")


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
        _draw(show, report, plot)


def _draw(show: Any, report: Any, path: Path) -> None:
    try:
        show.plot(report, path)
    except (OSError, ValueError) as error:
        raise _unwritable(path, str(error)) from error


def _can_plot(path: Path) -> None:
    """Finds before the minutes of measuring what would lose their picture."""
    if find_spec("matplotlib") is None:
        message = "matplotlib, which draws the picture, is not installed"
        raise UserError("bench.plot", message, "pip install 'anhvm[bench]', or leave out --plot")
    if not path.absolute().parent.is_dir():
        raise _unwritable(path, "there is no such folder")


def _unwritable(path: Path, why: str, code: str = "bench.plot") -> UserError:
    message = f"'{path}' cannot be written: {why}"
    return UserError(code, message, "name a file in a folder of your own: ratios.png")
