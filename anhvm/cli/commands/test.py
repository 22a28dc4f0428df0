"""test, snapshot: the tests of contracts, and what their calls cost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anhvm.cli import output
from anhvm.cli.options import Json, Threads
from anhvm.errors import Exit, UserError

if TYPE_CHECKING:
    from anhvm.testing.runner import Options, Verdict

Paths = Annotated[
    list[Path] | None,
    typer.Argument(metavar="PATHS", help="Test files, or folders of them; by default this one."),
]
Seed = Annotated[
    int, typer.Option("--seed", metavar="N", help="Where the arguments of tests come from.")
]
Cases = Annotated[
    int, typer.Option("--cases", metavar="N", min=1, help="Cases of a test with parameters.")
]


def test(
    paths: Paths = None,
    match: Annotated[
        str, typer.Option(metavar="TEXT", help="Only tests with TEXT in their file or name.")
    ] = "",
    gas: Annotated[
        bool, typer.Option("--gas", help="Show the gas of calls, by function and by line.")
    ] = False,
    seed: Seed = 0,
    cases: Cases = 100,
    threads: Threads = None,
    json: Json = False,
) -> int:
    """Run the tests of contracts: functions test_… in files test_….anh; 1 if one failed.

    Each test, and each case of a test with parameters, begins on a fresh chain, after the function
    setup of its file.
    """
    from anhvm.cli import testreport
    from anhvm.testing.runner import Options

    begun = time.monotonic()
    verdicts = judged(paths, match, Options(seed, cases, threads, gas))
    data = {"seed": seed, **testreport.as_json(verdicts, gas)}
    output.emit(json, data, testreport.as_text(verdicts, gas))
    if not json:
        failed = f", {data['failed']} failed" if data["failed"] else ""
        spent = time.monotonic() - begun
        output.say(f"{data['passed']} passed{failed} in {spent:.1f} s; seed {seed}")
    return int(Exit.FAILED if data["failed"] else Exit.OK)


def judged(paths: Sequence[Path] | None, match: str, options: Options) -> list[Verdict]:
    """The verdicts on all tests in `paths` with `match` in their names.

    CompileError; UserError ``test.*``, ``compile.*``, ``file.read``.
    """
    from anhvm.cli.progress import bar
    from anhvm.testing.compose import compose, discover
    from anhvm.testing.runner import run

    suites = [compose(path) for path in discover(list(paths or [Path()]))]
    chosen = {
        suite: [name for name in suite.tests if match in f"{suite.path}::{name}"]
        for suite in suites
    }
    if not any(chosen.values()):
        hint = "leave --match out" if match else "name a function of it test_…"
        where = ", ".join(str(suite.path) for suite in suites)
        raise UserError("test.none", f"no test of {where} has a name with '{match}'", hint)
    total = sum(suite.most_cases(options.cases, names) for suite, names in chosen.items())
    with bar("testing", total, "cases") as advance:
        return [
            verdict
            for suite, names in chosen.items()
            if names
            for verdict in run(suite, names, options, output.notice, lambda: advance(1))
        ]
