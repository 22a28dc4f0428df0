"""Ours and every peer that is installed run the same programs, and answer as Python does."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from anhvm.benches import evm as peer_evm
from anhvm.benches import vm_ours
from anhvm.benches.vm_cases import ACCOUNTS, BALANCE, CASES, DIGITS, FUNDS
from tests.benches import evm

Run = Callable[..., Any]


def squares(n: int, m: int) -> int:
    return sum(i * i % m for i in range(n))


def fibonacci(n: int) -> int:
    a, b = 0, 1
    for _ in range(DIGITS if n else 0):
        a, b = b, a + b
    return a


PRIMES = 1028
"""Below NUMBERS."""


def balances(n: int, each: int = BALANCE) -> dict[int, int]:
    held = dict.fromkeys(range(ACCOUNTS), each)
    for i in range(n):
        held[i % ACCOUNTS] -= 1
        held[(i * 7 + 1) % ACCOUNTS] += 1
    return held


def page(function: str, *args: int) -> int:
    return int.from_bytes(evm.run(peer_evm.CODE[function], {}, *args)[0], "big")


def engine(module: str, needs: str) -> Any:
    def make() -> Run:
        for need in needs.split():
            if find_spec(need) is None:
                pytest.skip(f"{need} is absent: pip install '.[bench]'")
        return import_module(f"anhvm.benches.{module}").Engine().run  # type: ignore[no-any-return]

    return pytest.param(make, id=module)


ENGINES = [
    engine("vm_ours", ""),
    pytest.param(lambda: page, id="evm"),
    engine("vm_wasm3", "wasm3 wasmtime"),
    engine("vm_wasmtime", "wasmtime"),
    engine("vm_revm", "pyrevm"),
    engine("vm_pyevm", "eth"),
]


@pytest.mark.parametrize("make", ENGINES)
def test_the_programs_answer_as_python_does(make: Callable[[], Run]) -> None:
    run = make()
    assert run("empty") == 0
    for n in (0, 1, 2, 40):
        assert run("squares", n, 97) == squares(n, 97)
        assert run("fibonacci", n) == fibonacci(n)
        assert run("moves", n) == balances(n, FUNDS)[n % ACCOUNTS]
    assert [run("sieve", n) for n in (0, 1, 2)] == [0, PRIMES, PRIMES]


@pytest.mark.parametrize("make", [e for e in ENGINES if "evm" not in str(e.id)])
def test_calls_pass_the_counter_through(make: Callable[[], Run]) -> None:
    run = make()
    assert [run("calls", n) for n in (0, 1, 300)] == [0, 0, 299]


@pytest.mark.parametrize("make", [e for e in ENGINES if "wasm" not in str(e.id)])
def test_another_contract_says_the_number_again(make: Callable[[], Run]) -> None:
    run = make()
    assert [run("asks", n) for n in (1, 2, 300)] == [0, 1, 299]


def test_our_transfers_move_money() -> None:
    made = vm_ours.Engine()
    made.run("transfers", 1000)
    expected = {account: held for account, held in balances(1000).items()}
    assert made.balances() == expected and len(set(expected.values())) > 1


def test_the_transfers_of_the_evm_move_money() -> None:
    held = dict.fromkeys(range(ACCOUNTS), BALANCE)
    evm.run(peer_evm.CODE["transfers"], held, 1000)
    assert held == balances(1000)


@pytest.mark.parametrize("short", [{}, {0: 1, 1: 2**256 - 1}])
def test_the_transfers_of_the_evm_are_checked(short: dict[int, int]) -> None:
    with pytest.raises(evm.Reverted):
        evm.run(peer_evm.CODE["transfers"], short, 1)


@pytest.mark.parametrize(("module", "needs"), [("vm_revm", "pyrevm"), ("vm_pyevm", "eth")])
def test_the_transfers_of_an_evm_move_money(module: str, needs: str) -> None:
    pytest.importorskip(needs)
    made = import_module(f"anhvm.benches.{module}").Engine()
    made.run("transfers", 1000)
    assert {a: made.balance(a) for a in range(ACCOUNTS)} == balances(1000)
    made.run("events", 40)
    assert made.logs == 40


def test_events_carry_two_words() -> None:
    _, logs = evm.run(peer_evm.CODE["events"], {}, 5)
    assert logs == [peer_evm.argument(i, 1) for i in range(5)]
    made = vm_ours.Engine()
    made.run("events", 5)
    assert [event.values for event in made.last.events] == [(i, 1) for i in range(5)]


def test_every_case_is_one_that_ours_can_run() -> None:
    made = vm_ours.Engine()
    for case in CASES:
        made.run(case.function, *([3, *case.args] if case.counts[0] else []))
