"""Every rule of an envelope and of a block, broken one at a time."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anhvm.chain import genesis as genesis_
from anhvm.chain import validity
from anhvm.chain.address import contract
from anhvm.chain.block import Block, Header, Versions, decode_block, transactions_root
from anhvm.chain.keys import Key
from anhvm.chain.ledger import Draft, Ledger
from anhvm.chain.ordering import Evidence, RoundRobin
from anhvm.chain.parameters import Parameters
from anhvm.chain.transaction import Call, Kind, ListedCell, Publish, Transaction
from anhvm.errors import Refused
from tests.chain.make import ALICE, BOB, KEYS, PROPOSER, TIME, make_genesis, resigned, signed

GENESIS = make_genesis()
CHAIN = GENESIS.chain_id
ORDERING = RoundRobin(GENESIS.proposers)
CONTRACT = contract(CHAIN, BOB.address, 0)
TRANSFER, _ = signed(CHAIN, ALICE, 0)
CALL, _ = signed(CHAIN, ALICE, 0, Call("f", b""), target=CONTRACT, gas_limit=9, gas_price=2)
PUBLISH, _ = signed(CHAIN, ALICE, 0, Publish(bytes(32), 0, 0, b"", ()))
CELL = ListedCell(CONTRACT, 1, b"", True)
LATER = ListedCell(CONTRACT, 2, b"", True)

BROKEN: list[tuple[Transaction, dict[str, Any], str]] = [
    (TRANSFER, {"version": 2}, "version"),
    (TRANSFER, {"kind": 0}, "kind"),
    (TRANSFER, {"kind": 5}, "kind"),
    (TRANSFER, {"chain": bytes(32)}, "chain"),
    (TRANSFER, {"sender": CONTRACT}, "sender"),
    (TRANSFER, {"sender": b"\x00" + ALICE.public}, "sender"),
    (TRANSFER, {"target": CONTRACT}, "target"),
    (TRANSFER, {"target": b""}, "target"),
    (TRANSFER, {"target": BOB.address[:-1]}, "target"),
    (TRANSFER, {"gas_limit": 1}, "gas"),
    (TRANSFER, {"gas_price": 1}, "gas"),
    (TRANSFER, {"cells": (CELL,)}, "listed"),
    (TRANSFER, {"blobs": (bytes(32),)}, "listed"),
    (TRANSFER, {"nonce": 1}, "nonce"),
    (TRANSFER, {"nonce": 2**64 - 1}, "nonce"),
    (TRANSFER, {"expiry": 0}, "expiry"),
    (TRANSFER, {"expiry": 10_002}, "expiry"),
    (TRANSFER, {"value": 10**15}, "funds"),
    (TRANSFER, {"value": 2**64 - 1}, "overflow"),
    (TRANSFER, {"payload_length": 2**20 + 1}, "payload"),
    (CALL, {"target": BOB.address}, "target"),
    (CALL, {"target": b""}, "target"),
    (CALL, {"gas_limit": 10**12 + 1}, "gas"),
    (CALL, {"gas_price": 10**15}, "funds"),
    (CALL, {"cells": (LATER, CELL)}, "listed"),
    (CALL, {"cells": (CELL, CELL)}, "listed"),
    (CALL, {"cells": (msgspec.structs.replace(CELL, write=False), CELL)}, "listed"),
    (CALL, {"cells": (ListedCell(BOB.address, 0, b"", True),)}, "listed"),
    (CALL, {"blobs": (b"b" * 32, b"a" * 32)}, "listed"),
    (CALL, {"blobs": (b"b" * 32, b"b" * 32)}, "listed"),
    (CALL, {"kind": Kind.DEPLOY}, "target"),
    (PUBLISH, {"target": BOB.address}, "target"),
    (PUBLISH, {"value": 1}, "value"),
    (PUBLISH, {"gas_limit": 1}, "gas"),
]


def block_of(*transactions: Transaction, key: Key = PROPOSER, **changes: Any) -> Block:
    fields: dict[str, Any] = {
        "version": 1,
        "chain": CHAIN,
        "height": 1,
        "parent": CHAIN,
        "proposer": key.address,
        "time": TIME + 1,
        "transactions_root": transactions_root(transactions),
        "versions": Versions(),
    }
    header = Header(**(fields | changes))
    return Block(header, key.sign(header.message), transactions)


def check(block: Block, parameters: Parameters | None = None) -> Draft:
    genesis = make_genesis(parameters) if parameters else GENESIS
    return validity.draft_block(Ledger.at_genesis(genesis), None, block, ORDERING, genesis)


def code_of(block: Block) -> str:
    with pytest.raises(Refused) as caught:
        check(block)
    assert caught.value.hint and caught.value.exit_code == 5
    return caught.value.code


def test_a_good_block() -> None:
    one, _ = signed(CHAIN, ALICE, 1, expiry=10_001)
    assert check(block_of(CALL, one)).height == 1
    listed = resigned(CALL, ALICE, cells=(CELL, LATER), blobs=(b"a" * 32, b"b" * 32))
    assert check(block_of(listed)).nonce(ALICE.address) == 1
    assert check(block_of()).height == 1
    assert check(block_of(PUBLISH, resigned(TRANSFER, ALICE, nonce=1, expiry=1)))


@pytest.mark.parametrize(("base", "changes", "code"), BROKEN)
def test_one_bad_envelope_refuses_the_block(
    base: Transaction, changes: dict[str, Any], code: str
) -> None:
    bad = resigned(base, ALICE, **changes)
    good, _ = signed(CHAIN, KEYS[4], 0)
    assert code_of(block_of(good, bad)) == f"transaction.{code}"


def test_signatures() -> None:
    good, _ = signed(CHAIN, BOB, 0)
    for signature in (bytes(64), good.signature, BOB.sign(TRANSFER.envelope.message)):
        forged = Transaction(TRANSFER.envelope, signature)
        assert code_of(block_of(good, forged)) == "transaction.signature"
    unsigned = signed(bytes(32), ALICE, 0)[0]
    moved = Transaction(TRANSFER.envelope, unsigned.signature)
    assert code_of(block_of(moved)) == "transaction.signature"


def test_a_nonce_is_used_once() -> None:
    again, _ = signed(CHAIN, ALICE, 0, value=2)
    assert code_of(block_of(TRANSFER, again)) == "transaction.nonce"
    assert code_of(block_of(TRANSFER, TRANSFER)) == "transaction.nonce"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version": 2}, "version"),
        ({"chain": bytes(32)}, "chain"),
        ({"height": 2}, "parent"),
        ({"height": 0}, "parent"),
        ({"parent": bytes(32)}, "parent"),
        ({"time": TIME}, "time"),
        ({"versions": Versions(gas=Versions().gas + 1)}, "rules"),
        ({"versions": Versions(gas=Versions().gas - 1)}, "rules"),
        ({"versions": Versions(verifier=0)}, "rules"),
        ({"proposer": ALICE.address}, "proposer"),
        ({"transactions_root": bytes(32)}, "root"),
    ],
)
def test_bad_headers(changes: dict[str, Any], code: str) -> None:
    assert code_of(block_of(TRANSFER, **changes)) == f"block.{code}"


def test_versions_never_go_back() -> None:
    parent = block_of(versions=Versions()).header
    newer = msgspec.structs.replace(parent, versions=Versions(semantics=2))
    child = block_of(height=2, parent=newer.digest, time=TIME + 2)
    with pytest.raises(Refused) as caught:
        validity.check_header(child.header, newer, GENESIS)
    assert caught.value.code == "block.rules"
    with_parent = block_of(height=2, parent=parent.digest, time=TIME + 2)
    validity.check_header(with_parent.header, parent, GENESIS)


def test_only_the_proposer_of_the_turn() -> None:
    assert code_of(block_of(TRANSFER, key=ALICE)) == "block.proposer"
    good = block_of(TRANSFER)
    stolen = Block(good.header, ALICE.sign(good.header.message), good.transactions)
    assert code_of(stolen) == "block.signature"
    turns = RoundRobin((ALICE.address, BOB.address))
    assert [turns.proposer(height) for height in (1, 2, 3)] == [
        ALICE.address,
        BOB.address,
        ALICE.address,
    ]


@pytest.mark.parametrize(
    "caps",
    [
        {"block_transactions": 1},
        {"gas_per_block": 17, "gas_per_transaction": 17},
    ],
)
def test_caps_of_a_block(caps: dict[str, Any]) -> None:
    parameters = Parameters(**caps)
    chain = make_genesis(parameters).chain_id
    calls = [
        signed(chain, key, 0, Call("f", b""), target=CONTRACT, gas_limit=9)[0]
        for key in (ALICE, BOB)
    ]
    for count, ok in ((1, True), (2, False)):
        block = block_of(*calls[:count], chain=chain, parent=chain)
        if ok:
            check(block, parameters)
            continue
        with pytest.raises(Refused) as caught:
            check(block, parameters)
        assert caught.value.code == "block.limits"


@given(st.data())
def test_a_flipped_bit_refuses_the_block(data: st.DataObject) -> None:
    block = block_of(CALL, signed(CHAIN, BOB, 0)[0])
    wire = bytearray(block.wire)
    bit = data.draw(st.integers(0, len(wire) * 8 - 1))
    wire[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Refused):
        check(decode_block(bytes(wire)))


def test_evidence() -> None:
    one, two = block_of(TRANSFER), block_of(CALL)
    assert Evidence(one.signed_header, two.signed_header).holds()
    assert not Evidence(one.signed_header, one.signed_header).holds()
    later = block_of(CALL, height=2)
    assert not Evidence(one.signed_header, later.signed_header).holds()
    other = block_of(CALL, key=ALICE)
    assert not Evidence(one.signed_header, other.signed_header).holds()
    forged = Block(two.header, one.signature, two.transactions)
    assert not Evidence(one.signed_header, forged.signed_header).holds()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"version": 2}, "version"),
        ({"parameters": Parameters(version=2)}, "version"),
        ({"balances": ((BOB.address, 1), (BOB.address, 1))}, "order"),
        ({"balances": tuple(sorted(GENESIS.balances, reverse=True))}, "order"),
        ({"balances": ((CONTRACT, 1),)}, "address"),
        ({"proposers": (CONTRACT,)}, "address"),
        ({"proposers": (BOB.address, BOB.address)}, "proposers"),
        ({"proposers": ()}, "encoding"),
        ({"balances": ((BOB.address, 2**64 - 1),)}, "supply"),
        ({"parameters": Parameters(gas_per_block=1)}, "caps"),
        ({"parameters": Parameters(block_bytes=2**20)}, "caps"),
        ({"parameters": Parameters(pool_blocks=0)}, "caps"),
    ],
)
def test_bad_genesis(changes: dict[str, Any], code: str) -> None:
    fields = {name: getattr(GENESIS, name) for name in genesis_.Genesis.__struct_fields__}
    bad = genesis_.Genesis(**(fields | changes))
    with pytest.raises(Refused) as caught:
        genesis_.decode(genesis_.encode(bad))
    assert caught.value.code == f"genesis.{code}"
