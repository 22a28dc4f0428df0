"""Sides take turns in processes of their own; one that fails is left out, unless it is ours."""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest

from anhvm.benches import sides
from anhvm.benches.report import OURS
from anhvm.benches.sides import Plan, Side
from anhvm.benches.timing import Timer
from anhvm.errors import Bug

KEYS = ["a", "b"]
PLAN = Plan(rounds=3, seconds=0.5, threads=(2,))

SHORT = Plan(rounds=3, seconds=0.01, threads=(1,))


def test_turn_by_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[str] = []

    def run(side: Side, keys: list[str], threads: int, seconds: float) -> dict[str, float] | str:
        assert (keys, threads, seconds) == (KEYS, 2, 0.5)
        turns.append(side.name)
        if side.name == "weak" and len(turns) > 4:
            return "it broke"
        return {key: float(len(turns)) for key in keys if side.name != "half" or key == "a"}

    monkeypatch.setattr(sides, "_run", run)
    said: list[str] = []
    found = (Side(OURS, "x"), Side("half", "x"), Side("weak", "x"), Side("none", "x", ("no-such",)))
    times, missing = sides.measure(found, KEYS, 2, PLAN, said.append)
    assert turns == [OURS, "half", "weak"] * 2 + [OURS, "half"]
    assert times == {"a": {OURS: [1, 4, 7], "half": [2, 5, 8]}, "b": {OURS: [1, 4, 7]}}
    assert missing == ["none", "weak"]
    assert any("weak" in words and "it broke" in words for words in said)


def test_a_process_answers_and_sees_its_threads() -> None:
    times, missing = sides.measure(
        [Side("limit", "vm_limit")], ["sum of squares i*i mod 1000003"], 1, SHORT, print
    )
    assert missing == []
    assert [0 < seconds < 1e-6 for each in times.values() for seconds in each["limit"]] == [
        True
    ] * 3


def test_a_case_that_was_disturbed_comes_again() -> None:
    passes = iter([{"a": 3.0, "b": 1.0}, {"a": 2.0, "b": 5.0}])
    timer = Timer(2, 0.5)

    def measure(keys: Sequence[str], given: Timer) -> dict[str, float]:
        assert (keys, given) == (KEYS, timer)
        return next(passes)

    assert sides._least(measure, KEYS, timer) == {"a": 2.0, "b": 1.0}


def test_a_process_that_fails_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    times, missing = sides.measure([Side("broken", "no_such")], KEYS, 1, PLAN, print)
    assert missing == ["broken"] and times == {"a": {}, "b": {}}
    assert "no_such" in capsys.readouterr().out


def test_our_own_failure_is_a_bug() -> None:
    with pytest.raises(Bug, match="no_such"):
        sides.measure([Side(OURS, "no_such")], KEYS, 1, PLAN, print)


def test_the_environment_holds_each_library_to_its_threads() -> None:
    side = Side("peer", "x", environment={"OPENBLAS_CORETYPE": "Zen"})
    one, two = (sides.environment(side, threads) for threads in (1, 2))
    assert {one[name] for name in sides.THREADS} == {"1"}
    assert {two[name] for name in sides.THREADS} == {"2"}
    assert one["OPENBLAS_CORETYPE"] == "Zen" and one["PATH"] == os.environ["PATH"]
    assert "eigen=false" in one["XLA_FLAGS"] and "XLA_FLAGS" not in set(two) - set(os.environ)
