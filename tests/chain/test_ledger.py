"""Money: random blocks against a slow twin that keeps the books in another way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.chain import money, validity
from anhvm.chain.address import contract
from anhvm.chain.ledger import Draft, Ledger, Pot
from anhvm.chain.parameters import Parameters
from anhvm.chain.transaction import Call, Deploy, Payload, Publish, Transaction, Transfer
from anhvm.errors import Bug, Refused
from tests.chain.make import ALICE, BOB, FUNDS, KEYS, PROPOSER, make_genesis, resigned, signed

POOL_BLOCKS = 3
PARAMETERS = Parameters(pool_blocks=POOL_BLOCKS, block_reward=1000, byte_fee=3, reservation_fee=70)
GENESIS = make_genesis(PARAMETERS)
CHAIN = GENESIS.chain_id
CONTRACT = contract(CHAIN, BOB.address, 0)

amounts = st.sampled_from([0, 1, 7, FUNDS // 3, FUNDS, 2**63])
gas = st.tuples(st.sampled_from([0, 1, 999, 10**12]), st.sampled_from([0, 1, 5, 1000]))
actions = st.tuples(
    st.integers(0, len(KEYS) - 1),
    st.sampled_from(["transfer", "deploy", "call", "publish"]),
    st.integers(0, len(KEYS) - 1),
    amounts,
    gas,
)


def make(
    nonce: int, action: tuple[int, str, int, int, tuple[int, int]]
) -> tuple[Transaction, Payload]:
    sender, what, other, value, (limit, price) = action
    fields: dict[str, Any] = {"value": value, "gas_limit": limit, "gas_price": price}
    payload: Payload
    match what:
        case "transfer":
            payload, fields = Transfer(), {"value": value, "target": KEYS[other].address}
        case "publish":
            payload, fields = Publish(bytes(32), 0, 0, b"", ()), {}
        case "deploy":
            payload = Deploy(b"program", b"")
        case _:
            payload = Call("f", b"")
            fields |= {"target": CONTRACT}
    return signed(CHAIN, KEYS[sender], nonce, payload, **fields)[0], payload


@dataclass
class Books:
    """The slow twin: who has what, and every open pool with its day."""

    accounts: dict[bytes, int] = field(default_factory=lambda: {k.address: FUNDS for k in KEYS})
    contracts: dict[bytes, int] = field(default_factory=dict)
    pools: list[tuple[int, bytes, int]] = field(default_factory=list)
    burned: int = 0

    def block(self, height: int, transactions: list[Transaction]) -> None:
        for _, sender, amount in [pool for pool in self.pools if pool[0] == height]:
            self.accounts[sender] += amount
        self.pools = [pool for pool in self.pools if pool[0] != height]
        fees = 0
        for transaction in transactions:
            envelope = transaction.envelope
            fee = transaction.size * 3
            reserve = (envelope.gas_limit * 70 + 999_999) // 1_000_000
            pool = envelope.gas_limit * envelope.gas_price
            self.accounts[envelope.sender] -= fee + reserve + pool + envelope.value
            self.pools.append((height + POOL_BLOCKS, envelope.sender, pool))
            fees += fee // 2
            self.burned += fee - fee // 2 + reserve
            if envelope.target in self.accounts:
                self.accounts[envelope.target] += envelope.value
            elif envelope.value:
                new = contract(CHAIN, envelope.sender, envelope.nonce)
                home = envelope.target or new
                self.contracts[home] = self.contracts.get(home, 0) + envelope.value
        self.accounts[PROPOSER.address] += fees + 1000


@given(st.lists(st.lists(actions, max_size=6), min_size=1, max_size=8))
def test_random_blocks_against_the_slow_twin(
    blocks: list[list[tuple[int, str, int, int, tuple[int, int]]]],
) -> None:
    ledger, books = Ledger.at_genesis(GENESIS), Books()
    for height, block in enumerate(blocks, 1):
        draft = Draft(ledger)
        money.begin(draft)
        included = []
        for action in block:
            sender = KEYS[action[0]].address
            transaction, _ = make(draft.nonce(sender), action)
            before = dict(draft.pots), dict(draft.nonces), list(draft.opened)
            try:
                validity.admit(draft, transaction, CHAIN)
            except Refused:
                assert (draft.pots, draft.nonces, draft.opened) == before
                continue
            included.append(transaction)
        money.finish(draft, PROPOSER.address)
        ledger.accept(draft)
        books.block(height, included)
        assert sum(ledger.pots.values()) == len(KEYS) * FUNDS + 1000 * height == ledger.issued
        assert {key.address: ledger.balance(key.address) for key in KEYS} == books.accounts
        assert all(ledger.pool(home) == held for home, held in books.contracts.items())
        assert sum(pool for _, _, pool in books.pools) == sum(
            amount for pot, amount in ledger.pots.items() if pot[0] == Pot.GAS
        )
        assert ledger.burned == books.burned
        assert Pot.FEES.of() not in ledger.pots and 0 not in ledger.pots.values()


def run(ledger: Ledger, *transactions: Transaction) -> None:
    draft = Draft(ledger)
    money.begin(draft)
    for transaction in transactions:
        validity.admit(draft, transaction, CHAIN)
    money.finish(draft, PROPOSER.address)
    ledger.accept(draft)


def test_a_gas_pool_returns_whole_on_its_day() -> None:
    ledger = Ledger.at_genesis(GENESIS)
    call, _ = make(0, (1, "call", 0, 5, (10**6, 10)))
    run(ledger, call)
    spent = FUNDS - call.size * 3 - 70 - 5
    for _ in range(POOL_BLOCKS):
        assert ledger.balance(ALICE.address) == spent - 10**7
        assert ledger.gas_pool(call.id) == 10**7
        run(ledger)
    assert ledger.balance(ALICE.address) == spent
    assert ledger.gas_pool(call.id) == 0 and ledger.pool(CONTRACT) == 5
    run(ledger)
    assert ledger.balance(ALICE.address) == spent


def test_reward_and_fees_are_spendable_from_the_next_block() -> None:
    ledger = Ledger.at_genesis(GENESIS)
    transfer, _ = signed(CHAIN, PROPOSER, 0, value=FUNDS - 1000)
    cost = money.charges(transfer, PARAMETERS)
    assert cost.total == transfer.size * 3 + FUNDS - 1000
    run(ledger, transfer)
    held = ledger.balance(PROPOSER.address)
    assert held == 2000 - transfer.size * 3 + transfer.size * 3 // 2
    too_much, _ = signed(CHAIN, PROPOSER, 1, value=held)
    with pytest.raises(Refused) as caught:
        run(ledger, too_much)
    assert caught.value.code == "transaction.funds"
    assert ledger.height == 1
    run(ledger)
    run(ledger, too_much)


def test_received_money_is_spendable_in_the_same_block() -> None:
    ledger = Ledger.at_genesis(GENESIS)
    gift, _ = signed(CHAIN, ALICE, 0, value=FUNDS // 2)
    passed_on, _ = signed(CHAIN, BOB, 0, value=FUNDS + FUNDS // 4, target=KEYS[4].address)
    with pytest.raises(Refused):
        run(Ledger.at_genesis(GENESIS), passed_on)
    run(ledger, gift, passed_on)
    assert ledger.balance(KEYS[4].address) == 2 * FUNDS + FUNDS // 4


def test_a_transfer_to_oneself_costs_its_fee_only() -> None:
    ledger = Ledger.at_genesis(GENESIS)
    own, _ = signed(CHAIN, ALICE, 0, value=5, target=ALICE.address)
    run(ledger, own)
    assert ledger.balance(ALICE.address) == FUNDS - own.size * 3


def test_products_are_checked() -> None:
    call, _ = signed(CHAIN, ALICE, 0, Call("f", b""), target=CONTRACT)
    for limit, price in ((10**12, 2**64 - 1), (2**32, 2**32)):
        huge = resigned(call, ALICE, gas_limit=limit, gas_price=price)
        with pytest.raises(Refused) as caught:
            run(Ledger.at_genesis(GENESIS), huge)
        assert caught.value.code == "transaction.overflow"


def test_the_audit_finds_a_wrong_amount() -> None:
    ledger = Ledger.at_genesis(GENESIS)
    pot = Pot.ACCOUNT.of(ALICE.address)
    ledger.pots[pot] += 1
    with pytest.raises(Bug):
        ledger.audit()
    ledger.pots[pot] -= 1
    ledger.audit()
    draft = Draft(ledger)
    draft.pots[pot] = 0
    with pytest.raises(Bug):
        ledger.accept(draft)
    with pytest.raises(Bug):
        draft.move(pot, Pot.BURNED.of(), 1)
    with pytest.raises(Bug):
        draft.move(Pot.BURNED.of(), pot, -1)


def test_issuing_stops_at_64_bits() -> None:
    ledger = Ledger.at_genesis(GENESIS)
    draft = Draft(ledger)
    draft.mint(Pot.BURNED.of(), 2**64)
    assert draft.issued == 2**64 - 1
    ledger.accept(draft)
