"""`Session`: a chain folder to send to, to produce blocks on, and to ask.

Sending and producing execute nothing, with one exception that is asked for by leaving out the gas
limit: a *dry run* on this machine, which finds the gas limit and the cells to list.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from anhvm.chain import address, genesis
from anhvm.chain.interface import address_of, cell_of, exported, trapped
from anhvm.chain.keys import Key
from anhvm.chain.lazy.answers import Answers
from anhvm.chain.lazy.bound import Bound
from anhvm.chain.lazy.evaluate import Meter
from anhvm.chain.lazy.index import Entry
from anhvm.chain.lazy.plan import Plan
from anhvm.chain.lazy.receipt import Receipt, Status
from anhvm.chain.node import Chain, Produced
from anhvm.chain.outbox import Outbox
from anhvm.chain.parameters import Parameters
from anhvm.chain.transaction import Transaction
from anhvm.chain.values import BlobTensor
from anhvm.isa import schedule
from anhvm.program.abi import Abi, Function, load
from anhvm.program.engine import Engine, Value
from anhvm.runtime.codec import Codec, bind
from anhvm.runtime.engines import make_engine

SUPPLY = 10**18
VIEW_GAS = 10**12
"""Gas limit of the run of a question itself; what it depends on has limits of its own."""


@dataclass(frozen=True)
class Answer:
    """The value of a question, and what it took to know it.

    `gas_used` is that of the question's own run; `gas_spent` and `executed` count the transactions
    that were executed now.
    """

    value: object
    gas_used: int
    gas_spent: int
    executed: int
    seconds: float


@dataclass(frozen=True)
class Result:
    """What one transaction gave: its receipt, and its values as the ABI reads them.

    `credit` is the part of the gas fee that comes back, in the smallest unit of money.
    """

    transaction: Transaction
    entry: Entry
    receipt: Receipt
    value: object
    events: tuple[tuple[str, dict[str, object]], ...]
    credit: int


class Session:
    """An open chain folder with a machine.  Use it as a context manager, or call `close`."""

    def __init__(self, chain: Chain, engine: Engine | None = None, threads: int = 1) -> None:
        self.chain = chain
        self.engine = engine or make_engine("core", threads)
        self.answers = Answers(chain, self.engine, schedule.load())
        self.outbox = Outbox(chain, self.answers)

    @classmethod
    def create(
        cls,
        folder: Path | str,
        key: Key,
        *,
        name: str = "local",
        balances: dict[bytes, int] | None = None,
        parameters: Parameters | None = None,
        engine: Engine | None = None,
        threads: int = 1,
    ) -> Session:
        """A new chain in `folder` with one proposer, `key`, who holds `SUPPLY` unless `balances`
        says otherwise.  ChainError ``store.exists``, ``store.disk``."""
        now = time.time_ns() // 1_000_000
        shares = balances or {key.address: SUPPLY}
        start = genesis.make(name, now, (key.address,), shares, parameters)
        return cls(Chain.create(Path(folder), start), engine, threads)

    @classmethod
    def open(cls, folder: Path | str, *, engine: Engine | None = None, threads: int = 1) -> Session:
        """The chain in `folder`.  ChainError ``store.missing``, ``.version``, ``.corrupt``."""
        return cls(Chain.open(Path(folder)), engine, threads)

    def close(self) -> None:
        self.chain.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Sending

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Everything sent inside goes out together, in one durable commit, or not at all."""
        with self.outbox.batch():
            yield

    def transfer(self, key: Key, to: bytes | str, amount: int) -> bytes:
        """Send money; returns the transaction's id.  Refused ``transaction.*``."""
        return self.outbox.transfer(key, address_of(to), amount)

    def publish(self, key: Key, data: bytes | np.ndarray) -> BlobTensor | bytes:
        """Publish bytes or a tensor; returns what to pass as an argument: for an array a
        reference to it, for bytes the blob's digest.  UserError ``publish.tensor``; Refused
        ``transaction.*``."""
        return self.outbox.publish(key, data)

    def deploy(
        self,
        key: Key,
        program: bytes,
        *args: object,
        value: int = 0,
        gas_limit: int | None = None,
        gas_price: int = 1,
        **named: object,
    ) -> tuple[bytes, bytes]:
        """Deploy an encoded program; `args` go to its @init.  Returns (transaction id, contract).

        UserError ``argument.*``, ``call.traps``; Refused ``transaction.*``.
        """
        return self.outbox.deploy(key, program, args, named, value, gas_limit, gas_price)

    def call(
        self,
        key: Key,
        contract: bytes | str,
        function: str,
        *args: object,
        value: int = 0,
        gas_limit: int | None = None,
        gas_price: int = 1,
        **named: object,
    ) -> bytes:
        """Call a @call function; returns the transaction's id.

        Without `gas_limit` a dry run finds it, with the cells to list; with it, nothing is
        executed unless bytes alone do not determine the cells.  UserError ``argument.*``,
        ``contract.unknown``, ``function.unknown``, ``call.traps``; Refused ``transaction.*``.
        """
        target = address_of(contract)
        return self.outbox.call(key, target, function, args, named, value, gas_limit, gas_price)

    def produce(self, key: Key) -> list[Produced]:
        """Blocks of everything that waits, at least one, each with what it had to leave out.

        Refused ``block.proposer``; ChainError ``store.*``.
        """
        return list(self.chain.produce_all(key))

    # Asking

    def query(
        self,
        contract: bytes | str,
        function: str,
        *args: object,
        sender: bytes = b"",
        budget: int | None = None,
        progress: Callable[[int], None] = lambda gas: None,
        **named: object,
    ) -> Answer:
        """Run a function on the state after all blocks, executing only what it depends on.

        `progress` is called with the gas of each execution; `budget` limits their sum.
        UserError ``query.trap``; CannotAnswer ``lazy.budget``, ``chain.*``.
        """
        began = time.perf_counter()
        plan, abi, entry = self._question(contract, function, args, named, sender)
        meter = Meter(budget, progress)
        receipt = self.answers.view(plan, meter)
        if receipt.status != Status.OK:
            raise trapped("query.trap", receipt)
        value = Codec(abi).read(entry.returns, receipt.returns)
        spent, executed = meter.spent - receipt.gas_used, meter.executed - 1
        return Answer(value, receipt.gas_used, spent, executed, time.perf_counter() - began)

    def field(self, contract: bytes | str, name: str, *keys: Value) -> Value:
        """What a field holds after all blocks: ``"net.w1"``, or with its keys a map's cell.

        UserError ``field.unknown``, ``field.keys``; CannotAnswer ``chain.*``.
        """
        target = address_of(contract)
        _, program = self.answers.contract(target)
        return self.answers.cell(cell_of(program, target, name, keys))

    def cost(
        self,
        contract: bytes | str,
        function: str,
        *args: object,
        here: bool = False,
        **named: object,
    ) -> Bound:
        """Cost-to-know of a query, without its own run; `here` subtracts receipts."""
        plan, _, _ = self._question(contract, function, args, named, b"")
        return self.answers.cost_of_view(plan, here=here)

    def cost_of(self, transaction: bytes, *, here: bool = False) -> Bound:
        """Cost-to-know of a transaction's receipt.  UserError ``transaction.unknown``."""
        return self.answers.cost_of_receipts([self.answers.position(transaction)], here=here)

    def cost_of_credit(self, account: bytes | str, *, here: bool = False) -> Bound:
        """Cost-to-know of all that an account is owed: the receipts of what it sent."""
        sent = self.answers.sent_by(address_of(account))
        return self.answers.cost_of_receipts(sent, here=here)

    def receipt(
        self,
        transaction: bytes,
        *,
        budget: int | None = None,
        progress: Callable[[int], None] = lambda gas: None,
    ) -> Result:
        """The result of a transaction, executed now if it has to be.

        UserError ``transaction.unknown``; CannotAnswer ``lazy.budget``, ``chain.*``.
        """
        position = self.answers.position(transaction)
        entry = self.answers.entry(position)
        receipt = self.answers.receipt(position, Meter(budget, progress))
        sent = self.answers.index.transaction(position)
        credit = (sent.envelope.gas_limit - receipt.gas_used) * sent.envelope.gas_price
        if receipt.status == Status.STILLBORN or not entry.runs:
            return Result(sent, entry, receipt, None, (), credit)
        plan = self.answers.index.plan(position)
        abi = load(plan.program.abi)
        codec = Codec(abi)
        function = next((f for f in abi.functions if f.index == plan.function), None)
        value = None
        if function and receipt.status == Status.OK:
            value = codec.read(function.returns, receipt.returns)
        own = {b"": codec, plan.contract: codec}
        for where in {event.contract for event in receipt.events} - set(own):
            own[where] = Codec(self.abi(where))
        events = tuple(own[event.contract].event(event) for event in receipt.events)
        return Result(sent, entry, receipt, value, events, credit)

    def balance(self, account: bytes | str) -> int:
        """The zero-cost balance of an account, in the smallest unit of money."""
        self.chain.refresh()
        return self.chain.ledger.balance(address_of(account))

    def abi(self, contract: bytes | str) -> Abi:
        """The interface of a contract.  UserError ``contract.unknown``."""
        return load(self.answers.contract(address_of(contract))[1].abi)

    def _question(
        self,
        contract: bytes | str,
        name: str,
        args: tuple[object, ...],
        named: dict[str, object],
        sender: bytes,
    ) -> tuple[Plan, Abi, Function]:
        target = address_of(contract)
        abi = self.abi(target)
        function = exported(abi, name)
        codec = Codec(abi, address.parse, (BlobTensor,))
        values = codec.leaves(function, bind(function, args, named))
        leaves = tuple(value for _, value in values)
        return (
            self.answers.question(target, function.index, leaves, sender, VIEW_GAS),
            abi,
            function,
        )
