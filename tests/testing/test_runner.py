"""Tests in the contract language: what they can do, what makes them fail, and what that shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anhvm.api import compile_source
from anhvm.api import run as call
from anhvm.errors import UserError
from anhvm.program.engine import Cell, Value
from anhvm.testing.compose import compose, discover
from anhvm.testing.runner import Options, Verdict, run
from anhvm.testing.stage import OWNER

BANK = """
const MOST = 100

struct Note:
    number: u64
    weight: f32

contract Bank:
    owner: address
    held: map[address, u64]
    paid: u64
    when: u64
    event Moved(amount: u64)

    @init
    def open(start: u64):
        self.owner = msg.sender
        self.held[msg.sender] = start

    @call
    def move(to: address, amount: u64):
        assert self.held[msg.sender] >= amount, "not enough"
        self.held[msg.sender] -= amount
        self.held[to] += amount
        emit Moved(amount)

    @call
    def tip():
        self.paid += msg.value
        self.when = block.time

    @view
    def holds(who: address) -> u64:
        return self.held[who]

    @view
    def tipped() -> u64, u64:
        return self.paid, self.when

    @view
    def owned_by() -> address:
        return self.owner

    @view
    def note(n: Note, x: f32[N, 2]) -> Note, f32[N, 2], bytes:
        return Note(n.number + MOST, n.weight * 2.0), x + 1.0, b"ok"
"""
HEAD = "import std.test as test\nimport bank\n"
ONCE = Options()
SETUP = "def setup():\n    bank.open(1000)\n"


def verdicts(folder: Path, tests: str, options: Options = ONCE) -> dict[str, Verdict]:
    (folder / "bank.anh").write_text(BANK)
    (folder / "test_bank.anh").write_text(tests)
    suite = compose(folder / "test_bank.anh")
    return {v.test: v for v in run(suite, suite.tests, options)}


PASS = (
    SETUP
    + """
def test_senders():
    alice = test.account("alice")
    bank.move(alice, 3)
    test.sender(alice)
    bank.move(test.account("bob"), 2)
    assert bank.holds(alice) == 1 and bank.holds(test.account("bob")) == 2, "moved"
    assert bank.owned_by() == test.account("owner") and msg.sender == bank.owned_by(), "owner"

def test_every_test_begins_anew():
    assert bank.holds(msg.sender) == 1000, "fresh"
    bank.move(test.account("alice"), 1000)

def test_every_case_begins_anew(n: u64):
    assert bank.holds(msg.sender) == 1000, "fresh"
    bank.move(test.account("alice"), 1000)

def test_a_trap_changes_nothing():
    test.expect_trap("not enough")
    bank.move(test.account("alice"), 1001)
    assert bank.holds(msg.sender) == 1000, "undone"
    test.expect_trap("")
    bank.move(test.account("alice"), 1001)

def test_money_and_time():
    test.now(7, 8)
    test.value(5)
    bank.tip()
    bank.tip()
    paid, when = bank.tipped()
    assert paid == 5 and when == 8, "value is for one call, time for all"

def test_events_and_gas():
    assert test.emitted("Moved") == 0 and test.gas() > 0, "open"
    bank.move(msg.sender, 1)
    assert test.emitted("Moved") == 1 and test.gas() > 100, "move"
    count = bank.holds(msg.sender)
    assert test.emitted("Moved") == 0, "of the last call"

def test_values_of_all_kinds():
    x: f32[3, 2] = ones()
    n, y, text = bank.note(bank.Note(1, 0.5), x)
    assert n.number == 101 and n.weight == 1.0 and text == b"ok", "scalars"
    assert sum(y) == 12.0 and bank.MOST == 100, "tensors"

def test_assumptions(n: u64, x: f32[N, M], who: address, text: str):
    test.assume(n > 3 and N == M)
    assert n > 3 and N == M, "held"
"""
)


def test_what_a_test_can_do(tmp_path: Path) -> None:
    found = verdicts(tmp_path, HEAD + PASS, Options(cases=20))
    assert len(found) == 8
    for verdict in found.values():
        assert verdict.fault is None, (verdict.test, verdict.fault)
    assert found["test_every_case_begins_anew"].cases == 20
    assert found["test_senders"].cases == 1
    assert found["test_assumptions"].cases == 20


@pytest.mark.parametrize(
    ("body", "message", "line", "inner"),
    [
        ('assert False, "no"', "ASSERT: no", 6, 0),
        ("assert False", "ASSERT", 6, 0),
        ('bank.move(test.account("a"), 1001)', "trapped with ASSERT: not enough", 6, 22),
        ('test.expect_trap("")\n    bank.move(msg.sender, 1)', "Bank.move did not trap", 7, 0),
        ('test.expect_trap("rich")\n    bank.move(msg.sender, 1001)', "'rich' is expected", 7, 22),
        ('test.expect_trap("")', "no call follows expect_trap", 5, 0),
        ("bank.open(1)", "Bank is deployed already", 6, 0),
        ("test.assume(False)", "assume lets no case through", 6, 0),
        ("n = bank.holds(msg.sender) - 1001", "OVERFLOW", 6, 0),
        ('bank.move(msg.sender, 1)\n    n = test.emitted("Odd")', "has an event 'Odd'", 7, 0),
    ],
)
def test_what_makes_a_test_fail(
    tmp_path: Path, body: str, message: str, line: int, inner: int
) -> None:
    fault = verdicts(tmp_path, f"{HEAD}{SETUP}def test_it():\n    {body}\n")["test_it"].fault
    assert fault is not None and message in fault.message
    assert (fault.place.file, fault.place.line) == ("test_bank.anh", line)
    assert (fault.inner.line if fault.inner else 0) == inner


def test_nothing_can_be_called_before_init(tmp_path: Path) -> None:
    fault = verdicts(tmp_path, f"{HEAD}def test_it():\n    bank.tip()\n")["test_it"].fault
    assert fault is not None and "call bank.open first" in fault.message


def test_a_failing_set_up_stands_for_all(tmp_path: Path) -> None:
    tests = f"{HEAD}def setup():\n    bank.tip()\ndef test_it():\n    pass\n"
    found = verdicts(tmp_path, tests)
    assert list(found) == ["setup"] and found["setup"].fault is not None


def test_a_failure_is_made_simple(tmp_path: Path) -> None:
    tests = (
        SETUP
        + """
def test_limit(n: u64, x: f32[N, 3], who: address, fine: bool):
    bank.move(who, n)
def test_size(n: u64, x: f32[N, 3], y: f32[N]):
    assert n < 4 or N < 2, "small"
"""
    )
    found = verdicts(tmp_path, HEAD + tests)
    number, x, who, fine = found["test_limit"].case
    assert (number, fine, found["test_limit"].names[who]) == (1001, False, OWNER)  # type: ignore[index]
    assert isinstance(x, np.ndarray) and x.shape == (0, 3)
    least, x, y = found["test_size"].case
    assert (least, np.shape(x), np.shape(y)) == (4, (2, 3), (2,)) and not np.any(x)


def test_gas_is_that_of_the_transactions(tmp_path: Path) -> None:
    body = "bank.move(msg.sender, 1)\n    n = bank.holds(msg.sender)\n"
    tests = f"{HEAD}{SETUP}def test_it():\n    {body}def test_many(n: u64):\n    bank.tip()\n"
    found = verdicts(tmp_path, tests)
    state: dict[Cell, Value] = {}
    bank, sender = compile_source(BANK), b"\1" * 33
    opened = call(bank, "open", 1000, sender=sender, state=state)
    moved = call(bank, "move", sender, 1, sender=sender, state=state)
    held = call(bank, "holds", sender, state=state)
    assert found["test_it"].gas == moved.gas_used + held.gas_used
    assert found["test_it"].spent[0].gas == opened.gas_used
    again = verdicts(tmp_path, tests, Options(lines=True))
    assert [v.gas for v in again.values()] == [v.gas for v in found.values()]
    for spent in (s for v in again.values() for s in v.spent):
        assert spent.trace is not None and spent.trace.gas_used == spent.gas


VAULT = """
interface Bank:
    def move(to: address, amount: u64)
    @view
    def holds(who: address) -> u64

contract Vault:
    bank: address

    @init
    def open(bank: address):
        self.bank = bank

    @call
    def send(to: address, amount: u64):
        Bank(self.bank).move(to, amount)

    @view
    def rest() -> u64:
        return Bank(self.bank).holds(self.address)
"""
TWO = """
import vault

def setup():
    bank.open(1000)
    vault.open(test.address_of("bank"))
    bank.move(test.address_of("vault"), 100)

def test_it(to: address):
    test.assume(to != msg.sender)
    vault.send(to, 30)
    assert test.emitted("Moved") == 1, "of the other contract"
    assert vault.rest() == 70 and bank.holds(to) == 30, "moved"
    test.expect_trap("not enough")
    vault.send(to, 71)
    assert vault.rest() == 70, "undone"

def test_fails():
    vault.send(msg.sender, 101)
"""


def test_contracts_call_each_other(tmp_path: Path) -> None:
    (tmp_path / "vault.anh").write_text(VAULT)
    found = verdicts(tmp_path, HEAD + TWO)
    assert found["test_it"].fault is None, found["test_it"].fault
    fault = found["test_fails"].fault
    assert fault is not None and "Vault.send trapped with ASSERT: not enough" in fault.message
    assert fault.inner is not None and (fault.inner.file, fault.inner.line) == ("bank.anh", 22)


@pytest.mark.parametrize(
    ("tests", "code"),
    [
        ("contract X:\n    @view\n    def f() -> u64:\n        return 1\n", "test.contract"),
        (f"{HEAD}def test_it(x: f32[2 * N], y: f32[N]):\n    pass\n", "test.size"),
    ],
)
def test_what_is_no_test(tmp_path: Path, tests: str, code: str) -> None:
    with pytest.raises(UserError) as caught:
        verdicts(tmp_path, tests)
    assert caught.value.code == code


def test_tools_of_tests_trap_elsewhere() -> None:
    text = "import std.test as test\ncontract X:\n    @view\n    def f() -> address:\n"
    found = call(compile_source(text + '        return test.account("a")\n'), "f")
    assert found.trap is not None and found.trap.message == "only anhvm test can do this"


def test_where_tests_are_looked_for(tmp_path: Path) -> None:
    for name in ("test_a.anh", "b_test.anh", "c.anh", "in/test_d.anh", ".venv/test_e.anh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = [path.relative_to(tmp_path).as_posix() for path in discover([tmp_path])]
    assert found == ["b_test.anh", "in/test_d.anh", "test_a.anh"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no tests"):
        discover([tmp_path / "empty"])
    with pytest.raises(UserError, match="cannot be read"):
        compose(tmp_path / "test_none.anh")
