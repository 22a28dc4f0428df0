"""A chain folder: submit, produce, follow, verify, reopen, and what must be refused."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from anhvm.chain import blob
from anhvm.chain.address import contract
from anhvm.chain.block import Block, transactions_root
from anhvm.chain.catalogue import Catalogue, Place
from anhvm.chain.ledger import Ledger
from anhvm.chain.node import Chain
from anhvm.chain.ordering import Equivocation
from anhvm.chain.parameters import Parameters
from anhvm.chain.transaction import Call, Transaction, Transfer, payload_digest
from anhvm.errors import CannotAnswer, ChainError, Refused
from tests.chain.make import (
    ALICE,
    BOB,
    FUNDS,
    KEYS,
    PROPOSER,
    TIME,
    make_chain,
    make_genesis,
    resigned,
    signed,
)


def test_what_is_submitted_survives_until_it_is_in_a_block(tmp_path: Path) -> None:
    with make_chain(tmp_path) as chain:
        identity = chain.chain_id
        first = chain.submit(*signed(identity, ALICE, 0))
    with Chain.open(tmp_path) as chain:
        assert [waiting.id for waiting in chain.pending()] == [first]
        assert chain.next_nonce(ALICE.address) == 1
        second = chain.submit(*signed(identity, ALICE, 1))
        assert chain.status().waiting == 2
    with Chain.open(tmp_path) as chain:
        made = chain.produce(PROPOSER)
        assert [one.id for one in made.block.transactions] == [first, second]
        assert made.rejected == () and made.waiting == 0
        assert chain.ledger.balance(BOB.address) == FUNDS + 2
    with Chain.open(tmp_path) as chain:
        assert chain.height == 1 and chain.pending() == []
        assert chain.block(1) == made.block and chain.block(2) is None
        assert chain.payload(made.block.transactions[0]) == signed(identity, ALICE, 0)[1]
        assert chain.verify() == 1
        status = chain.status()
        assert (status.height, status.head, status.waiting) == (1, made.block.digest, 0)
        assert status.issued == len(KEYS) * FUNDS + chain.genesis.parameters.block_reward


def test_a_refused_batch_leaves_nothing(tmp_path: Path) -> None:
    with make_chain(tmp_path) as chain:
        good = signed(chain.chain_id, ALICE, 0)
        forged = Transaction(signed(chain.chain_id, ALICE, 1)[0].envelope, bytes(64)), good[1]
        broke = signed(chain.chain_id, BOB, 0, value=2 * FUNDS)
        for bad, code in (
            (forged, "transaction.signature"),
            (broke, "transaction.funds"),
            ((good[0], b"other"), "payload.other"),
            (signed(chain.chain_id, ALICE, 2), "transaction.nonce"),
            (signed(bytes(32), ALICE, 1), "transaction.chain"),
        ):
            with pytest.raises(Refused) as caught:
                chain.submit_many([good, bad])
            assert caught.value.code == code
            assert chain.pending() == [] and chain.next_nonce(ALICE.address) == 0
        chain.submit(*good)
        with pytest.raises(Refused):
            chain.submit(*good)
        assert len(chain.pending()) == 1


def test_pending_money_is_spent_once(tmp_path: Path) -> None:
    with make_chain(tmp_path) as chain:
        chain.submit(*signed(chain.chain_id, ALICE, 0, value=FUNDS // 2))
        with pytest.raises(Refused) as caught:
            chain.submit(*signed(chain.chain_id, ALICE, 1, value=FUNDS // 2))
        assert caught.value.code == "transaction.funds"
        # What Bob is about to receive he may promise already.
        chain.submit(*signed(chain.chain_id, BOB, 0, value=FUNDS + 1, target=KEYS[4].address))
        assert len(chain.produce(PROPOSER).block.transactions) == 2


def test_what_expired_while_waiting_is_named(tmp_path: Path) -> None:
    with make_chain(tmp_path, Parameters(block_transactions=1)) as chain:
        identity = chain.chain_id
        late = chain.submit(*signed(identity, ALICE, 0))
        chain.submit(*signed(identity, BOB, 0, expiry=1))
        chain.submit(*signed(identity, BOB, 1))
        made = chain.produce(PROPOSER)
        assert [one.id for one in made.block.transactions] == [late] and made.waiting == 2
        made = chain.produce(PROPOSER)
        assert [out.reason.code for out in made.rejected] == [
            "transaction.expiry",
            "transaction.nonce",
        ]
        assert made.block.transactions == () and made.waiting == 0
        assert chain.next_nonce(BOB.address) == 0


def test_two_processes_may_use_one_folder(tmp_path: Path) -> None:
    """Two stores cannot share a process, so the second is simulated by what it would commit."""
    with make_chain(tmp_path / "a") as one, make_chain(tmp_path / "b") as two:
        identity = one.chain_id
        two.submit(*signed(identity, ALICE, 0))
        block = two.produce(PROPOSER).block
        one.submit(*signed(identity, BOB, 0, target=ALICE.address))
        transaction, payload = signed(identity, ALICE, 0)
        one.store.add_pending([transaction.wire], {payload_digest(payload): payload})
        assert one.next_nonce(ALICE.address) == 1
        one.store.append(1, block.wire, {}, ())
        assert one.status().height == 1 and one.ledger == two.ledger
        assert [out.reason.code for out in one.produce(PROPOSER).rejected] == ["transaction.nonce"]
        with pytest.raises(ChainError) as caught:
            one.store.append(1, block.wire, {}, ())
        assert caught.value.code == "chain.busy"


def test_an_arrival_from_another_process_between_check_and_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make_chain(tmp_path) as chain:
        other, payload = signed(chain.chain_id, BOB, 0)
        rest = {payload_digest(payload): payload}

        def meanwhile(_: object) -> None:
            monkeypatch.undo()
            chain.store.add_pending([other.wire], rest)

        monkeypatch.setattr("anhvm.chain.mempool.check_signatures", meanwhile)
        chain.submit(*signed(chain.chain_id, ALICE, 0))
        assert chain.next_nonce(BOB.address) == chain.next_nonce(ALICE.address) == 1
        assert [one.envelope.sender for one in chain.pending()] == [BOB.address, ALICE.address]
        assert len(chain.produce(PROPOSER).block.transactions) == 2


def test_only_the_proposer_and_only_forward(tmp_path: Path) -> None:
    with make_chain(tmp_path, proposers=2) as chain:
        with pytest.raises(Refused) as caught:
            chain.produce(ALICE)
        assert caught.value.code == "block.proposer"
        chain.produce(PROPOSER, time=TIME + 5)
        with pytest.raises(Refused) as caught:
            chain.produce(ALICE, time=TIME + 5)
        assert caught.value.code == "block.time"
        assert chain.produce(ALICE, time=TIME + 6).block.height == 2
        assert chain.height == 2 and chain.verify() == 2


def filled(folder: Path, blocks: int = 3) -> Chain:
    chain = make_chain(folder)
    for height in range(blocks):
        call = Call("f", b"")
        target = contract(chain.chain_id, ALICE.address, 0)
        fields = {"target": target, "gas_limit": 100, "gas_price": 3, "value": 2}
        chain.submit(*signed(chain.chain_id, ALICE, height, call, **fields))
        chain.submit(*signed(chain.chain_id, BOB, height, target=KEYS[5].address, value=9))
        chain.produce(PROPOSER, time=TIME + 1 + height)
    return chain


def test_a_follower_agrees_and_keeps_what_it_was_given(tmp_path: Path) -> None:
    with filled(tmp_path / "a") as leader, make_chain(tmp_path / "b") as follower:
        own = signed(leader.chain_id, ALICE, 0, Transfer(b"own"), target=BOB.address)
        follower.submit(*own)
        for block in leader.blocks():
            payloads = {
                one.envelope.payload_digest: leader.payload(one) for one in block.transactions[:1]
            }
            assert follower.follow(block, payloads)
            assert not follower.follow(block)
        assert follower.ledger == leader.ledger
        assert follower.next_nonce(ALICE.address) == 3
        call, transfer = block.transactions
        assert follower.payload(call) == leader.payload(call)
        with pytest.raises(CannotAnswer) as caught:
            follower.payload(transfer)
        assert caught.value.code == "chain.payload"
        follower.add_payloads([leader.payload(transfer)])
        assert follower.payload(transfer) == leader.payload(transfer)


def test_a_follower_refuses(tmp_path: Path) -> None:
    with filled(tmp_path / "a") as leader, make_chain(tmp_path / "b") as follower:
        one, two, _ = leader.blocks()
        cut = Block(one.header, one.signature, one.transactions[:1])
        swapped = Block(one.header, one.signature, one.transactions[::-1])
        broke = resigned(one.transactions[0], ALICE, gas_price=10**15)
        rooted = msgspec.structs.replace(one.header, transactions_root=transactions_root((broke,)))
        dishonest = Block(rooted, PROPOSER.sign(rooted.message), (broke,))
        before = msgspec.msgpack.encode(follower.ledger)
        for bad, code in (
            (two, "block.parent"),
            (cut, "block.root"),
            (swapped, "block.root"),
            (Block(one.header, bytes(64), one.transactions), "block.signature"),
            (dishonest, "transaction.funds"),
        ):
            with pytest.raises(Refused) as caught:
                follower.follow(bad)
            assert caught.value.code == code
        with pytest.raises(Refused) as caught:
            follower.follow(one, {bytes(32): b"x"})
        assert caught.value.code == "payload.other"
        assert msgspec.msgpack.encode(follower.ledger) == before and follower.height == 0
        assert follower.follow(one) and follower.height == 1


def test_equivocation_stops_the_follower_with_the_evidence(tmp_path: Path) -> None:
    with filled(tmp_path / "a") as leader, make_chain(tmp_path / "b") as follower:
        honest = leader.block(2)
        assert honest
        for block in leader.blocks():
            follower.follow(block)
        unsigned = msgspec.structs.replace(honest.header, time=TIME + 77)
        with pytest.raises(Refused) as caught:
            follower.follow(Block(unsigned, honest.signature, honest.transactions))
        assert caught.value.code == "block.replace"
        assert not follower.follow(honest)
        other = Block(unsigned, PROPOSER.sign(unsigned.message), honest.transactions)
        with pytest.raises(Equivocation) as found:
            follower.follow(other)
        assert found.value.evidence.holds() and found.value.exit_code == 4
        assert follower.block(2) == honest
    with Chain.open(tmp_path / "b") as follower:
        for act in (lambda: follower.produce(PROPOSER), lambda: follower.follow(honest)):
            with pytest.raises(Equivocation) as found:
                act()
            assert found.value.evidence.holds()
        assert follower.status().height == 3


@pytest.mark.parametrize("how", ["snapshot", "replay", "fresh"])
def test_the_ledger_is_the_same_however_it_is_made(tmp_path: Path, how: str) -> None:
    chain = filled(tmp_path, 5)
    expected = msgspec.msgpack.encode(chain.ledger)
    if how == "replay":  # as after a crash: no snapshot was written
        chain.derived.close()
        chain.store.close()
    else:
        chain.close()
    with Chain.open(tmp_path) as again:
        again.derived.put("receipts", b"k", b"v")
    with Chain.open(tmp_path, fresh=how == "fresh") as again:
        assert again.derived.get("receipts", b"k") == (None if how == "fresh" else b"v")
        assert msgspec.msgpack.encode(again.ledger) == expected
        assert isinstance(again.ledger, Ledger) and again.verify() == 5
        again.ledger.audit()


def test_a_snapshot_of_another_chain_is_ignored(tmp_path: Path) -> None:
    filled(tmp_path / "a").close()
    with make_chain(tmp_path / "b") as other:
        other.produce(PROPOSER)
    (tmp_path / "a" / "derived").rename(tmp_path / "kept")
    (tmp_path / "b" / "derived").rename(tmp_path / "a" / "derived")
    with Chain.open(tmp_path / "a") as chain:
        assert chain.height == 3 and chain.ledger.nonce(ALICE.address) == 3


def test_the_catalogue(tmp_path: Path) -> None:
    content = bytes(range(256)) * 700
    with make_chain(tmp_path) as chain:
        catalogue = Catalogue(chain)
        pieces = blob.publications(content)
        name = pieces[0].blob
        bad = msgspec.structs.replace(pieces[1], chunk=bytes(blob.CHUNK_BYTES))
        order = [pieces[2], bad, pieces[2], pieces[0]]
        for nonce, piece in enumerate(order):
            chain.submit(*signed(chain.chain_id, ALICE, nonce, piece))
        chain.produce(PROPOSER)
        held = catalogue.blob(name)
        assert held and (held.length, held.chunks, held.complete_at) == (len(content), 2, None)
        with pytest.raises(CannotAnswer) as caught:
            catalogue.read_blob(name)
        assert caught.value.code == "chain.blob" and "2 of 3" in caught.value.message
        transfer = chain.submit(*signed(chain.chain_id, BOB, 0))
        chain.submit(*signed(chain.chain_id, ALICE, 4, pieces[1]))
        chain.produce(PROPOSER)
        assert catalogue.place(transfer) == Place(2, 0)
        assert catalogue.transaction(Place(2, 0)).id == transfer
        assert catalogue.place(bytes(32)) is None
        assert catalogue.read_blob(name) == content
        assert not catalogue.is_known(name, Place(2, 1)) and catalogue.is_known(name, Place(2, 2))
        assert catalogue.blob(bytes(32)) is None
    with Chain.open(tmp_path, fresh=True) as chain:
        catalogue = Catalogue(chain)
        assert catalogue.read_blob(name) == content
        chain.store.prune_payload(catalogue.transaction(Place(2, 1)).envelope.payload_digest)
        with pytest.raises(CannotAnswer):
            Catalogue(chain).read_blob(name)


def test_a_block_of_a_thousand_is_checked_within_a_second(tmp_path: Path) -> None:
    identity = make_genesis().chain_id
    items = [
        signed(identity, KEYS[n % 8], n // 8, Transfer(), target=BOB.address) for n in range(1000)
    ]
    with make_chain(tmp_path / "a") as leader, make_chain(tmp_path / "b") as follower:
        leader.submit_many(items)
        block = leader.produce(PROPOSER).block
        start = time.process_time()
        follower.follow(block)
        assert time.process_time() - start < 1
        assert len(block.transactions) == 1000
