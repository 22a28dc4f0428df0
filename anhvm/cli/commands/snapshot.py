"""snapshot: the gas of tests and functions, written down and held against what it was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anhvm.cli import files, output
from anhvm.cli.commands.test import Cases, Paths, Seed, judged
from anhvm.cli.options import Json, Threads
from anhvm.errors import Exit, UserError

if TYPE_CHECKING:
    from anhvm.testing.snapshot import Change


def snapshot(
    paths: Paths = None,
    file: Annotated[Path, typer.Option("--file", metavar="FILE", help="The snapshot.")] = Path(
        ".gas-snapshot"
    ),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; 1 if the gas is not as in FILE.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what differs from FILE.")
    ] = False,
    tolerance: Annotated[
        float, typer.Option(metavar="PERCENT", min=0, help="Differences to pass over.")
    ] = 0.0,
    seed: Seed = 0,
    cases: Cases = 100,
    threads: Threads = None,
    json: Json = False,
) -> int:
    """Write the gas of every test, and of every function that tests call, into a file.

    Commit the file, and let --check show what a change costs.  1 if a test fails.
    """
    from anhvm.testing import snapshot as snapshots
    from anhvm.testing.runner import Options

    compare = check or diff
    if compare and not file.exists():
        message = f"there is no snapshot '{file}'"
        raise UserError("snapshot.file", message, f"write it: anhvm snapshot --file {file}")
    old = snapshots.read(files.read(file).decode(errors="replace"), str(file)) if compare else {}
    verdicts = judged(paths, "", Options(seed, cases, threads))
    failed = [f"{v.suite.path}::{v.test}" for v in verdicts if v.fault]
    if failed:
        output.emit(json, {"failed": failed}, "failed: " + ", ".join(failed))
        output.say("next: anhvm test")
        return int(Exit.FAILED)
    new = snapshots.taken(verdicts, file.parent)
    if not compare:
        files.write(file, snapshots.text(new).encode(), snapshots.HEAD.encode())
        output.emit(json, {"file": str(file), "gas": new}, f"{file}: {len(new)} lines")
        return int(Exit.OK)
    found = snapshots.changes(old, new, tolerance)
    data = {
        "file": str(file),
        "changes": [
            {"name": c.name, "old": c.old, "new": c.new, "percent": c.percent} for c in found
        ],
    }
    output.emit(json, data, _table(found) if found else f"{file}: the gas is the same")
    if found and check:
        output.say(f"next: anhvm snapshot --file {file}, if that is what you want")
    return int(Exit.FAILED if found and check else Exit.OK)


def _table(changes: list[Change]) -> str:
    rows = [("old", "new", "change", "what")]
    for change in changes:
        old, new = (f"{n:,}" if n is not None else "-" for n in (change.old, change.new))
        grown = "new" if change.old is None else "gone" if change.new is None else "-"
        if change.percent is not None:
            grown = f"{change.percent:+.1f} %"
        rows.append((old, new, grown, change.name))
    return "\n".join(output.columns(rows, ">>><"))
