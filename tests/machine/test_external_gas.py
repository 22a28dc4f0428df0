"""Gas of calls between contracts, on the core and on the reference."""

from __future__ import annotations

from anhvm.assembler import assemble
from anhvm.isa.traps import Trap
from anhvm.program.blocks import block_costs
from anhvm.program.encode import encode
from tests.machine.contracts import (
    COUNTER,
    GAUGE,
    LEFT,
    OUT,
    SCHEDULE,
    TRIES,
    UP,
    agreed,
    caller,
    every_gas,
)


def measured(asked: str, gas: int) -> tuple[int, int, int]:
    """Gas that A has before and after its call of B, and what B sees at its start."""
    text = caller(
        f"  reg before: u64\n  reg seen: u64\n  reg after: u64\n  reg few: u64 = const few\n"
        f"  call.ext left(b, all) -> (seen)\n  gas before\n"
        f"  call.ext left(b, {asked}) -> (seen)\n  gas after\n  ret (before, seen, after)\n",
        [LEFT],
        "const few: u64 = 5000\n",
        "call () -> (u64, u64, u64)",
    )
    before, seen, after = agreed({"A": text, "B": GAUGE}, gas=gas).done.returns
    assert isinstance(before, int) and isinstance(seen, int) and isinstance(after, int)
    program = assemble(text)
    costs = block_costs(program, program.functions[0], SCHEDULE)
    mine, last = costs[2], costs[3]
    callee = assemble(GAUGE)
    entry, rest = block_costs(callee, callee.functions[0], SCHEDULE).values()
    frame = SCHEDULE.frame.register
    assert after == before - mine - frame - entry - rest - last
    return before - mine, seen + frame + entry, after


def test_a_callee_gets_all_but_a_64th() -> None:
    for gas in (PLENTY_ODD, 100_000, 65_536):
        left, given, _ = measured("all", gas)
        assert given == left - left // 64


PLENTY_ODD = (1 << 40) + 12345


def test_a_callee_gets_what_it_is_given() -> None:
    assert measured("few", 100_000)[1] == 5000


def test_what_a_callee_leaves_returns_on_a_trap_too() -> None:
    spent = []
    for stored in (0, 2):
        told = agreed({"A": TRIES, "B": COUNTER, "C": COUNTER}, cells={("B", 0): stored})
        spent.append(told.done.gas_used)
    counter = assemble(COUNTER)
    last = list(block_costs(counter, counter.functions[0], SCHEDULE).values())
    assert spent[0] == spent[1] and len(last) == 1, "the assert stands in the only block"


def test_a_trap_for_want_of_gas_costs_what_was_given() -> None:
    endless = "function up call () -> (u64)\nagain:\n  jmp again\n"
    text = TRIES.replace("try.ext how, up(b, all)", "try.ext how, up(b, few)")
    text = text.replace("  reg all:", "  reg few: u64 = const few\n  reg all:").replace(
        "const all:", "const few: u64 = 777\nconst all:"
    )
    idle = "const one: u64 = 1\nfunction up call () -> (u64)\n  reg one: u64 = const one\n"
    idle += "  ret (one)\n"
    long, short = (agreed({"A": text, "B": b, "C": idle}) for b in (endless, idle))
    assert long.writes == {(b"", 0): Trap.OUT_OF_GAS}
    program = assemble(idle)
    cheap = sum(block_costs(program, program.functions[0], SCHEDULE).values())
    frame = SCHEDULE.frame.register * 1
    link = [SCHEDULE.by_bytes("load", len(encode(assemble(t)))) for t in (endless, idle)]
    assert long.done.gas_used - short.done.gas_used == 777 - cheap - frame + link[0] - link[1]


def test_the_first_call_of_a_contract_costs_its_program() -> None:
    once = caller(f"{OUT}  call.ext left(b, all) -> (out)\n  ret ()\n", [LEFT])
    long = GAUGE + "const unused: bytes = 0x" + "00" * 4096 + "\n"
    long = long.split("const unused")[1].join(["const unused", ""]) + GAUGE
    short_gas, long_gas = (agreed({"A": once, "B": b}).done.gas_used for b in (GAUGE, long))
    sizes = [len(encode(assemble(b))) for b in (GAUGE, long)]
    price = [SCHEDULE.by_bytes("load", size) for size in sizes]
    assert long_gas - short_gas == price[1] - price[0] > 2000


def test_every_amount_of_gas_ends_alike_on_both_engines() -> None:
    ends = set()
    for gas, told in every_gas({"A": TRIES, "B": COUNTER, "C": COUNTER}):
        assert told.done.gas_used <= gas
        if told.done.failure:
            assert not told.done.writes and not told.done.events
        else:
            ends.add(told.writes[b"", 0])
    assert 0 in ends


def test_a_callee_that_runs_dry_can_be_caught() -> None:
    """Found among all amounts of gas: B ran out of its share, and A went on with a 64th."""
    burner = caller(
        f"{OUT}  try.ext how, up(b, all) -> (out)\n  ret (how)\n",
        [UP],
        signature="call () -> (u64)",
    )
    loop = "\n".join("  u64.add n, n, one" for _ in range(3000))
    busy = "const one: u64 = 1\nfunction up call () -> (u64)\n  reg n: u64\n"
    busy += f"  reg one: u64 = const one\n{loop}\n  ret (n)\n"
    texts = {"A": burner, "B": busy}
    enough = agreed(texts).done.gas_used
    ends = [agreed(texts, gas=gas) for gas in range(11_500, enough + 1000, 100)]
    assert {told.done.returns for told in ends} == {(), (Trap.OUT_OF_GAS,), (0,)}


def test_a_program_that_nobody_could_pay_for_is_paid_by_who_calls_it_next() -> None:
    inner = caller(
        OUT + "  call.ext up(c, all) -> (out)\n  ret (out)\n", [UP], "", "call () -> (u64)", "up"
    )
    alone = OUT + "  call.ext up(b, all) -> (out)\n  ret (out)\n"
    alone = caller(alone, [UP], signature="call () -> (u64)")
    enough = agreed({"A": alone, "B": inner, "C": COUNTER}).done.gas_used
    ends = set()
    for few in range(0, enough, enough // 50):
        text = caller(
            f"{OUT}  reg few: u64 = const few\n  try.ext how, up(b, few) -> (out)\n"
            "  call.ext up(c, all) -> (out)\n  ret (how, out)\n",
            [UP],
            f"const few: u64 = {few}\n",
            "call () -> (u64, u64)",
        )
        told = agreed({"A": text, "B": inner, "C": COUNTER})
        asked = told.asked.index("link C") < told.asked.index("read C.0")
        ends.add((asked, told.done.returns))
    assert (True, (int(Trap.OUT_OF_GAS), 1)) in ends and (True, (0, 2)) in ends
