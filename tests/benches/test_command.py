"""`anhvm bench`: one JSON object, a table, a picture, and faults before any work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from anhvm.benches import show, suites
from anhvm.benches.report import Report, Row
from anhvm.cli import main

CHEAP = ("bench", "kernels", "--quick", "--only", "matmul 64x64x64")


def sample(name: str, ratio: float, bar: float | None = 1.1, aim: float | None = 0.8) -> Row:
    times: dict[str, Any] = {"ours": ratio, "peer": 1.0, "peer_name": "x", "peers": {"x": 1.0}}
    limits: dict[str, Any] = {"limit": None, "limit_name": None, "share": None}
    rest: dict[str, Any] = {"ratio": ratio, "bar": bar, "aim": aim, "runs": 1, "spread": 0.0}
    return Row(name=name, size="1", threads=1, unit="us", **times, **limits, **rest)


REPORT = Report("anhvm bench vm", [sample("fast", 0.5), sample("plain", 0.3, None, None)], [], [])


def test_a_quick_run_is_one_object_of_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CHEAP, "--json"]) == 0
    said = capsys.readouterr()
    data = json.loads(said.out)
    assert data["command"] == "anhvm bench kernels --quick --only 'matmul 64x64x64'"
    (row,) = data["rows"]
    assert (row["name"], row["size"], row["threads"]) == ("matmul", "64x64x64", 1)
    assert row["ratio"] == pytest.approx(row["ours"] / min(row["peers"].values()))
    assert row["ours"] > 0 and row["limit"] > 0 and "numpy" in row["peers"]
    assert ("torch" in row["peers"]) != ("torch" in data["missing"])
    assert "round 1 of 1: numpy" in said.err


def test_the_row_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "vm", "--only", "nothing", "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "bench.only" and "fibonacci" in error["hint"]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Instead of measuring, notes that it was asked for."""
    asked: list[str] = []

    def measure(name: str, only: str | None, quick: bool, say: object) -> Report:
        asked.append(name)
        return REPORT

    monkeypatch.setattr(suites, "measure", measure)
    return asked


def test_a_picture_that_has_no_folder_is_found_first(
    tmp_path: Path, measured: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    assert main(["bench", "vm", "--plot", str(tmp_path / "no" / "r.png"), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bench.plot"
    assert measured == []


def test_a_picture_without_matplotlib(
    tmp_path: Path,
    measured: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("anhvm.cli.commands.bench.find_spec", lambda name: None)
    assert main(["bench", "vm", "--plot", str(tmp_path / "r.png")]) == 3
    said = capsys.readouterr()
    assert "error[bench.plot]" in said.err and "anhvm[bench]" in said.err and said.out == ""
    assert measured == []


@pytest.mark.parametrize("name", ["r.png", "r.xyz"])
def test_the_picture(
    name: str, tmp_path: Path, measured: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    drawn = tmp_path / name
    code = main(["bench", "vm", "--plot", str(drawn)])
    said = capsys.readouterr()
    assert measured == ["vm"] and "fast" in said.out  # the figures are never lost
    if name.endswith("png"):
        assert code == 0 and drawn.read_bytes().startswith(b"\x89PNG")
    else:
        assert code == 3 and "error[bench.plot]" in said.err


def test_the_table_says_how_a_row_stands() -> None:
    assert show.colour(sample("a", 1.2)) == "red"
    assert show.colour(sample("a", 1.0)) == "default"
    assert show.colour(sample("a", 0.8)) == "green"
    assert show.colour(sample("a", 9.0, None, None)) == "default"
    lines = show.text(REPORT).splitlines()
    assert len(lines) == 3 and "0.50" in lines[1] and "1.10" in lines[1]
    assert "1.10" not in lines[2]
