"""A new project: everything that its README says to type works, in that order."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from anhvm.cli import scaffold
from anhvm.errors import Exit
from tests.cli.conftest import Cli


def test_every_command_of_the_readme_works(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(cli("new", "line", "--json").data["files"]) == 3
    monkeypatch.chdir(tmp_path / "line")
    readme = (tmp_path / "line" / "README.md").read_text()
    typed = [shlex.split(line) for line in readme.splitlines() if line.startswith("    ")]
    contract, answers = "", []
    for program, *args in typed:
        assert program == "anhvm"
        args = [word.replace("CONTRACT", contract) for word in args]
        if args == ["keys", "new"]:
            args.append("--unencrypted")
        said = cli(*args, "--json")
        assert said.code == 0, (args, said.out)
        contract = contract or said.data.get("contract", "") if args[0] == "deploy" else contract
        if args[0] == "query":
            answers.append(said.data)
    first, again = answers
    assert abs(first["value"] - 21) < 0.01 and abs(again["value"] - 23) < 0.01
    assert (first["executed"], again["executed"]) == (1, 0)


@pytest.mark.parametrize("name", ["a", "two_words", "x9"])
def test_names_are_filled_in(name: str) -> None:
    files = scaffold.files(name)
    assert f"{name}.anh" in files and not any("@NAME@" in text for text in files.values())
    assert "@S" not in "".join(files.values()).replace("@SOURCE", "@S").replace("@call", "")


def test_what_is_there_is_left_alone(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "README.md").write_text("mine")
    said = cli("new", "mine", "--json")
    assert said.code == Exit.INPUT and said.fault["code"] == "new.exists"
    assert (tmp_path / "mine" / "README.md").read_text() == "mine"
    (tmp_path / "file").write_text("")
    assert cli("new", "file/inside", "--json").fault["code"] == "new.folder"


@pytest.mark.parametrize(
    "name", ["Line", "my-line", "9x", "..", "", "a" * 41, "x\ny", "for", "test", "test_x"]
)
def test_odd_names_are_refused(cli: Cli, name: str) -> None:
    said = cli("new", name, "--json")
    assert said.code == Exit.USAGE and said.fault["code"] == "new.name"


ORIGINS = ("token", "owned", "registry", "trainer", "vesting", "council")


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_standard_contract_to_begin_from(cli: Cli, origin: str) -> None:
    assert cli("new", "mine", "--from", origin).code == 0
    data = cli("test", "mine", "--json", "--cases", 3).data
    assert data["failed"] == 0 and data["passed"] > 2
    assert cli("check", "mine/mine.anh", "--json").data["contract"] == "Mine"
    assert f"import {origin}\n" not in Path("mine/test_mine.anh").read_text()


def test_an_unknown_origin(cli: Cli) -> None:
    said = cli("new", "mine", "--from", "tokn", "--json")
    assert said.code == Exit.INPUT and said.fault["code"] == "new.from"
    assert all(origin in said.fault["hint"] for origin in ORIGINS) and not Path("mine").exists()
    assert all(origin in cli("new", "--help").out for origin in ORIGINS)
