"""The histories see what they are for: each fault that is put into a contract makes one fail."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from anhvm.api import compile_source
from tests.stdlib.play import FOLDER, Play
from tests.stdlib.test_council import Council
from tests.stdlib.test_owned import Owned
from tests.stdlib.test_registry import Registry
from tests.stdlib.test_token import Token
from tests.stdlib.test_trainer import Trainer
from tests.stdlib.test_vesting import Vesting

FAULTS: list[tuple[type[Play], str, str]] = [
    (Token, "self.balances[source] -= amount", "pass"),
    (Token, "self.allowances[holder][msg.sender] = allowed - amount", "pass"),
    (Token, "assert msg.sender == self.owner", "assert True"),
    (Token, "self.supply -= amount", "pass"),
    (Owned, "assert msg.sender == self.offered", "assert True"),
    (Owned, "assert self.owned and msg.sender == self.owner", "assert self.owned"),
    (Owned, "self.owned = False", "pass"),
    (Registry, "assert version == self.counts[name] + 1", "assert version > 0"),
    (Registry, "assert msg.sender == self.owners[name]", "assert True"),
    (Trainer, "if found < self.best:", "if not (found >= self.best):"),
    (Trainer, "self.best = found", "pass"),
    (Trainer, "self.by[msg.sender] += 1", "self.by[msg.sender] += 2"),
    (Vesting, "self.claims[msg.sender] = found", "self.claims[msg.sender] = taken"),
    (Vesting, "amount / hours * passed + amount % hours", "amount"),
    (Vesting, "self.granted += amount", "pass"),
    (Council, "self.voted[number][msg.sender] = True", "pass"),
    (Council, "block.height < self.ends[number]", "block.height <= self.ends[number]"),
    (Council, "assert msg.sender == self.chair", "only_member()\n        assert True"),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault[0].name}-{fault[2][:20]}")
def test_a_fault_is_seen(fault: tuple[type[Play], str, str]) -> None:
    play, right, wrong = fault
    text = (FOLDER / f"{play.name}.anh").read_text(encoding="utf-8")
    assert right in text
    other = compile_source(text.replace(right, wrong))
    broken: Any = type("Broken", (play,), {"other": other, "twin": False})
    steps = settings(
        max_examples=300, stateful_step_count=30, phases=[Phase.generate], derandomize=True,
        database=None, print_blob=False,
    )  # fmt: skip
    with pytest.raises(AssertionError):
        run_state_machine_as_test(broken, settings=steps)
