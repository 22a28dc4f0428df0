"""Gas schedules: complete, whole, saturating."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.errors import Bug
from anhvm.isa.opcodes import OPS
from anhvm.isa.schedule import CURRENT, SATURATED, KernelClass, load

U64 = st.integers(0, SATURATED)


def test_every_opcode_costs_at_least_one() -> None:
    assert all(load().static(op.code) >= 1 for op in OPS)


def test_a_schedule_that_lacks_a_class_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = msgspec.structs.replace(load(), opcodes={"move": 1})
    monkeypatch.setattr(msgspec, "convert", lambda *_: broken)
    with pytest.raises(Bug, match=r"\[opcodes\]"):
        load.__wrapped__(CURRENT)


def test_a_kernel_pays_for_work_and_for_bytes_by_what_the_run_has_held() -> None:
    price = KernelClass(base=7, madds=3, near=200, far=500, cache=100)
    assert price.cost(10, 90) == price.cost(10, 90, 100) == 7 + (30 + 64 * 200 * 90) // 65536
    assert price.cost(10, 90, 101) == 7 + (30 + 64 * 500 * 90) // 65536
    assert price.cost(1000, 5000) == 7 + (3000 + 64 * 500 * 5000) // 65536


@given(U64, U64)
def test_costs_never_leave_u64(madds: int, size: int) -> None:
    for price in load().kernels.values():
        assert 0 < price.cost(madds << 3, size, madds) <= SATURATED
    assert 0 <= load().by_bytes("store", size) <= SATURATED


@given(st.lists(st.integers(0, 1 << 33), min_size=1))
def test_memory_gas_depends_on_the_mark_and_not_on_the_way(marks: list[int]) -> None:
    marks = sorted(marks)
    steps = sum(load().memory(a, b) for a, b in zip([0, *marks], marks, strict=False))
    assert steps == load().memory(0, marks[-1])
