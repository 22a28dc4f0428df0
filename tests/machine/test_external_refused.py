"""Calls between contracts that are refused, and what ends a run, on both engines."""

from __future__ import annotations

import pytest

from anhvm.isa.traps import MAX_CONTRACTS, MAX_DEPTH, Trap
from tests.machine.contracts import COUNTER, GAUGE, LEFT, OUT, TRIES, UP, agreed, caller

REFUSED = {
    "nobody there": ("NOT_ALIVE", UP, {}),
    "another name": ("INTERFACE", "down call () -> (u64)", {"B": COUNTER}),
    "another result": ("INTERFACE", "up call () -> (i64)", {"B": COUNTER}),
    "a parameter more": ("INTERFACE", "up call (u64) -> (u64)", {"B": COUNTER}),
    "no view": ("INTERFACE", "up view () -> (u64)", {"B": COUNTER}),
    "internal": ("INTERFACE", UP, {"B": COUNTER.replace("up call", "up internal")}),
    "init": ("INTERFACE", UP, {"B": COUNTER.replace("up call", "up init")}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_called_traps_in_the_caller(name: str) -> None:
    kind, extern, others = REFUSED[name]
    given = "all, " if "(u64) ->" in extern else ""
    out = "  reg out: i64\n  reg how: u64\n" if "i64" in extern else OUT
    called = extern.split()[0]
    plain = caller(f"{out}  call.ext {called}({given}b, all) -> (out)\n  ret ()\n", [extern])
    told = agreed({"A": plain, **others})
    assert told.trap == kind and told.where == (b"", 0, 0)
    tried = caller(
        f"{out}  try.ext how, {called}({given}b, all) -> (out)\n  ret (how)\n",
        [extern],
        signature="call () -> (u64)",
    )
    assert agreed({"A": tried, **others}).done.returns == (Trap[kind],)


def test_a_view_may_be_called_as_what_may_write() -> None:
    text = caller(f"{OUT}  call.ext left(b, all) -> (out)\n  ret ()\n", ["left call () -> (u64)"])
    assert agreed({"A": text, "B": GAUGE}).done.failure is None


def test_an_empty_address_is_nobodys_and_nothing_is_asked() -> None:
    text = caller(
        "  reg nobody: bytes\n  reg how: u64\n  reg out: u64\n"
        "  try.ext how, left(nobody, all) -> (out)\n  ret (how)\n",
        [LEFT],
        signature="call () -> (u64)",
    )
    told = agreed({"A": text})
    assert told.done.returns == (Trap.NOT_ALIVE,) and not told.needs


BACK = caller(
    f"{OUT}  call.ext f(a, all) -> (out)\n  ret (out)\n",
    ["f call () -> (u64)"],
    signature="call () -> (u64)",
    name="up",
)
AGAIN = caller(
    f"{OUT}  reg one: u64 = const one\n  reg first: bool\n  reg sum: u64\n  s.load out, n\n"
    "  u64.lt first, out, one\n  u64.add sum, out, one\n  s.store sum, n\n  jifnot first, done\n"
    "  call.ext up(b, all) -> (out)\ndone:\n  s.load out, n\n  ret (out)\n",
    [UP],
    "const one: u64 = 1\nfield n: u64\n",
    "call () -> (u64)",
).replace("-> (u64)\n  reg a:", "-> (u64)\n  reads n\n  writes n\n  reg a:")


def test_no_contract_is_entered_again_through_another() -> None:
    told = agreed({"A": AGAIN, "B": BACK})
    assert told.trap == "REENTERED" and told.where == (b"B", 0, 0)


def test_no_contract_is_entered_again_by_itself() -> None:
    own = caller(f"{OUT}  call.ext f(a, all)\n  ret ()\n", ["f call () -> ()"])
    assert agreed({"A": own}).trap == "REENTERED"


def test_a_reentrant_function_sees_what_is_written_and_its_stores_ask() -> None:
    text = AGAIN.replace("function f call () -> (u64)", "function f call () -> (u64) reentrant")
    told = agreed({"A": text, "B": BACK})
    assert told.done.returns == (2,) and told.writes == {(b"", 0): 2}
    assert told.asked == ["read .0", "link B"], "the outer call wrote it before"


def test_a_store_of_a_contract_that_is_entered_again_asks() -> None:
    text = (
        AGAIN.replace("function f call", "function g call")
        .replace("  call.ext up(b, all) -> (out)\n", "")
        .replace("-> (u64)\n  reads", "-> (u64) reentrant\n  reads")
    )
    start = "function f call () -> (u64)\n  reg b: bytes = const b\n  reg all: u64 = const all\n"
    start += f"{OUT}  call.ext up(b, all) -> (out)\n  ret (out)\n"
    back = BACK.replace("extern f", "extern g").replace("call.ext f", "call.ext g")
    told = agreed({"A": text + start, "B": back}, function=1)
    assert told.asked == ["link B", "read .0", "write .0"]


def test_depth_counts_the_frames_of_all_contracts() -> None:
    deep = caller(
        "  reg n: u64 = arg 0\n  reg m: u64\n  reg one: u64 = const one\n  u64.add m, n, one\n"
        "  call.ext f(m, a, all) -> (m)\n  ret (m)\n",
        ["f call (u64) -> (u64)"],
        "const one: u64 = 1\n",
        "call (u64) -> (u64) reentrant",
    )
    told = agreed({"A": deep}, 0)
    assert told.trap == "DEPTH" and told.where == (b"", 0, 1)
    caught = deep.replace("call.ext f(m, a, all)", "try.ext how, f(m, a, all)").replace(
        "  u64.add", "  reg how: u64\n  u64.add"
    )
    assert agreed({"A": caught}, 0).done.returns == (MAX_DEPTH,)


def test_a_run_knows_so_many_contracts() -> None:
    crowd = caller(
        "  reg n: u64 = arg 0\n  reg one: u64 = const one\n  reg i: u64\n  reg more: bool\n"
        "  reg who: bytes\n  reg how: u64\n  reg out: u64\nagain:\n  bytes.concat who, who, c\n"
        "  try.ext how, left(who, all) -> (out)\n  u64.add i, i, one\n  u64.lt more, i, n\n"
        "  jif more, again\n  ret (how)\n",
        [LEFT],
        "const one: u64 = 1\n",
        "call (u64) -> (u64)",
    )
    told = agreed({"A": crowd}, MAX_CONTRACTS)
    assert told.done.returns == (Trap.CONTRACTS,) and len(told.needs) == MAX_CONTRACTS - 1
    assert agreed({"A": crowd}, MAX_CONTRACTS - 1).done.returns == (Trap.NOT_ALIVE,)


@pytest.mark.parametrize("side", ["extern", "function", "given"])
def test_less_gas_than_promised_ends_the_run_uncaught(side: str) -> None:
    extern = "left view () -> (u64)" + " stipend 9000" * (side == "extern")
    gauge = GAUGE.replace("(u64)\n", "(u64) stipend 9000\n", 1) if side == "function" else GAUGE
    asked = "much" if side == "given" else "all"
    inner = caller(
        f"{OUT}  reg much: u64 = const much\n  try.ext how, left(c, {asked}) -> (out)\n"
        "  ret (how)\n",
        [extern],
        "const much: u64 = 9000\n",
        "call () -> (u64)",
        "up",
    )
    outer = caller(f"{OUT}  try.ext how, up(b, all) -> (out)\n  ret (how, out)\n", [UP],
                   signature="call () -> (u64, u64)")  # fmt: skip
    texts = {"A": outer, "B": inner, "C": gauge}
    short = agreed(texts, gas=9_000)
    assert short.trap == "STIPEND" and short.where == (b"B", 0, 0)
    enough = agreed(texts, gas=20_000)
    assert enough.done.returns == (0, 0)
    ends = {agreed(texts, gas=gas).trap for gas in range(0, 12_000, 97)}
    assert ends == {"OUT_OF_GAS", "STIPEND", ""}, "and nothing else, so nobody chose what fails"


@pytest.mark.parametrize("unlisted", ["link B", "link C", "read B.0", "write B.0", "write C.0"])
def test_what_is_not_listed_ends_the_run_uncaught(unlisted: str) -> None:
    told = agreed({"A": TRIES, "B": COUNTER, "C": COUNTER}, unlisted=unlisted)
    assert told.trap == "UNLISTED" and told.asked[-1] == unlisted
    assert not told.done.writes and not told.done.events
