"""The programs in our own language, on the C core, with gas.

Storage that a run asks for is answered by the host, as the chain does: the first touch of each
account is part of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from anhvm.api import compile_source
from anhvm.benches.engines import measure_with
from anhvm.benches.timing import Timer
from anhvm.benches.vm_cases import ACCOUNTS, BALANCE, BY_KEY, DIGITS, FUNDS, NUMBERS
from anhvm.program.engine import Callee, Done, Env, Need, Outcome, Run
from anhvm.runtime.engines import make_engine

_GAS = 1 << 60
_ENV = Env(sender=bytes(33), self=b"bench")
"""The sender's address is that of the other contract."""
_ECHO = """
contract Echo:
    @view
    def same(n: u64) -> u64:
        return n
"""
_SOURCE = f"""
interface Echo:
    @view
    def same(n: u64) -> u64

contract Bench:
    balances: map[u64, u64]

    event Paid(who: u64, amount: u64)

    def same(n: u64) -> u64:
        return n

    @view
    def empty() -> u64:
        return 0

    @view
    def squares(n: u64, m: u64) -> u64:
        total = 0
        for i in range(n):
            total += i * i % m
        return total

    @view
    def fibonacci(n: u64) -> u64:
        last = 0
        for k in range(n):
            a = 0
            b = 1
            for i in range({DIGITS}):
                a, b = b, a + b
            last = a
        return last

    @view
    def sieve(n: u64) -> u64:
        found = 0
        for k in range(n):
            composite: i32[{NUMBERS}] = zeros()
            found = 0
            for i in range(2, {NUMBERS}):
                if composite[i] == 0:
                    found += 1
                    j = i * i
                    while j < {NUMBERS}:
                        composite[j] = 1
                        j += i
        return found

    @view
    def moves(n: u64) -> i32:
        balances: i32[{ACCOUNTS}] = full({FUNDS})
        for i in range(n):
            payer = i % {ACCOUNTS}
            payee = (i * 7 + 1) % {ACCOUNTS}
            assert balances[payer] >= 1, "too little money"
            balances[payer] -= 1
            balances[payee] += 1
        return balances[n % {ACCOUNTS}]

    @view
    def calls(n: u64) -> u64:
        last = 0
        for i in range(n):
            last = same(i)
        return last

    @view
    def asks(n: u64) -> u64:
        last = 0
        for i in range(n):
            last = Echo(msg.sender).same(i)
        return last

    @call
    def transfers(n: u64):
        for i in range(n):
            payer = i % {ACCOUNTS}
            payee = (i * 7 + 1) % {ACCOUNTS}
            assert self.balances[payer] >= 1, "too little money"
            self.balances[payer] -= 1
            self.balances[payee] += 1

    @call
    def events(n: u64):
        for i in range(n):
            emit Paid(i, 1)
"""


class Engine:
    """The programs, loaded; `run` runs one."""

    def __init__(self) -> None:
        contract = compile_source(_SOURCE)
        engine = make_engine("core", 1)
        loaded = engine.load(contract.encoded)
        self._echo = engine.load(compile_source(_ECHO).encoded)
        self._entries = {
            f.name: engine.entry(loaded, f.index, _ENV, permits=True)
            for f in contract.abi.functions
        }
        self.last: Done

    def run(self, function: str, *args: int) -> int | None:
        """Runs a function; what it returns."""
        self.last = done = self._entries[function].call(args, _GAS, self._answer)
        assert done.failure is None, done
        return int(done.returns[0]) if done.returns else None

    def call(self, function: str, *args: int) -> Callable[[], object]:
        """The call of a function, and the making of what it wrote."""
        whole = partial(self._entries[function].call, args, _GAS, self._answer)
        return (lambda: tuple(whole().writes)) if function == "transfers" else whole

    def _answer(self, run: Run, need: Need | Callee) -> Outcome:
        return run.link(self._echo) if isinstance(need, Callee) else run.provide(BALANCE)

    def balances(self) -> dict[int, int]:
        """What each account holds after the last run, if it was one of transfers."""
        return {int.from_bytes(cell.path, "big"): int(held) for cell, held in self.last.writes}


def measure(keys: Sequence[str], timer: Timer) -> dict[str, float]:
    """Seconds of each case; see `sides`."""
    return measure_with(Engine().call, tuple(BY_KEY[key].function for key in keys), keys, timer)
