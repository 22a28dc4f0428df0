"""test, snapshot: what is said about tests of contracts, and about what their calls cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from anhvm.errors import Exit
from tests.cli.conftest import EXAMPLES, Cli

COUNTER = """contract Counter:
    total: u64
    names: map[address, u64]

    @call
    def add(n: u64, who: address):
        assert n < 100, "too many"
        self.total += n
        self.names[who] = n

    @view
    def sum() -> u64:
        return self.total
"""
TESTS = """import std.test as test
import counter

def test_adds():
    counter.add(2, test.account("bob"))
    assert counter.sum() == 2, "two"

def test_refuses(n: u64, who: address):
    test.assume(n >= 100)
    test.expect_trap("too many")
    counter.add(n, who)
"""
WRONG = """
def test_wrong(n: u64, who: address, x: f32[N, 2]):
    counter.add(n, who)
"""


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "counter.anh").write_text(COUNTER)
    (folder / "test_counter.anh").write_text(TESTS)
    return folder / "test_counter.anh"


def test_verdicts(cli: Cli, tests: Path) -> None:
    said = cli("test")
    assert said.code == 0 and said.err.startswith("2 passed in ")
    head, adds, refuses = said.out.splitlines()
    assert head == "in/test_counter.anh"
    assert adds.split()[:2] == ["ok", "test_adds"] and refuses.endswith("100 cases")
    assert cli("test").out == said.out
    tests.write_text(TESTS + WRONG)
    said = cli("test", "in", "--seed", 3)
    assert said.code == Exit.FAILED and "2 passed, 1 failed" in said.err
    place, at = "in/counter.anh:7:9", "in/test_counter.anh:14:5"
    for text in ("FAIL  test_wrong", "Counter.add trapped with ASSERT: too many",
                 f'in  {place}   assert n < 100, "too many"', f"--> {at}   counter.add(n, who)",
                 "with n = 100\n", "with who = owner\n", "with x = f32[0, 2] []\n"):  # fmt: skip
        assert text in said.out
    data = cli("test", "in/test_counter.anh", "--match", "wrong", "--json").data
    (found,) = data["tests"]
    assert (data["passed"], data["failed"], found["ok"]) == (0, 1, False)
    failure = found["failure"]
    assert (failure["at"], failure["in"], failure["arguments"]["n"]) == (at, place, 100)


def test_gas_adds_up(cli: Cli, tests: Path) -> None:
    said = cli("test", "--gas")
    assert "Counter.add" in said.out and "self.names[who] = n" in said.out
    data = cli("test", "--gas", "--json", "--cases", 10).data
    rows = {row["function"]: row for row in data["functions"]}
    add = rows["Counter.add"]
    assert (add["calls"], add["trapped"]) == (11, 10) and add["min"] == add["median"] == add["max"]
    adds = next(row for row in data["tests"] if row["test"] == "test_adds")
    assert adds["gas"] == add["min"] + rows["Counter.sum"]["min"]
    lines = {row["line"]: row for row in data["lines"]}
    assert lines[13]["calls"] == 1 and lines[8]["calls"] == 11
    once = cli("test", "--gas", "--json", "--match", "adds").data
    assert 0 < sum(row["gas"] for row in once["lines"]) <= adds["gas"]  # "no line" is left out


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        ("test none", "compile.file", Exit.INPUT),
        ("test empty", "test.none", Exit.INPUT),
        ("test in --match nothing", "test.none", Exit.INPUT),
        ("test in --cases 0", "usage", Exit.USAGE),
        ("test in --sede 1", "usage", Exit.USAGE),
        ("snapshot in --check", "snapshot.file", Exit.INPUT),
        ("snapshot in --check --file in/counter.anh", "snapshot.form", Exit.INPUT),
        ("snapshot in --file in/counter.anh", "file.other", Exit.INPUT),
    ],
)
def test_what_cannot_be_done(cli: Cli, tests: Path, words: str, code: str, exit_code: Exit) -> None:
    Path("empty").mkdir()
    said = cli(*words.split(), "--json")
    assert (said.code, said.fault["code"]) == (exit_code, code)
    assert (tests.parent / "counter.anh").read_text() == COUNTER


def test_a_test_that_does_not_compile_is_shown(cli: Cli, tests: Path) -> None:
    tests.write_text(TESTS.replace("counter.sum()", "counter.sun()"))
    said = cli("test")
    assert said.code == Exit.INPUT and "test_counter.anh:6" in said.err
    tests.write_text(TESTS)
    (tests.parent / "counter.anh").write_text(COUNTER.replace("self.total +=", "self.totla +="))
    said = cli("test")
    assert said.code == Exit.INPUT and "counter.anh:8" in said.err


def test_a_snapshot_shows_what_a_change_costs(cli: Cli, tests: Path) -> None:
    assert cli("snapshot").code == 0
    text = Path(".gas-snapshot").read_text()
    assert "in/test_counter.anh::test_adds " in text and "\nCounter.add " in text
    assert cli("snapshot", "--check").code == 0
    (tests.parent / "counter.anh").write_text(COUNTER.replace("= n\n", "= n + 0\n"))
    said = cli("snapshot", "--check")
    assert said.code == Exit.FAILED and "Counter.add" in said.out and "+" in said.out
    assert Path(".gas-snapshot").read_text() == text
    assert cli("snapshot", "--diff").code == 0
    assert cli("snapshot", "--check", "--tolerance", 5).code == 0
    changed = cli("snapshot", "--check", "--json").data["changes"]
    assert {"Counter.add", "in/test_counter.anh::test_adds"} <= {row["name"] for row in changed}
    assert "Counter.sum" not in {row["name"] for row in changed}
    tests.write_text(TESTS.replace("test_adds", "test_more"))
    said = cli("snapshot", "--check", "--tolerance", 5)
    assert said.code == Exit.FAILED
    assert {line.split()[2] for line in said.out.splitlines()[1:]} == {"gone", "new"}
    assert cli("snapshot").code == 0 and cli("snapshot", "--check").code == 0
    tests.write_text(TESTS + WRONG)
    said = cli("snapshot")
    assert said.code == Exit.FAILED and "test_wrong" in said.out
    assert "test_wrong" not in Path(".gas-snapshot").read_text()


def test_the_gas_of_what_we_ship_is_as_committed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change that is meant: make snapshot."""
    monkeypatch.chdir(EXAMPLES.parents[1])
    said = cli("snapshot", "--check", "--tolerance", 1, "examples", "stdlib")
    assert said.code == 0, said.out + said.err
    assert Path(".gas-snapshot").read_text(encoding="utf-8").count("\nToken.") > 5
