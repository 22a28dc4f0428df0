"""Guarantees of std/contracts/trainer.anh, on its bytecode."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from tests.stdlib.play import PEOPLE, Play, bits, people

INPUTS, CLASSES, HELD = 8, 4, 32
seeds = st.integers(0, 1 << 32)
scales = st.sampled_from((1.0, 0.0, -1.0, 1e-3, 1e30, float("nan"), float("inf")))


def examples(seed: int, count: int) -> tuple[Any, Any]:
    """Points, and which of their first inputs is the largest."""
    x = np.random.default_rng(seed).standard_normal((count, INPUTS)).astype(np.float32)
    return x, x[:, :CLASSES].argmax(axis=1).astype(np.int32)


class Trainer(Play):
    name = "trainer"

    @initialize(seed=seeds)
    def begin(self, seed: int) -> None:
        self.held = examples(seed, HELD)
        assert self.call("setup", *self.held, seed).trap is None
        self.best = self.ask("held_loss")
        self.kept = dict.fromkeys(PEOPLE, 0)

    def judged(self, found: Any, sender: bytes) -> None:
        """What was kept was better, and what was refused left no trace."""
        assert found.trap is None
        loss = found.events[-1].values["loss"]
        assert found.value == bool(loss < self.best)
        assert found.events[-1].name == ("Kept" if found.value else "Refused")
        if found.value:
            self.best = loss
            self.kept[sender] += 1
        else:
            assert not found.writes

    @rule(sender=people, seed=seeds, count=st.integers(0, 9), epochs=st.integers(0, 3), rate=scales)
    def train(self, sender: bytes, seed: int, count: int, epochs: int, rate: float) -> None:
        found = self.call("train", *examples(seed, count), epochs, rate, sender=sender)
        if count == 0:
            assert found.trap is not None
        else:
            self.judged(found, sender)

    @rule(sender=people, seed=seeds, scale=scales)
    def offer(self, sender: bytes, seed: int, scale: float) -> None:
        rng = np.random.default_rng(seed)
        with np.errstate(all="ignore"):
            w = (scale * rng.standard_normal((INPUTS, CLASSES))).astype(np.float32)
        net = {"w": w, "b": np.zeros(CLASSES, np.float32)}
        self.judged(self.call("offer", net, sender=sender), sender)

    @rule(sender=people, label=st.sampled_from((-1, CLASSES)))
    def odd_label(self, sender: bytes, label: int) -> None:
        x, y = examples(1, 3)
        y[1] = label
        assert self.call("train", x, y, 1, 0.1, sender=sender).trap is not None

    @invariant()
    def the_loss_never_rises_and_is_that_of_the_network(self) -> None:
        assert bits(self.ask("held_loss")) == bits(self.best) == bits(self.ask("measured"))

    @invariant()
    def the_held_out_examples_never_change(self) -> None:
        for name, expected in zip(("held_x", "held_y"), self.held, strict=True):
            index = [f.name for f in self.contract.program.fields].index(name)
            (value,) = (v for cell, v in self.cells[0].items() if cell.field == index)
            assert bits(value) == bits(expected)

    @invariant()
    def what_was_kept_is_counted(self) -> None:
        for who, count in self.kept.items():
            assert self.ask("kept_of", who) == count


TestTrainer = Trainer.TestCase
TestTrainer.settings = settings(max_examples=6, stateful_step_count=8)
