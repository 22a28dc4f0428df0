"""--tier fast: for @nondet functions alone, and for no chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from anhvm.errors import Exit
from tests.cli.conftest import Cli, Town

CONTRACT = """contract Loose:
    total: f32

    @nondet
    def learn(x: f32[N, N]) -> f32:
        self.total += sum(x @ x)
        return self.total

    @view
    def known() -> f32:
        return self.total
"""


@pytest.fixture
def loose(cli: Cli, tmp_path: Path) -> str:
    (tmp_path / "loose.anh").write_text(CONTRACT)
    return "loose.anh"


def test_a_nondet_function_runs_on_both_tiers(cli: Cli, loose: str) -> None:
    words = ("run", loose, "learn", "[[1, 2], [3, 4]]", "--json")
    exact, fast = cli(*words).data, cli(*words, "--tier", "fast").data
    assert exact == fast and exact["value"] == 54.0
    data = cli("compile", loose, "--json").data
    assert [f["kind"] for f in data["functions"]] == ["nondet", "view"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("known --tier fast", "tier.exact"),
        ("learn [[1]] --tier quick", "usage"),
        ("learn [[1]] --tier fast --trace", "usage"),
        ("learn [[1]] --tier fast --engine reference", "usage"),
    ],
)
def test_what_the_fast_tier_refuses(cli: Cli, loose: str, words: str, code: str) -> None:
    assert cli("run", loose, *words.split(), "--json").fault["code"] == code


def test_no_chain_takes_it(town: Town, loose: str) -> None:
    said = town.cli("deploy", loose, "--json")
    assert said.code == Exit.REFUSED and said.fault["code"] == "deploy.nondet"
