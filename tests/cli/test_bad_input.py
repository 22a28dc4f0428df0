"""What users get wrong on a chain: one message, a documented exit code, and nothing lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from anhvm.chain import block as blocks
from anhvm.chain.node import Chain
from anhvm.chain.store import Store
from anhvm.errors import Exit
from tests.cli.conftest import Cli, Town


def real(*args: str) -> subprocess.CompletedProcess[str]:
    """The real command: a damaged file must not take this process down with it."""
    return subprocess.run(
        [sys.executable, "-m", "anhvm", *args], capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("command", "code", "exit_code"),
    [
        ("transfer anh1qqqqqqqqqq 5", "address.checksum", Exit.INPUT),
        ("transfer COUNTER 5", "transaction.target", Exit.REFUSED),
        ("transfer bob 18446744073709551616", "amount.range", Exit.INPUT),
        ("transfer bob 2000000000000000000", "transaction.funds", Exit.REFUSED),
        ("transfer bob 1 --key bob", "transaction.funds", Exit.REFUSED),
        ("call COUNTER click 1 --key bob", "transaction.funds", Exit.REFUSED),
        ("call COUNTER click 101", "call.traps", Exit.FAILED),
        ("call COUNTER click", "argument.missing", Exit.INPUT),
        ("call COUNTER click 1 2", "argument.count", Exit.INPUT),
        ("call COUNTER click -1", "argument.type", Exit.INPUT),
        ("call COUNTER klick 1", "function.unknown", Exit.INPUT),
        ("call COUNTER all", "function.unknown", Exit.INPUT),
        ("call BOB click 1", "contract.unknown", Exit.INPUT),
        ("call COUNTER click 1 --gas-limit 9999999999999", "transaction.gas", Exit.REFUSED),
        ("call COUNTER click 1 --gas-price 9999999999999999", "transaction.overflow", Exit.REFUSED),
        ("call COUNTER click 1 --value -1", "usage", Exit.USAGE),
        ("query COUNTER klick", "function.unknown", Exit.INPUT),
        ("query COUNTER clicked 5", "argument.type", Exit.INPUT),
        ("query COUNTER click 101", "query.trap", Exit.FAILED),
        ("query BOB all", "contract.unknown", Exit.INPUT),
        ("query COUNTER all --budget x", "usage", Exit.USAGE),
        ("query --bugdet COUNTER all", "usage", Exit.USAGE),
        ("cost COUNTER", "usage", Exit.USAGE),
        ("cost bob all", "usage", Exit.USAGE),
        ("cost nobody", "address.form", Exit.INPUT),
        ("transfer bbo 5", "address.form", Exit.INPUT),
        ("receipt 1234", "usage", Exit.USAGE),
        (f"receipt {'0' * 64}", "transaction.unknown", Exit.INPUT),
        ("publish missing.npy", "argument.file", Exit.INPUT),
        ("publish missing.txt", "file.read", Exit.INPUT),
        ("deploy missing.anh", "compile.file", Exit.INPUT),
        ("chain produce --key bob", "block.proposer", Exit.REFUSED),
        ("chain init", "store.exists", Exit.CHAIN),
    ],
)
def test_refused_and_nothing_changes(town: Town, command: str, code: str, exit_code: Exit) -> None:
    before = town.ok("chain", "status")
    bob = town.ok("keys", "show", "bob")["address"]
    words = [{"COUNTER": town.counter, "BOB": bob}.get(word, word) for word in command.split()]
    said = town.cli(*words, "--json")
    assert (said.fault["code"], said.code) == (code, exit_code), said.out
    assert said.fault["message"] and said.fault["hint"]
    assert town.cli(*words).code == exit_code
    assert town.ok("chain", "status") == before


def test_a_function_of_another_kind_is_told_apart(town: Town) -> None:
    said = town.cli("call", town.counter, "all")
    assert "no @call function 'all'" in said.err and "all is a @view: query it" in said.err
    said = town.cli("query", town.counter, "click", 1)
    assert said.out == "" and "it has changed nothing" in said.err


@pytest.mark.parametrize(
    "command",
    ["status", "produce", "verify", "rebuild"],
)
def test_a_missing_chain(cli: Cli, command: str) -> None:
    said = cli("chain", command, "--json")
    assert (said.fault["code"], said.code) == ("store.missing", Exit.CHAIN)
    assert "anhvm chain init" in said.fault["hint"]
    assert not Path("chain").exists(), "a question must not make a folder"


def test_a_budget_that_is_spent_is_no_answer(town: Town) -> None:
    for times in range(1, 6):
        town.ok("call", town.counter, "click", times, "--gas-limit", 50_000)
    town.produce()
    said = town.cli("query", town.counter, "all", "--budget", 1, "--json")
    assert (said.fault["code"], said.code) == ("lazy.budget", Exit.CANNOT_ANSWER)
    assert "cost-to-know" in said.err
    assert town.ok("query", town.counter, "all")["value"] == 15


def test_what_waits_and_became_invalid_is_named(town: Town, tmp_path: Path) -> None:
    sent = town.ok("transfer", "bob", 5)["transaction"]
    with Chain.open(tmp_path / "chain") as chain:
        (waiting,) = chain.pending()
        payload = chain.payload(waiting)
        # As if it had been taken into a block elsewhere: its nonce is used up when its turn comes.
        chain.store.add_pending([waiting.wire], {waiting.envelope.payload_digest: payload})
    said = town.cli("chain", "produce", "--json")
    assert said.code == 0 and said.data["blocks"][0]["transactions"] == 1
    (left,) = said.data["rejected"]
    assert left["transaction"] == sent and left["code"] == "transaction.nonce"
    assert f"left out {sent}" in said.err
    assert town.ok("chain", "status")["waiting"] == 0


def test_a_folder_of_another_version(town: Town, tmp_path: Path) -> None:
    (tmp_path / "chain" / "STORE").write_text("anhvm store 2\n")
    for command in (["chain", "status"], ["query", town.counter, "all"], ["transfer", "bob", "1"]):
        said = town.cli(*command, "--json")
        assert (said.fault["code"], said.code) == ("store.version", Exit.CHAIN)
    assert (tmp_path / "chain" / "STORE").read_text() == "anhvm store 2\n"


def test_a_bad_signature_is_found(town: Town, tmp_path: Path) -> None:
    town.ok("transfer", "bob", 5)
    town.produce()
    store = Store(tmp_path / "chain")
    data = store.block(2)
    assert data is not None
    found = blocks.decode_block(data)
    forged = bytes([found.signature[0] ^ 1]) + found.signature[1:]
    wire = data.replace(found.signature, forged)
    with store._database.write() as writer:
        writer.put("blocks", (2).to_bytes(8, "big"), wire)
    store.close()
    said = town.cli("chain", "verify", "--json")
    assert (said.fault["code"], said.code) == ("chain.invalid", Exit.CHAIN)
    assert "signature" in said.fault["message"] and "block 2" in said.fault["message"]


def test_a_corrupted_block_file(town: Town, tmp_path: Path) -> None:
    town.ok("transfer", "bob", 5)
    town.produce()
    file = tmp_path / "chain" / "chain" / "data.mdb"
    data = bytearray(file.read_bytes())
    store = Store(tmp_path / "chain")
    block = store.block(2)
    store.close()
    assert block is not None
    at = data.index(block)
    data[at + 40] ^= 0xFF
    file.write_bytes(data)
    for command in (["verify"], ["status"], ["rebuild"]):
        done = real("chain", *command)
        assert done.returncode == Exit.CHAIN, done.stderr
        assert "error[store.corrupt]" in done.stderr and "next: " in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("keep", [0, 100, 5000, 20000])
def test_a_file_that_was_cut_short(town: Town, tmp_path: Path, keep: int) -> None:
    file = tmp_path / "chain" / "chain" / "data.mdb"
    file.write_bytes(file.read_bytes()[:keep])
    done = real("chain", "verify")
    assert done.returncode == Exit.CHAIN and "error[store.corrupt]" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_derived_is_rebuilt(town: Town, tmp_path: Path) -> None:
    (tmp_path / "chain" / "derived" / "data.mdb").write_bytes(b"rubbish" * 10_000)
    done = real("query", town.counter, "all")
    assert done.returncode == Exit.CHAIN and "anhvm chain rebuild" in done.stderr, done.stderr
    assert real("chain", "rebuild").returncode == 0
    assert real("query", town.counter, "all").stdout == "0\n"
