"""run --trace, trace, profile: what a run did and cost, with the result that it has without."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from anhvm.errors import Exit
from tests.cli.conftest import EXAMPLES, Cli, Town

COUNTER = EXAMPLES / "counter.anh"
NESTED = """contract Nested:
    total: u64

    def add(x: u64):
        self.total += x

    @call
    def fill(n: u64):
        assert n < 100, "too many"
        for i in range(n):
            add(i)

    @view
    def product(x: f32[N, N]) -> f32:
        return sum(x @ x)
"""


@pytest.fixture
def nested(cli: Cli, tmp_path: Path) -> Path:
    (tmp_path / "nested.anh").write_text(NESTED)
    return Path("nested.anh")


def gas_below(node: dict[str, Any]) -> int:
    """The gas of a node, added up again from its leaves; each node has to say the same."""
    own = sum(part["gas"] for part in node["own"])
    total = own + sum(gas_below(inner) for inner in node["calls"])
    assert node["gas"] == total
    return int(total)


def test_a_trace_leaves_the_result_as_it_is(cli: Cli, nested: Path) -> None:
    for engine in ("core", "reference"):
        words = ("run", nested, "fill", 4, "--engine", engine)
        plain, traced = cli(*words), cli(*words, "--trace")
        assert (plain.code, plain.out) == (traced.code, traced.out) == (0, "")
        tree = traced.err.removesuffix(plain.err)
        assert tree != traced.err and "add x4" in tree and "nested.anh:11" in tree
        data = cli(*words, "--trace", "--json").data
        trace = data.pop("trace")
        assert data == cli(*words, "--json").data
        assert gas_below(trace["tree"]) == trace["gas_used"] == data["gas_used"]
        (call,) = trace["tree"]["calls"]
        assert (call["function"], call["times"], call["at"]) == ("add", 4, "nested.anh:11")
        times = {part["what"]: part["times"] for part in call["own"]}
        assert times == {"load total": 4, "store total": 4, "other instructions": None}
        assert "instructions" not in trace


def test_instructions_on_request(cli: Cli, nested: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("run", nested, "fill", 2, "--instructions")
    trace = cli(*words, "--json").data["trace"]
    steps = trace["instructions"]
    start = next(part for part in trace["tree"]["own"] if part["what"] == "start")
    assert sum(step["gas"] for step in steps) + start["gas"] == trace["gas_used"]
    assert [step["what"] for step in steps].count("store total") == 2
    assert {step["depth"] for step in steps} == {0, 1}
    text = cli(*words).err
    assert text.count("store total") == 3 and "fill+0" in text
    from anhvm.cli import traces

    monkeypatch.setattr(traces, "MOST_STEPS", 3)
    assert f"and {trace['executed'] - 3} instructions more" in cli(*words).err


def test_a_trace_of_a_trap(cli: Cli, nested: Path) -> None:
    said = cli("run", nested, "fill", 100, "--trace")
    assert said.code == Exit.FAILED and "other instructions" in said.err
    assert "trapped: ASSERT: too many" in said.err
    data = cli("run", nested, "fill", 50, "--gas", 3_000, "--trace", "--json").data
    assert data["trap"]["kind"] == "OUT_OF_GAS"
    assert gas_below(data["trace"]["tree"]) == data["gas_used"] == 3_000
    said = cli("run", COUNTER, "click", 0, "--trace")
    assert "store total, not done" in said.err


def test_a_profile_has_each_line_with_its_text(cli: Cli, nested: Path) -> None:
    plain = cli("run", nested, "fill", 9, "--json").data["gas_used"]
    data = cli("profile", nested, "fill", 9, "--json").data
    assert data["gas_used"] == plain and data["trap"] is None
    assert sum(line["gas"] for line in data["lines"]) == plain
    lines = {line["line"]: line for line in data["lines"]}
    assert lines[5]["text"] == "self.total += x" and lines[5]["functions"] == ["add"]
    assert set(lines[5]["parts"]) == {"load total", "store total"}
    functions = {row["function"]: row for row in data["functions"]}
    assert functions["fill"]["total"] == plain and functions["add"]["calls"] == 9
    said = cli("profile", nested, "product", "[[1, 2], [3, 4]]")
    assert "return sum(x @ x)" in said.out and "matmul" in said.out
    cli("compile", nested)
    bare = cli("profile", "nested.anhp", "fill", 9, "--json").data
    assert [line.pop("text") for line in bare["lines"]] == [None] * len(bare["lines"])
    assert all(line.pop("text") is not None or not line["line"] for line in data["lines"])
    for one in (bare, data):
        assert one.pop("nanoseconds") == sum(line.pop("nanoseconds") for line in one["lines"]) > 0
        for row in one["functions"]:
            assert 0 < row.pop("own_nanoseconds") <= row.pop("total_nanoseconds")
        for rows in (one["lines"], one["functions"]):
            rows.sort(key=str)
    assert bare == data


def test_a_profile_begins_with_a_state_and_leaves_it(cli: Cli, tmp_path: Path) -> None:
    cli("run", COUNTER, "click", 7, "--state", "s")
    kept = (tmp_path / "s").read_bytes()
    cli("profile", COUNTER, "click", 7, "--state", "s")
    assert (tmp_path / "s").read_bytes() == kept
    said = cli("profile", COUNTER, "click", 101)
    assert said.code == Exit.FAILED and "at most 100 clicks" in said.err and "%" in said.out


def test_a_flamegraph_is_a_file_for_speedscope(cli: Cli, nested: Path, tmp_path: Path) -> None:
    for times in (3, 5):
        words = ("profile", nested, "fill", times, "--speedscope", "p.json", "--json")
        used = cli(*words).data["gas_used"]
        file = json.loads((tmp_path / "p.json").read_text())
        assert sum(file["profiles"][0]["weights"]) == used
        assert "add" in [frame["name"] for frame in file["shared"]["frames"]]
    (tmp_path / "mine.json").write_text("{}")
    said = cli("profile", nested, "fill", 3, "--speedscope", "mine.json", "--json")
    assert said.fault["code"] == "file.other" and (tmp_path / "mine.json").read_text() == "{}"


def clicked(town: Town, *times: int) -> list[str]:
    """Transactions that click, in one block."""
    call = ("call", town.counter, "click")
    ids = [town.ok(*call, n, "--gas-limit", 50_000)["transaction"] for n in times]
    town.produce()
    return ids


def test_a_transaction_is_traced_with_what_it_read(town: Town) -> None:
    _, second, failed = clicked(town, 1, 2, 0)
    trace = town.ok("trace", second)
    receipt = town.ok("receipt", second)
    assert gas_below(trace["trace"]["tree"]) == receipt["gas_used"]
    assert (trace["status"], trace["trap"], trace["contract"]) == ("ok", None, "Counter")
    assert town.cli("trace", second).out.startswith("click ")
    assert "store total" in town.cli("trace", second, "--instructions").out
    said = town.cli("trace", failed)
    assert said.code == Exit.FAILED and "click at least once" in said.err
    executed = town.ok("query", town.counter, "all")["executed"]
    assert executed == 0, "a trace leaves receipts behind"


def test_a_transaction_is_profiled_beside_its_source(town: Town) -> None:
    (transaction,) = clicked(town, 2)
    bare = town.ok("profile", "--tx", transaction)
    beside = town.ok("profile", "--tx", transaction, COUNTER)
    assert {line["text"] for line in bare["lines"]} == {None}
    assert "self.total += times" in [line["text"] for line in beside["lines"]]
    assert bare["gas_used"] == town.ok("receipt", transaction)["gas_used"]
    wrong = town.cli("profile", "--tx", transaction, EXAMPLES / "notes.anh", "--json")
    assert (wrong.fault["code"], wrong.code) == ("trace.source", Exit.INPUT)


def test_what_cannot_be_traced_is_one_message(town: Town) -> None:
    transfer = town.ok("transfer", "bob", 5)["transaction"]
    town.produce()
    (click,) = clicked(town, 1)
    for words, code in (
        (("trace", transfer), "trace.nothing"),
        (("trace", "00" * 32), "transaction.unknown"),
        (("trace", "zz"), "usage"),
        (("profile",), "usage"),
        (("profile", COUNTER), "usage"),
        (("profile", "--tx", click, COUNTER, "click"), "usage"),
        (("profile", COUNTER, "clack"), "call.function"),
        (("trace", click, "--budget", 10), "lazy.budget"),
    ):
        said = town.cli(*words, "--json")
        assert said.fault["code"] == code and said.fault["hint"], words
