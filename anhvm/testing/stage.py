"""The chain of one test: contracts with their storage, who sends, and what the calls cost."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from anhvm.chain import address
from anhvm.program.abi import Function
from anhvm.program.engine import Cell, Done, Env, Failure, Value
from anhvm.runtime.machine import DEFAULT_GAS, Contract
from anhvm.runtime.names import Place, place
from anhvm.runtime.trace import Trace

OWNER: Final = "owner"
"""Who sends where a test does not say."""


class Failed(Exception):
    """A test failed: what went wrong, and where inside a contract if it was there."""

    def __init__(self, message: str, inner: Place | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.inner = inner


class Skipped(Exception):
    """The case is none: `assume` did not hold."""


@dataclass(frozen=True)
class Spent:
    """One call: its function, its gas, whether it trapped, and its trace if one was kept."""

    contract: str
    function: str
    gas: int
    trapped: bool
    trace: Trace | None


@dataclass
class Stage:
    """Contracts by the names of their modules; `traced` gives the trace of the last run.

    `cells` name their contracts by address; `names` are the accounts that were mentioned.
    """

    contracts: dict[str, Contract]
    traced: Callable[[], Trace | None]
    cells: dict[Cell, Value] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)
    env: Env = field(default_factory=Env)
    names: dict[bytes, str] = field(default_factory=dict)
    expected: str | None = None
    last: Done | None = None
    last_contract: str = ""
    spent: list[Spent] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.env.sender:
            self.env = replace(self.env, sender=self.account(OWNER))

    def fork(self) -> Stage:
        """The same chain, to go on from alone; what was spent stays behind."""
        cells, names = dict(self.cells), dict(self.names)
        return replace(self, cells=cells, alive=set(self.alive), names=names, spent=[])

    def account(self, name: str) -> bytes:
        who = address.account(hashlib.sha256(f"anhvm test account {name}".encode()).digest())
        self.names[who] = name
        return who

    def contract_address(self, name: str) -> bytes:
        if name not in self.contracts:
            raise Failed(f"no contract is imported as '{name}'")
        return address.contract(
            b"anhvm test", self.account(OWNER), list(self.contracts).index(name)
        )

    def call(self, name: str, function: Function, values: Sequence[Value]) -> tuple[Value, ...]:
        """One transaction.  Failed where it does what the test does not expect."""
        contract = self.contracts[name]
        init = _init(contract)
        if init is not None and name not in self.alive and function != init:
            raise Failed(f"{contract.abi.contract} is not deployed: call {name}.{init.name} first")
        if function.kind == "init" and name in self.alive:
            raise Failed(f"{contract.abi.contract} is deployed already")
        own = self.contract_address(name)
        cells = {
            Cell(cell.field, cell.path) if cell.contract == own else cell: value
            for cell, value in self.cells.items()
        }
        env = replace(self.env, self=own)
        done = contract.drive(function.index, values, env, DEFAULT_GAS, cells, self._others(name))
        self.env = replace(self.env, value=0)
        self.last, self.last_contract = done, name
        trapped = done.failure is not None
        self.spent.append(
            Spent(contract.abi.contract, function.name, done.gas_used, trapped, self.traced())
        )
        self._judge(contract, function, done)
        for cell, value in done.writes:
            self.cells[Cell(cell.field, cell.path, cell.contract or own)] = value
        if function.kind == "init" and not trapped:
            self.alive.add(name)
        return done.returns

    def _judge(self, contract: Contract, function: Function, done: Done) -> None:
        """Holds the end of a call against what the test expects."""
        expected, self.expected = self.expected, None
        called = f"{contract.abi.contract}.{function.name}"
        if done.failure is None:
            if expected is not None:
                wanted = f": '{expected}' is expected" if expected else ""
                raise Failed(f"{called} did not trap{wanted}")
            return
        said = told(done.failure)
        failed = self._others("").get(done.failure.contract, contract)
        inner = place(failed.program, done.failure)
        if expected is None:
            raise Failed(f"{called} trapped with {said}", inner)
        if expected not in said:
            raise Failed(f"{called} trapped with {said}; '{expected}' is expected", inner)

    def _others(self, name: str) -> dict[bytes, Contract]:
        """The contracts that can be called from the one of that name, by address."""
        return {
            self.contract_address(other): contract
            for other, contract in self.contracts.items()
            if other != name and (other in self.alive or _init(contract) is None)
        }

    def emitted(self, event: str) -> int:
        """Events of that name in the last call, of whatever contract."""
        if all(e.name != event for c in self.contracts.values() for e in c.abi.events):
            raise Failed(f"no contract here has an event '{event}'")
        if self.last is None:
            return 0
        found = self._others("") | {b"": self.contracts[self.last_contract]}
        return sum(found[e.contract].abi.events[e.index].name == event for e in self.last.events)


def _init(contract: Contract) -> Function | None:
    return next((f for f in contract.abi.functions if f.kind == "init"), None)


def told(failure: Failure) -> str:
    """``ASSERT: not enough``."""
    return failure.trap.name + (f": {failure.message}" if failure.message else "")
