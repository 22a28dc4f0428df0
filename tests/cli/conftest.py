"""The command line in this process, in a folder and a home of its own."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from anhvm.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "digits"


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON object on stdout."""
        return json.loads(self.out)

    @property
    def fault(self) -> dict[str, Any]:
        found: dict[str, Any] = self.data["error"]
        return found


Cli = Callable[..., Said]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command; a bug of ours, a traceback, or talk among JSON fails the test."""
    for name in [name for name in os.environ if name.startswith("ANHVM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ANHVM_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def run(*args: object, bug: bool = False) -> Said:
        capsys.readouterr()
        code = main([str(arg) for arg in args])
        said = Said(code, *capsys.readouterr())
        assert bug == (code == 70), said.err + said.out
        assert "Traceback" not in said.out + said.err
        if "--json" in args:
            assert isinstance(said.data, dict) and said.out.count("\n") == 1
            assert ("error" in said.data) <= (code != 0)
        elif code > 1:
            assert said.out == "" and "error[" in said.err
            assert "next: " in said.err or " help: " in said.err
        return said

    return run


@pytest.fixture(scope="session")
def town_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A chain with a counter and notes, made by the commands themselves; copied for each test."""
    home = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANHVM_HOME", str(home / "home"))
        patch.chdir(home)
        for command in ("keys new", "keys new bob"):
            assert main([*command.split(), "--unencrypted"]) == 0
        assert main(["chain", "init"]) == 0
        for name in ("counter", "notes"):
            assert main(["deploy", str(EXAMPLES / f"{name}.anh")]) == 0
        assert main(["chain", "produce"]) == 0
        from anhvm.chain import address
        from anhvm.chain.keys import address_in
        from anhvm.chain.node import Chain

        with Chain.open(Path("chain")) as chain:
            sender = address_in(home / "home" / "keys" / "default.json")
            made = [address.contract(chain.chain_id, sender, nonce) for nonce in (0, 1)]
    counter, notes = map(address.show, made)
    return home, counter, notes


@dataclass(frozen=True)
class Town:
    """A chain folder at ``chain`` with two contracts, and the keys ``default`` and ``bob``."""

    cli: Cli
    counter: str
    notes: str

    def ok(self, *args: object) -> Any:
        """The JSON of a command that has to work."""
        said = self.cli(*args, "--json")
        assert said.code == 0, said.out
        return said.data

    def produce(self) -> Any:
        return self.ok("chain", "produce")


@pytest.fixture
def town(cli: Cli, town_template: tuple[Path, str, str], tmp_path: Path) -> Town:
    home, counter, notes = town_template
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    return Town(cli, counter, notes)
