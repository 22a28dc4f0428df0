"""What a row says: medians, ratios, and bars in units of the fastest peer."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest

from anhvm.benches.report import FASTEST, LIMIT, OURS, SECONDS, Case, Report, Row, row

DESIGN = """name size threads unit ours peer peer_name peers ratio limit limit_name share bar aim
runs spread"""


def made(case: Case, **times: list[float]) -> Row:
    found = row(case, 1, "ns", 1e9, times)
    assert found is not None
    return found


def test_a_row_has_the_names_of_the_design() -> None:
    assert [f.name for f in fields(Row)] == DESIGN.split()


def test_medians_of_each_side_make_the_ratio() -> None:
    case = Case("work", "1", limit_name="nothing is faster")
    times = {
        OURS: [3e-9, 9e-9, 4e-9],
        "slow": [8e-9],
        "fast": [1e-9, 2e-9, 9e-9],
        LIMIT: [3e-9, 1e-9],
    }
    found = made(case, **times)
    assert (found.ours, found.peer, found.peer_name) == pytest.approx((4, 2, "fast"))
    assert found.peers == pytest.approx({"slow": 8, "fast": 2})
    assert found.ratio == pytest.approx(2)
    assert (found.limit, found.share) == pytest.approx((1, 0.25))
    assert found.limit_name == "nothing is faster"
    assert found.runs == 3 and found.spread == pytest.approx(1.5)


def test_bars_are_in_units_of_the_fastest_peer() -> None:
    case = Case("work", "1", bars={"slow": 0.5, "fast": 3.0}, aims={FASTEST: 0.9})
    found = made(case, **{OURS: [1.0], "slow": [10.0], "fast": [2.0]})
    assert (found.bar, found.aim) == pytest.approx((5.0 / 2.0, 0.9))
    alone = made(case, **{OURS: [1.0], "fast": [2.0]})
    assert alone.bar == pytest.approx(3.0)


def test_a_bar_may_be_seconds() -> None:
    case = Case("work", "1", bars={SECONDS: 100e-9})
    assert made(case, **{OURS: [1e-9], "fast": [50e-9]}).bar == pytest.approx(2)


def test_no_bar_without_its_yardstick() -> None:
    found = made(Case("work", "1", bars={"absent": 1.0}), **{OURS: [1.0], "fast": [2.0]})
    assert found.bar is None and found.aim is None
    assert found.limit is None and found.limit_name is None and found.share is None


@pytest.mark.parametrize("times", [{OURS: [1.0]}, {"fast": [1.0]}, {OURS: [1.0], LIMIT: [1.0]}])
def test_nothing_to_compare_is_no_row(times: dict[str, list[float]]) -> None:
    assert row(Case("work", "1"), 1, "s", 1.0, times) is None


def test_the_report_is_one_object_of_the_schema() -> None:
    found = made(Case("work", "1"), **{OURS: [1.0], "fast": [2.0]})
    report = Report("anhvm bench vm", [found], ["other"], ["numpy", "no-such-library"])
    data = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert list(data) == ["schema", "command", "machine", "rows", "missing"]
    assert data["schema"] == 1 and data["missing"] == ["other"]
    assert list(data["machine"]) == ["cpu", "cores", "features", "versions"]
    assert "numpy" in data["machine"]["versions"]
    assert "no-such-library" not in data["machine"]["versions"]
    assert data["rows"][0]["ratio"] == 0.5
