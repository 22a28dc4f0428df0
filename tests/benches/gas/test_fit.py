"""The fit finds the prices that times were made from, and what it proposes is a schedule."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from anhvm.benches.gas import show, suite
from anhvm.benches.gas.case import Case, Measured, Meter
from anhvm.benches.gas.fit import cover, fit, r_squared, rounded
from anhvm.benches.gas.parts import Constant, constants, replaced
from anhvm.benches.gas.quiet import HURRY, Quiet
from anhvm.benches.gas.suite import Outcome, Priced
from anhvm.cli import main
from anhvm.isa.schedule import Schedule, load

NAMES: tuple[Constant, ...] = (
    ("kernels", "map", "base"),
    ("kernels", "map", "madds"),
    ("kernels", "map", "far"),
)


def test_known_prices_come_back() -> None:
    random = np.random.default_rng(1)
    prices = dict(zip(NAMES, (40.0, 0.3, 0.05), strict=True))
    paid = [dict(zip(NAMES, (1.0, *random.lognormal(6, 4, 2)), strict=True)) for _ in range(200)]
    times = [sum(n * prices[name] for name, n in each.items()) for each in paid]
    found = fit(paid, times, ["map"] * len(paid), {})
    assert found == pytest.approx(prices)


def test_no_case_is_underpriced_and_floors_hold() -> None:
    random = np.random.default_rng(2)
    paid = [dict(zip(NAMES, random.lognormal(3, 2, 3), strict=True)) for _ in range(300)]
    noise = random.uniform(0.5, 1.5, len(paid))
    times = [sum(each.values()) * n for each, n in zip(paid, noise, strict=True)]
    floors = {NAMES[1]: 2.0, ("opcodes", "alu"): 1.0}
    found = fit(paid, times, [str(i % 7) for i in range(len(paid))], floors, scale=1.25)
    gas = [sum(n * found[name] for name, n in each.items()) for each in paid]
    assert max(t / g for t, g in zip(times, gas, strict=True)) == pytest.approx(1.25)
    assert found[NAMES[1]] >= 2 and found["opcodes", "alu"] == 1
    whole = rounded(found)
    assert all(
        found[name] <= whole[name] <= max(found[name] * 1.1, found[name] + 1) for name in found
    )


def test_a_cover_is_as_cheap_as_its_dual_says() -> None:
    table = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    found = cover(table, np.array([1.0, 3.0, 0.5]), np.array([2.0, 1.0]))
    assert found == pytest.approx([1.0, 2.0])  # 2 * 1 + 1 * 2; the first and second row are tight


def test_r_squared_is_1_for_the_truth_and_0_for_no_relation() -> None:
    times = [1.0, 10.0, 100.0, 1000.0]
    assert r_squared(times, [t * 3 for t in times]) == pytest.approx(1)
    assert r_squared(times, [5.0] * 4) == pytest.approx(0)


def test_prices_are_replaced_one_by_one() -> None:
    before = constants(load())
    after = constants(replaced(load(), {("kernels", "map", "base"): 99, ("opcodes", "alu"): 77}))
    assert {k for k in before if before[k] != after[k]} == {
        ("kernels", "map", "base"),
        ("opcodes", "alu"),
    }
    assert ("version",) not in before and ("kernels", "map", "cache") not in before


@pytest.fixture
def outcome() -> Outcome:
    program = "function f call (u64) -> ()\n  ret ()\n"
    cases = [Case("u64.add", "small", program), Case("add", "1 1", program)]
    found = [Measured(case, 9, ns, 10.0) for case, ns in zip(cases, (5.0, 20.0), strict=True)]
    dearer = replaced(load(), {("opcodes", "alu"): 77, ("kernels", "map", "madds"): 1234})
    now = Priced(load(), found, 1.0)
    fitted = Priced(dearer, [replace(m, gas=m.nanoseconds) for m in found], 1.0)
    return Outcome("anhvm bench gas", 5, now, fitted)


def test_the_figure_is_a_row_with_a_ratio(outcome: Outcome) -> None:
    data = json.loads(json.dumps(show.to_json(outcome), allow_nan=False))
    figure, *rest = data["rows"]
    assert figure["name"] == "worst case" and figure["size"] == "add 1 1"
    assert figure["ratio"] == 2.0 and (figure["bar"], figure["aim"]) == (3.0, 1.5)
    assert [row["ours"] for row in rest] == [0.5, 2.0]
    assert data["fits"]["proposed"]["constants"]["opcodes.alu"] == 77
    said = show.text(outcome)
    assert "figure       2.00" in said and "opcodes.alu" in said and "R²" in said


def test_the_proposal_is_the_next_schedule(outcome: Outcome) -> None:
    found = msgspec.convert(tomllib.loads(show.proposal(outcome)), Schedule)
    assert outcome.proposed is not None
    assert constants(found) == constants(outcome.proposed.schedule)
    assert found.version == load().version + 1
    assert f"schedule {found.version}" in show.proposal(outcome)


def test_the_page_and_the_picture(outcome: Outcome, tmp_path: Path) -> None:
    assert "| `add` | 1 | 1.00 | 1 1 | 1.00 | 1 1 |" in show.page(outcome)
    pytest.importorskip("matplotlib")
    show.plot(outcome, tmp_path / "gas.png")
    assert (tmp_path / "gas.png").read_bytes().startswith(b"\x89PNG")


def test_a_quick_run_of_few_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "gas", "--quick", "--only", "i32.neg small", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    keys = [f"{row['name']} {row['size']}" for row in data["rows"]]
    assert "i32.neg small" in keys and "matmul 256x256 256x256" in keys
    assert data["fits"]["now"]["figure"] == max(row["ratio"] for row in data["rows"])


def test_what_disturbs_a_run_is_no_price() -> None:
    """Two cases at 8 a gas: one was disturbed until a moment is quiet; the other is as dear."""
    disturbed, dear = Case("disturbed", "", ""), Case("dear", "", "")
    fine = [Case(f"fine {i}", "", "") for i in range(40)]
    found = [Measured(case, 1, 1.0, 1.0) for case in fine]
    found += [Measured(case, 1, 8.0, 1.0) for case in (disturbed, dear)]
    asked: list[tuple[str, float]] = []

    class Later(Quiet):
        def measure(
            self, case: Case, rounds: int, patience: float, count: int | None = None
        ) -> tuple[Measured, bool]:
            asked.append((case.name, patience))
            slow = case is dear or (case is disturbed and patience == HURRY)
            return Measured(case, count or 1, 8.0 if slow else 1.0, 1.0), True

    seen = suite.again(found, 5, Later(Meter(load())), 3, 2.0, lambda text: None)
    assert [m.case.name for m in seen if m.ratio > 3] == ["dear"]
    looks = [asked.count((name, 2.0)) for name in ("disturbed", "dear", "fine 0", "fine 39")]
    assert looks == [1, 1, 1, 0] and asked.count(("disturbed", HURRY)) == 1


def test_a_case_that_is_not_of_the_list_is_priced_with_a_margin() -> None:
    listed, other = (Measured(Case(name, "", ""), 1, 40.0, 1.0) for name in ("listed", "other"))
    paid: list[dict[Constant, float]] = [{("opcodes", "mul"): 1.0}, {("opcodes", "alu"): 1.0}]
    now = Priced(load(), [listed, other], 40.0)
    prices = constants(suite._proposed(now, paid, 1, lambda text: None).schedule)
    assert (prices["opcodes", "mul"], prices["opcodes", "alu"]) == (40, 60)


def test_a_proposal_needs_all_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["bench", "gas", "--only", "add", "--propose", str(tmp_path / "s.toml"), "--json"]
    assert main(asked) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bench.propose"
    assert main(["bench", "gas", "--only", "no such case", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bench.only"


def test_times_of_an_earlier_run_are_priced_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["bench", "gas", "--quick", "--only", "i32.neg small", "--json"]
    assert main(asked) == 0
    kept = tmp_path / "earlier.json"
    kept.write_text(capsys.readouterr().out)
    with monkeypatch.context() as patch:
        patch.setattr(Meter, "measure", None)  # nothing is timed
        assert main([*asked, "--times", str(kept)]) == 0
    first, again = json.loads(kept.read_text()), json.loads(capsys.readouterr().out)
    assert again["times"] == first["times"] and again["command"].endswith("--times earlier.json")
    for one, other in zip(first["rows"], again["rows"], strict=True):
        assert one["ours"] == pytest.approx(other["ours"], rel=0.01)
    first["times"][0]["program"] += 1  # its text has changed since
    kept.write_text(json.dumps(first))
    assert main([*asked, "--times", str(kept)]) == 0
    changed = json.loads(capsys.readouterr().out)["times"]
    assert [a == b for a, b in zip(changed, again["times"], strict=True)].index(False) == 0
    assert changed[1:] == again["times"][1:]
    kept.write_text("{}")
    assert main([*asked, "--times", str(kept)]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bench.times"
