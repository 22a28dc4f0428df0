"""The commands on a chain, end to end; and nothing is executed until somebody asks."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anhvm.errors import Exit
from tests.cli.conftest import Cli, Town

MATRIX = """contract Matrix:
    total: f32

    @call
    def add(x: f32[N, 3]):
        self.total = self.total + x[0, 0] + x[1, 2]

    @view
    def sum() -> f32:
        return self.total
"""


def test_a_question_executes_its_cone_once(town: Town) -> None:
    for times in (1, 2, 3):
        town.ok("call", town.counter, "click", times, "--gas-limit", 50_000)
    town.ok("call", town.notes, "write", 7, "hello world")
    blocks = town.produce()["blocks"]
    assert [block["transactions"] for block in blocks] == [4]
    whole = town.ok("cost", town.counter, "all")["cost_to_know"]
    first = town.ok("query", town.counter, "all")
    assert first["value"] == 6 and first["executed"] == 3
    assert first["cost_to_know"] == whole
    assert whole["at_least"]["gas"] <= first["gas_spent"] <= whole["at_most"]["gas"]
    again = town.ok("query", town.counter, "all")
    assert (again["value"], again["executed"], again["gas_spent"]) == (6, 0, 0)
    here = town.ok("cost", town.counter, "all", "--here")["cost_here"]
    assert here["at_most"] == {"gas": 0, "transactions": 0}
    assert town.ok("query", town.notes, "read", 7)["value"] == "hello world"
    assert town.cli("query", town.notes, "read", 7).out == "hello world\n"


def test_a_receipt_tells_what_happened(town: Town) -> None:
    good = town.ok("call", town.notes, "write", 7, "mine")["transaction"]
    limit = ("--gas-limit", 50_000)
    (theirs,) = (town.ok("transfer", "bob", 10**12)["transaction"],)
    town.produce()
    bad = town.ok("call", town.notes, "write", 7, "theirs", "--key", "bob", *limit)["transaction"]
    town.produce()
    told = town.ok("receipt", good)
    assert told["status"] == "ok" and told["function"] == "write" and told["gas_used"] > 0
    assert told["events"] == [{"event": "Written", "values": {"number": 7, "edit": 1}}]
    assert sorted(told["writes"]) == ["edits[7]", "owners[7]", "texts[7]"]
    assert told["credit"] == told["gas_limit"] - told["gas_used"]
    said = town.cli("receipt", bad, "--json")
    assert said.code == Exit.FAILED and said.data["status"] == "trapped"
    assert said.data["trap"]["message"] == "this note belongs to somebody else"
    assert "notes.anh:" in said.data["trap"]["place"]
    assert "belongs to somebody else" in town.cli("receipt", bad).out
    assert town.ok("receipt", theirs)["kind"] == "transfer"
    assert town.ok("cost", bad)["cost_to_know"]["at_most"]["transactions"] >= 2
    assert town.ok("cost", "bob")["balance"] > 0


def test_a_published_tensor_is_an_argument(town: Town, tmp_path: Path) -> None:
    (tmp_path / "matrix.anh").write_text(MATRIX)
    np.save(tmp_path / "x.npy", np.array([[1, 2, 3], [4, 5, 6.5]], np.float32))
    matrix = town.ok("deploy", "matrix.anh")["contract"]
    published = town.ok("publish", "x.npy")
    assert published["bytes"] == 24 and published["argument"].endswith(":f32:2x3")
    town.produce()
    for argument in (published["argument"], "@x.npy", "[[1, 2, 3], [4, 5, 6.5]]"):
        town.ok("call", matrix, "add", argument)
    town.produce()
    assert town.ok("query", matrix, "sum")["value"] == 22.5
    (tmp_path / "bytes").write_bytes(b"any file")
    assert town.ok("publish", "bytes")["argument"].startswith("0x")


@pytest.mark.parametrize(
    ("array", "code"),
    [
        (np.zeros(3), "argument.dtype"),
        (np.array(["x"]), "argument.dtype"),
        (np.zeros((1,) * 7, np.float32), "argument.shape"),
        (np.float32(1), "argument.shape"),
    ],
)
def test_an_array_that_no_contract_takes_is_not_published(
    town: Town, array: np.ndarray[Any, Any], code: str
) -> None:
    np.save("x.npy", array)
    said = town.cli("publish", "x.npy", "--json")
    assert (said.fault["code"], said.code) == (code, Exit.INPUT)
    assert town.ok("chain", "status")["waiting"] == 0


def test_a_large_file_is_published_whole_or_not_at_all(town: Town, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros(700_000, np.float32))
    town.ok("transfer", "bob", 15_000_000)  # enough for the first chunk
    town.produce()
    bob = town.cli("publish", "x.npy", "--key", "bob", "--json")
    assert bob.fault["code"] == "transaction.funds"
    assert town.ok("chain", "status")["waiting"] == 0
    town.ok("publish", "x.npy")
    assert town.ok("chain", "status")["waiting"] > 1
    town.produce()


def test_a_terminal_sees_a_bar_that_counts_gas(town: Town) -> None:
    pty = pytest.importorskip("pty")
    for times in (1, 2, 3):
        town.ok("call", town.counter, "click", times, "--gas-limit", 50_000)
    town.produce()
    command = [sys.executable, "-m", "anhvm", "query", town.counter, "all"]
    for no_color in ("", "1"):
        ours, theirs = pty.openpty()
        variables = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "NO_COLOR": no_color}
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=variables) as run:
            os.close(theirs)
            shown = b""
            # On Linux, reading from a terminal that nobody holds any more is an error.
            with contextlib.suppress(OSError):
                while part := os.read(ours, 4096):
                    shown += part
            os.close(ours)
            assert run.stdout is not None and run.stdout.read() == b"6\n"
        text = shown.decode()
        assert text.index("cost-to-know") < text.index("of at most 150,000 gas")
        assert (re.search(r"\x1b\[[0-9;]*3[0-9]m|38;", text) is None) == bool(no_color)
        shutil.rmtree("chain/derived")


def test_status_verify_rebuild(town: Town) -> None:
    town.ok("call", town.counter, "click", 5)
    assert town.ok("chain", "status")["waiting"] == 1
    town.produce()
    before = town.ok("query", town.counter, "all")["value"]
    status = town.ok("chain", "status")
    assert (status["height"], status["waiting"], status["name"]) == (2, 0, "local")
    assert town.ok("chain", "verify") == {"chain": "chain", "height": 2, "valid": True}
    assert "2 blocks" in town.cli("chain", "rebuild").out
    after = town.ok("query", town.counter, "all")
    assert after["value"] == before == 5 and after["executed"] > 0


def test_balances_of_genesis(cli: Cli) -> None:
    for name in ("a", "b"):
        cli("keys", "new", name, "--unencrypted")
    init = ("chain", "init", "--key", "a", "--json")
    said = cli(*init, "--balance", "a=100000", "--balance", "b=50")
    assert sorted(said.data["balances"].values()) == [50, 100_000]
    assert cli("cost", "b", "--json").data["balance"] == 50
    for wrong in (["b"], ["b=x"], ["nobody=1"], ["b=1", "--balance", "b=2"], ["b=-1"]):
        said = cli(*init, "--chain", "other", "--balance", *wrong)
        assert said.code in (Exit.USAGE, Exit.REFUSED, Exit.INPUT), wrong
        assert not Path("other").exists(), wrong
    assert cli(*init, "--chain", "chain").fault["code"] == "store.exists"


def test_the_environment_names_chain_and_key(
    town: Town, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.move(tmp_path / "chain", tmp_path / "elsewhere")
    assert town.cli("chain", "status", "--json").fault["code"] == "store.missing"
    monkeypatch.setenv("ANHVM_CHAIN", "elsewhere")
    assert town.ok("chain", "status")["height"] == 1
    monkeypatch.setenv("ANHVM_KEY", "bob")
    assert town.cli("chain", "produce", "--json").fault["code"] == "block.proposer"
    assert town.cli("chain", "produce", "--json", "--key", "default").code == 0


def test_an_argument_that_begins_with_a_dash(town: Town) -> None:
    assert town.cli("call", town.notes, "write", "--json", 1, "--", "--help me").code == 0
    town.produce()
    assert town.ok("query", town.notes, "read", "1")["value"] == "--help me"
