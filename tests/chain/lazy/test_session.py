"""A chain folder from outside: send, produce, ask; what is stillborn; what bytes do not show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from anhvm.api import compile_source
from anhvm.chain.keys import Key
from anhvm.chain.lazy.index import Fate
from anhvm.chain.lazy.receipt import Status
from anhvm.chain.node import Chain
from anhvm.chain.session import Session
from anhvm.chain.tensors import DType
from anhvm.chain.transaction import Call, Deploy, Transaction, envelope_for
from anhvm.chain.values import BlobTensor, encode_arguments
from anhvm.errors import CannotAnswer, UserError
from anhvm.isa.traps import Trap

SOURCE = """contract Store:
    owner: address
    last: u64
    total: f32
    m: map[u64, u64]

    @init
    def setup(first: u64):
        self.owner = msg.sender
        self.last = first

    @call
    def put(k: u64, v: u64):
        self.m[k] = v
        self.last = k

    @call
    def again(v: u64):
        self.m[self.last] = v

    @call
    def add(x: f32[N]):
        self.total += sum(x)

    @call
    def fail():
        assert False, "always"

    @view
    def at(k: u64) -> u64:
        return self.m[k]

    @view
    def sum_of() -> f32:
        return self.total
"""


@pytest.fixture
def key() -> Key:
    return Key.generate()


@pytest.fixture
def session(tmp_path: Path, key: Key) -> Iterator[Session]:
    with Session.create(tmp_path / "chain", key, threads=1) as session:
        yield session


@pytest.fixture
def contract(session: Session, key: Key) -> bytes:
    _, contract = session.deploy(key, compile_source(SOURCE).encoded, 3, gas_limit=100_000)
    session.produce(key)
    return contract


def test_producing_executes_nothing(session: Session, key: Key, contract: bytes) -> None:
    for number in range(30):
        session.call(key, contract, "put", number, number, gas_limit=100_000)
        session.transfer(key, key.address, 1)
    session.produce(key)
    assert session.engine.executions == 0
    answer = session.query(contract, "at", 7)
    assert (answer.value, answer.executed) == (7, 2), "the deployment and one call"
    assert session.query(contract, "at", 7).executed == 0


def test_the_dry_run_lists_what_bytes_do_not_show(
    session: Session, key: Key, contract: bytes
) -> None:
    session.call(key, contract, "put", 5, 1, gas_limit=100_000)
    session.produce(key)
    sent = session.call(key, contract, "again", 9)
    session.produce(key)
    listed = session.receipt(sent).transaction.envelope.cells
    assert len(listed) == 1 and listed[0].write
    assert session.query(contract, "at", 5).value == 9


def test_an_unlisted_cell_aborts(session: Session, key: Key, contract: bytes) -> None:
    session.call(key, contract, "put", 5, 1, gas_limit=100_000)
    session.produce(key)
    sent = session.call(key, contract, "again", 9)  # lists m[5]
    session.call(key, contract, "put", 6, 1, gas_limit=100_000)
    session.produce(key)
    early = session.receipt(sent)
    assert early.receipt.status == Status.OK
    # The same call again, with the stale list, when `last` is 6.
    stale = early.transaction.envelope.cells
    envelope, payload = envelope_for(
        Call("again", encode_arguments([np.uint64(9)])),
        chain=session.chain.chain_id,
        sender=key.address,
        nonce=session.chain.next_nonce(key.address),
        expiry=session.chain.height + 10,
        target=contract,
        gas_limit=100_000,
        gas_price=1,
        cells=stale,
    )
    late = session.chain.submit(Transaction(envelope, key.sign(envelope.message)), payload)
    session.produce(key)
    receipt = session.receipt(late).receipt
    assert (receipt.status, receipt.trap) == (Status.TRAPPED, Trap.UNLISTED)
    assert session.query(contract, "at", 6).value == 1


def send_raw(
    session: Session, key: Key, payload: Call | Deploy, target: bytes, **more: object
) -> bytes:
    envelope, data = envelope_for(
        payload,
        chain=session.chain.chain_id,
        sender=key.address,
        nonce=session.chain.next_nonce(key.address),
        expiry=session.chain.height + 10,
        target=target,
        gas_limit=1000,
        gas_price=2,
        **more,  # type: ignore[arg-type]
    )
    return session.chain.submit(Transaction(envelope, key.sign(envelope.message)), data)


def test_what_bytes_show_to_be_without_effect_is_stillborn(
    session: Session, key: Key, contract: bytes
) -> None:
    good = encode_arguments([np.uint64(1), np.uint64(2)])
    blob = BlobTensor(b"b" * 32, DType.F32, (4,))
    nobody = bytes([2]) * 33
    cases: dict[str, tuple[Call | Deploy, bytes]] = {
        "call.contract": (Call("put", good), nobody),
        "call.function": (Call("puts", good), contract),
        "call.function ": (Call("at", encode_arguments([np.uint64(1)])), contract),
        "call.arguments": (Call("put", encode_arguments([np.uint64(1)])), contract),
        "call.arguments ": (Call("put", encode_arguments([np.int64(1), np.uint64(1)])), contract),
        "arguments.encoding": (Call("put", good[:-1]), contract),
        "call.blob": (Call("add", encode_arguments([blob])), contract),
        "deploy.program": (Deploy(b"no program", encode_arguments([])), b""),
    }
    before = session.balance(key.address)
    sent = {code: send_raw(session, key, *case) for code, case in cases.items()}
    session.produce(key)
    for code, transaction in sent.items():
        result = session.receipt(transaction)
        assert result.entry.fate == Fate.STILLBORN, code
        assert result.entry.code == code.strip(), result.entry
        assert result.receipt.status == Status.STILLBORN
        assert (result.receipt.gas_used, result.credit) == (0, 2000)
    assert session.engine.executions == 0
    assert session.balance(key.address) != before, "it is paid all the same"


def test_blobs_come_as_arguments(session: Session, key: Key, contract: bytes) -> None:
    data = np.arange(40_000, dtype=np.float32)
    reference = session.publish(key, data)
    session.produce(key)
    session.call(key, contract, "add", reference)
    session.produce(key)
    assert session.query(contract, "sum_of").value == np.float32(data.sum(dtype=np.float64))
    unpublished = BlobTensor(b"c" * 32, DType.F32, (4,))
    with pytest.raises((CannotAnswer, UserError)):
        session.call(key, contract, "add", unpublished)


def test_a_rebuilt_folder_gives_the_same(
    tmp_path: Path, session: Session, key: Key, contract: bytes
) -> None:
    sent = [session.call(key, contract, "put", n % 3, n, gas_limit=100_000) for n in range(9)]
    session.produce(key)
    first = [session.receipt(transaction).receipt for transaction in sent]
    session.close()
    with Chain.open(tmp_path / "chain", fresh=True):
        pass
    with Session.open(tmp_path / "chain", threads=1) as again:
        assert [again.receipt(transaction).receipt for transaction in sent] == first
        assert again.query(contract, "at", 2).value == 8


def test_user_errors_have_a_next_step(session: Session, key: Key, contract: bytes) -> None:
    faults: dict[str, Callable[[], object]] = {
        "function.unknown": lambda: session.call(key, contract, "putt", 1, 2),
        "argument.missing": lambda: session.call(key, contract, "put", 1),
        "argument.type": lambda: session.call(key, contract, "put", 1, "two"),
        "call.traps": lambda: session.call(key, contract, "fail"),
        "contract.unknown": lambda: session.query(bytes([2]) * 33, "at", 1),
        "transaction.unknown": lambda: session.receipt(b"x" * 32),
        "field.unknown": lambda: session.field(contract, "lost"),
        "publish.tensor": lambda: session.publish(key, np.zeros(3)),
        "publish.tensor ": lambda: session.publish(key, np.zeros((), np.float32)),
        "query.trap": lambda: session.query(contract, "fail"),
    }
    for code, act in faults.items():
        with pytest.raises(UserError) as caught:
            act()
        assert caught.value.code == code.strip()
        assert caught.value.hint
    with pytest.raises(UserError) as caught:
        session.field(contract, "lasst")
    assert caught.value.hint == "did you mean last?"


def test_credit_and_cost(session: Session, key: Key, contract: bytes) -> None:
    sent = session.call(key, contract, "put", 1, 2, gas_limit=50_000, gas_price=3)
    session.produce(key)
    bound = session.cost_of(sent)
    assert bound.least.transactions >= 1 and bound.most.gas == 150_000
    result = session.receipt(sent)
    assert result.credit == 3 * (50_000 - result.receipt.gas_used)
    known = session.cost_of(sent)
    assert known.least == known.most
    assert session.cost_of(sent, here=True).most.gas == 0
    assert session.cost_of_credit(key.address).most.transactions == 2
