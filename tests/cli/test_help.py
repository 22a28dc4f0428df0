"""Help: every command has an example that parses, the page is current, and the front is quick."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anhvm.cli import app, exits, reference
from anhvm.errors import Exit
from tests.cli.conftest import Cli

ROWS = [row for rows in app.SECTIONS.values() for row in rows]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def leaves(command: Any, words: str = "") -> list[str]:
    """The words of every command in typer's tree."""
    if not hasattr(command, "commands"):
        return [words.strip()]
    return [
        leaf
        for name, child in command.commands.items()
        for leaf in leaves(child, f"{words} {name}")
    ]


def test_the_table_is_the_whole_tree() -> None:
    assert sorted(leaves(app.command())) == sorted(row.words for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.words.replace(" ", "-"))
def test_help_has_an_example_that_parses(cli: Cli, row: app.Row) -> None:
    said = cli(*row.words.split(), "--help")
    assert said.code == 0 and said.err == ""
    assert row.example in said.out and "--json" in said.out
    prefix = f"anhvm {row.words}"
    assert row.example.startswith(prefix)
    command = reference.find(row.words)
    command.make_context(row.words, shlex.split(row.example.removeprefix(prefix)))


def test_the_front_page_shows_every_command_and_every_exit_code(cli: Cli) -> None:
    said = cli("--help")
    for row in ROWS:
        assert re.search(rf"^  {row.words.split()[0]} ", said.out, re.MULTILINE), row.words
    for code in exits.MEANING:
        assert re.search(rf"^ +{int(code)} +\w", said.out, re.MULTILINE), code
    assert set(Exit) <= set(exits.MEANING)
    assert cli().out == said.out


def test_the_version(cli: Cli) -> None:
    import anhvm

    assert cli("--version").out == f"anhvm {anhvm.__version__}\n"
    assert cli("version", "--json").data["anhvm"] == anhvm.__version__


def test_the_page_of_the_documentation_is_current() -> None:
    hint = "run: python -m anhvm.cli.reference > docs/cli.md"
    assert PAGE.read_text(encoding="utf-8") == reference.page(), hint


def test_help_loads_nothing_heavy() -> None:
    heavy = ("cffi", "lark", "lmdb", "msgspec", "nacl", "numba", "numpy", "rich")
    script = (
        "import sys; from anhvm.cli import main; code = main(['--help']);"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr);"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["compil", "x.anh"], "compile"),
        (["check", "x.anh", "--jsno"], "--json"),
        (["run", "x.anh", "f", "1", "--stat", "s"], "--state"),
        (["run", "x.anh", "f", "--gaz=5"], "--gas"),
        (["chain", "statsu"], "status"),
    ],
)
def test_a_slip_is_met_with_the_right_word(cli: Cli, args: list[str], hint: str) -> None:
    said = cli(*args)
    assert said.code == Exit.USAGE
    assert hint in said.err and "error[usage]" in said.err and "--help" in said.err


@pytest.mark.parametrize("args", [["keys"], ["run"], ["check"], ["transfer", "x", "-1"], ["-x"]])
def test_a_command_that_is_not_whole(cli: Cli, args: list[str]) -> None:
    assert cli(*args).code == Exit.USAGE
    assert cli(*args, "--json").fault["code"] == "usage"
