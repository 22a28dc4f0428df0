"""The timer, against a clock that the test turns."""

from __future__ import annotations

from itertools import count

import pytest

from anhvm.benches import timing
from anhvm.benches.timing import Timer


class Clock:
    """Stands still but for what works; each third batch is disturbed."""

    def __init__(self) -> None:
        self.now = 0.0
        self.batches = count()
        self.phase = 0

    def __call__(self) -> float:
        return self.now

    def work(self, seconds: float) -> None:
        """A batch that needs so long, and now and then longer."""
        self.now += seconds + (1.0 if next(self.batches) % 3 == self.phase else 0.0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timing, "process_time", made)
    return made


@pytest.mark.parametrize("phase", range(3))
@pytest.mark.parametrize("cost", [1e-9, 1e-6, 1e-3, 2.0])
def test_disturbances_do_not_count(clock: Clock, cost: float, phase: int) -> None:
    clock.phase = phase
    timed = Timer(1, 0).of_batches(lambda calls: clock.work(cost * calls))
    assert timed == pytest.approx(cost, rel=1e-6)


def test_short_calls_are_timed_in_large_batches(clock: Clock) -> None:
    sizes = []

    def batch(calls: int) -> None:
        sizes.append(calls)
        clock.now += 1e-8 * calls

    Timer(1, 0).of_batches(batch)
    assert sizes[-1] * 1e-8 >= timing.GRAIN
    assert len(set(sizes[-timing.ROUNDS + 1 :])) == 1


def test_the_empty_call_is_taken_off(clock: Clock) -> None:
    def call() -> None:
        clock.now += 7e-6

    def empty() -> None:
        clock.now += 2e-6

    assert Timer(1, 0).of_calls(call, empty) == pytest.approx(5e-6)


def test_several_threads_are_timed_by_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = Clock()
    monkeypatch.setattr(timing, "perf_counter", wall)
    assert Timer(2, 0).of_batches(lambda calls: wall.work(1e-3 * calls)) == pytest.approx(1e-3)


def test_what_every_batch_has_is_taken_off(clock: Clock) -> None:
    def batch(calls: int) -> None:
        clock.now += 3e-5 + 7e-6 * calls

    assert Timer(1, 0).of_batches(batch, 3e-5) == pytest.approx(7e-6)
