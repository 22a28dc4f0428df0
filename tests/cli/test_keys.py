"""Keys by name, passphrases from everywhere, and secrets that are never shown or lost."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from anhvm.cli import keyring
from anhvm.errors import Exit
from tests.cli.conftest import Cli, Town

SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"


def test_a_locked_key_signs_with_its_passphrase_alone(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "right").write_text("correct horse\n")
    (tmp_path / "wrong").write_text("wrong horse\n")
    made = cli("keys", "new", "alice", "--passphrase-file", "right", "--json").data
    assert Path(made["file"]).stat().st_mode & 0o077 == 0
    assert cli("keys", "show", "alice", "--json").data["encrypted"]
    init = ("chain", "init", "--key", "alice", "--json")
    assert cli(*init).fault["code"] == "keys.locked"
    said = cli(*init, "--passphrase-file", "wrong")
    assert said.code == Exit.INPUT and said.fault["code"] == "keys.passphrase"
    assert not (tmp_path / "chain").exists()
    monkeypatch.setenv("ANHVM_PASSPHRASE", "correct horse")
    assert cli(*init).data["proposer"] == made["address"]


def test_a_passphrase_is_asked_for_twice(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anhvm.cli.output.is_person", lambda stream: True)
    typed = iter(["one", "two", "one", "one", "one"])
    monkeypatch.setattr("getpass.getpass", lambda prompt, stream: next(typed))
    assert cli("keys", "new", "--json").fault["code"] == "keys.passphrase"
    assert keyring.names() == []
    assert cli("keys", "new", "--json").code == 0
    assert cli("chain", "init", "--json").code == 0


def test_the_end_of_the_input_is_no_passphrase(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(prompt: str, stream: object) -> str:
        raise EOFError

    monkeypatch.setattr("anhvm.cli.output.is_person", lambda stream: True)
    monkeypatch.setattr("getpass.getpass", ended)
    assert cli("keys", "new", "--json").fault["code"] == "keys.passphrase"


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"\xff\xfe", b"bell\x07"])
def test_a_passphrase_that_is_none(cli: Cli, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    said = cli("keys", "new", "--passphrase-file", "file", "--json")
    assert said.code == Exit.INPUT and said.fault["code"] == "keys.passphrase"
    assert keyring.names() == []


def test_a_key_is_imported_and_never_overwritten(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seed").write_text(f"{SEED}\n")
    made = cli("keys", "import", "seed", "bob", "--unencrypted", "--json")
    assert made.code == 0 and SEED not in made.out + made.err
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"0x{SEED}".encode())))
    again = cli("keys", "import", "-", "carol", "--unencrypted", "--json")
    assert again.data["address"] == made.data["address"]
    old = Path(made.data["file"]).read_bytes()
    for command in (["keys", "new", "bob"], ["keys", "import", "seed", "bob"]):
        assert cli(*command, "--unencrypted", "--json").fault["code"] == "keys.exists"
        assert cli(*command, "--json").fault["code"] == "keys.exists", "before anyone is asked"
    assert Path(made.data["file"]).read_bytes() == old
    (tmp_path / "seed").write_text(SEED[:-1])
    said = cli("keys", "import", "seed", "dave", "--unencrypted", "--json")
    assert said.fault["code"] == "keys.form" and SEED[:-1] not in said.out
    assert cli("keys", "import", "none", "dave", "--json").fault["code"] == "file.read"


def test_the_list_survives_one_bad_file(cli: Cli) -> None:
    assert "keys new" in cli("keys", "list").err
    for name in ("a", "b"):
        cli("keys", "new", name, "--unencrypted")
    keyring.path_of("c").write_text("{}")
    keyring.path_of("c").chmod(0o600)
    said = cli("keys", "list", "--json")
    assert [key["name"] for key in said.data["keys"]] == ["a", "b"]
    assert "keys.form" in said.err
    keyring.path_of("a").chmod(0o644)
    assert cli("keys", "show", "a", "--json").fault["code"] == "keys.permissions"


def test_a_key_that_is_not_there(town: Town) -> None:
    said = town.cli("transfer", "bob", 1, "--key", "bbo", "--json")
    assert said.code == Exit.INPUT and said.fault["code"] == "keys.missing"
    assert "did you mean 'bob'" in said.fault["hint"]
    said = town.cli("transfer", "bob", 1, "--key", "no/file.json", "--json")
    assert said.fault["code"] == "keys.missing"
    for name in ("a b", "-", "", ".", "x" * 65):
        said = town.cli("keys", "show", "--json", "--", name)
        assert (said.fault["code"], said.code) == ("keys.name", Exit.USAGE), name


def test_locked_and_unencrypted_at_once_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "p").write_text("p")
    said = cli("keys", "new", "--unencrypted", "--passphrase-file", "p", "--json")
    assert said.code == Exit.USAGE and keyring.names() == []
